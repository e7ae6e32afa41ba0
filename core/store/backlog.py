"""What waits: runs that nobody has taken, scans that have not ended, threads that say less than the record knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core import clock
from core.models import Priority, RunState
from core.store.callbacks import DUE as DUE_BACK
from core.store.callbacks import GIVEN_UP
from core.store.database import Database
from core.store.statements import DUE, OPEN, due_at
from core.store.tables import audit, callback, run, scan


@dataclass(frozen=True, slots=True)
class Heap:
    """How many, and since when the oldest of them waits."""

    many: int = 0
    since: datetime | None = None

    @property
    def age(self) -> float:
        """Seconds that the oldest has waited; 0 when there is none."""
        return max(0.0, (clock.now() - self.since).total_seconds()) if self.since else 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """All that waits at one moment."""

    runs: dict[Priority, Heap]  # due, and taken by nobody
    resting: int  # runs put off until their source may be asked
    running: int
    scans: dict[Priority, int]  # not ended
    threads: Heap
    callbacks: int = 0  # due
    given_up: int = 0  # callbacks that were not taken, and are not tried again

    @property
    def due(self) -> Heap:
        """The runs of all priorities."""
        ages = [each.since for each in self.runs.values() if each.since is not None]
        return Heap(sum(each.many for each in self.runs.values()), min(ages, default=None))


@dataclass(frozen=True, slots=True)
class Size:
    """How much the record holds."""

    scans: int
    since: datetime | None  # the oldest
    bytes: int


BYTES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


class Backlog:
    def __init__(self, database: Database) -> None:
        self._db = database

    def look(self) -> Waiting:
        """Count it, in one moment of the record. A run's age is counted from when its round was asked for: a sweep
        that queues it again does not make it younger. A thread's is counted from the last change it does not say.

        Raises:
            StoreDown: the database does not answer.
        """

        def work(db: sa.Connection) -> Waiting:
            due = due_at(clock.now())
            found = {row.priority: row for row in db.execute(_WAITING, due)}
            states = {row.state: row.many for row in db.execute(_STATES)}
            opened = {row.priority: row.many for row in db.execute(_OPEN)}
            late = db.execute(_LATE).one()
            calls = {row.state: row.many for row in db.execute(_CALLBACKS)}
            due_now = sum(row.many for row in found.values())
            return Waiting(
                runs={each: _heap(found.get(str(each))) for each in Priority},
                resting=states.get(str(RunState.QUEUED), 0) - due_now,
                running=states.get(str(RunState.RUNNING), 0),
                scans={each: opened.get(str(each), 0) for each in Priority},
                threads=_heap(late),
                callbacks=calls.get(DUE_BACK, 0),
                given_up=calls.get(GIVEN_UP, 0),
            )

        return self._db.read(work)

    def waits_since(self, scan_id: str) -> datetime | None:
        """Since when the oldest run of a scan that nobody holds waits; none does: None."""
        query = sa.select(sa.func.min(run.c.queued_at)).where(
            run.c.scan_id == scan_id, run.c.state == str(RunState.QUEUED)
        )
        return self._db.read(lambda db: db.execute(query).scalar())

    def size(self) -> Size:
        """Raises StoreDown: the database does not answer."""

        def work(db: sa.Connection) -> Size:
            count, since = db.execute(sa.select(sa.func.count(), sa.func.min(scan.c.created_at))).one()
            return Size(int(count), since, int(db.exec_driver_sql(BYTES[db.dialect.name]).scalar_one()))

        return self._db.read(work)

    def time(self) -> datetime:
        """What the clock of a Postgres says; SQLite has its machine's.

        Raises:
            StoreDown: the database does not answer.
        """
        if self._db.is_sqlite:
            return datetime.now(UTC)
        asked = sa.select(sa.func.clock_timestamp())
        said: datetime = self._db.read(lambda db: db.execute(asked).scalar_one())
        return said

    def last(self, verb: str) -> datetime | None:
        """When the audit says that this was last done, by anybody."""
        query = sa.select(sa.func.max(audit.c.at)).where(audit.c.verb == verb, audit.c.decision == "allowed")
        return self._db.read(lambda db: db.execute(query).scalar())


def _heap(row: Any) -> Heap:
    return Heap(row.many, row.since) if row is not None else Heap()


_many = sa.func.count().label("many")
_asked = sa.func.coalesce(run.c.after, scan.c.round_at, scan.c.created_at)
_QUEUED = run.c.state == str(RunState.QUEUED)
_WAITING = (
    sa.select(scan.c.priority, _many, sa.func.min(_asked).label("since"))
    .select_from(run.join(scan, scan.c.id == run.c.scan_id))
    .where(_QUEUED, DUE)
    .group_by(scan.c.priority)
)
_STATES = (
    sa.select(run.c.state, _many)
    .where(run.c.state.in_((str(RunState.QUEUED), str(RunState.RUNNING))))
    .group_by(run.c.state)
)
_OPEN = sa.select(scan.c.priority, _many).where(scan.c.status.in_(OPEN)).group_by(scan.c.priority)
_LATE = sa.select(_many, sa.func.min(sa.func.coalesce(scan.c.changed_at, scan.c.created_at)).label("since")).where(
    scan.c.told < scan.c.wanted, scan.c.channel != "", ~scan.c.hushed
)
_CALLBACKS = (
    sa.select(callback.c.state, _many).where(callback.c.state.in_((DUE_BACK, GIVEN_UP))).group_by(callback.c.state)
)
