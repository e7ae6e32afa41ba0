"""What waits by the record: how much, and since when. The queue only hints at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core import clock
from core.models import RunState
from core.store.database import Database
from core.store.statements import DUE, OPEN, due_at
from core.store.tables import audit, callback, run, scan


@dataclass(frozen=True, slots=True)
class Backlog:
    """All of one moment. Ages are in seconds; none where nothing waits."""

    scans: int  # open
    waiting: int  # runs that are due and that nobody holds
    waiting_s: float | None
    later: int  # runs that were put off until their source may be asked
    running: int
    threads: int  # that do not say yet what the record knows
    threads_s: float | None
    callbacks: int  # due
    given_up: int  # callbacks that were not taken, and are not tried again


class Backlogs:
    def __init__(self, database: Database) -> None:
        self._db = database

    def look(self) -> Backlog:
        """Raises StoreDown: the database does not answer."""
        now = clock.now()
        queued = run.c.state == str(RunState.QUEUED)
        untold = (scan.c.told < scan.c.wanted) & (scan.c.channel != "")

        def work(db: sa.Connection) -> Backlog:
            due = due_at(now)
            waiting, since = _count(db, run.c.queued_at, queued & DUE, due)
            threads, changed = _count(db, sa.func.coalesce(scan.c.changed_at, scan.c.created_at), untold)
            return Backlog(
                scans=_count(db, scan.c.created_at, scan.c.status.in_(OPEN))[0],
                waiting=waiting,
                waiting_s=_age(since, now),
                later=_count(db, run.c.queued_at, queued & ~DUE, due)[0],
                running=_count(db, run.c.queued_at, run.c.state == str(RunState.RUNNING))[0],
                threads=threads,
                threads_s=_age(changed, now),
                callbacks=_count(db, callback.c.changed_at, callback.c.state == "due")[0],
                given_up=_count(db, callback.c.changed_at, callback.c.state == "given up")[0],
            )

        return self._db.read(work)

    def waits_since(self, scan_id: str) -> datetime | None:
        """Since when the oldest run of a scan that nobody holds waits; none does: None."""
        query = sa.select(sa.func.min(run.c.queued_at)).where(
            run.c.scan_id == scan_id, run.c.state == str(RunState.QUEUED)
        )
        return self._db.read(lambda db: db.execute(query).scalar())

    def last(self, verb: str) -> datetime | None:
        """When the audit says that this was last done, by anybody."""
        query = sa.select(sa.func.max(audit.c.at)).where(audit.c.verb == verb, audit.c.decision == "allowed")
        return self._db.read(lambda db: db.execute(query).scalar())


def _count(db: sa.Connection, when: Any, where: Any, values: Any = None) -> tuple[int, datetime | None]:
    row = db.execute(sa.select(sa.func.count(), sa.func.min(when)).where(where), values or {}).one()
    return int(row[0]), row[1]


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())
