"""What waits in the record by priority, and which of it comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core import clock
from core.models import Priority, RunState
from core.store.database import Database
from core.store.statements import DUE, OPEN, due_at
from core.store.tables import run, scan
from core.turns import Standing, in_turn

_SINCE = sa.func.coalesce(scan.c.round_at, scan.c.created_at)
_LINE = (scan.c.team, scan.c.asker_user, scan.c.priority)
_DUE_RUN = sa.exists().where(run.c.scan_id == scan.c.id, run.c.state == str(RunState.QUEUED), DUE)
_WAITS = scan.c.status.in_(OPEN) & _DUE_RUN
_RUNNING = (
    sa.select(*_LINE, sa.func.count(scan.c.id.distinct()).label("scans"))
    .join(run, run.c.scan_id == scan.c.id)
    .where(run.c.state == str(RunState.RUNNING))
    .group_by(*_LINE)
)


@dataclass(frozen=True, slots=True)
class Demand:
    """How many scans of a priority have runs that could be started now, for how many seconds the oldest has waited
    so, and how many scans are being run."""

    priority: Priority
    waiting: int
    oldest: float
    running: int


class Turns:
    def __init__(self, database: Database) -> None:
        self._db = database

    def priority(self, scan_id: str) -> Priority:
        """Raises KeyError when there is no such scan."""
        query = sa.select(scan.c.priority).where(scan.c.id == scan_id)
        found = self._db.read(lambda db: db.execute(query).scalar_one_or_none())
        if found is None:
            raise KeyError(scan_id)
        return Priority(found)

    def following(self, most: int, *, besides: Collection[str] = ()) -> list[str]:
        """The next scans that are not interactive; nothing is taken by asking. `besides`: those known already."""
        place = sa.func.row_number().over(partition_by=_LINE, order_by=(_SINCE, scan.c.id)).label("place")
        patient = scan.c.priority != str(Priority.INTERACTIVE)
        lines = sa.select(scan.c.id, *_LINE, _SINCE.label("since"), place)
        heads = lines.where(_WAITS, patient, scan.c.id.not_in(sorted(besides))).subquery()

        def work(db: sa.Connection) -> list[str]:
            now = clock.now()
            rows = db.execute(sa.select(heads).where(heads.c.place <= most), due_at(now)).all()
            waiting = [Standing(row.id, (row.team, row.asker_user, row.priority), row.since) for row in rows]
            running = {(row.team, row.asker_user, row.priority): row.scans for row in db.execute(_RUNNING)}
            return in_turn(waiting, running, most=most, now=now)

        return self._db.read(work)

    def demand(self) -> list[Demand]:
        """One for each priority."""
        since = sa.func.min(sa.func.coalesce(run.c.after, _SINCE))  # a run that was put off waits since then
        counted = sa.select(scan.c.priority, sa.func.count(scan.c.id.distinct()).label("scans"), since.label("since"))
        due = counted.join(run, run.c.scan_id == scan.c.id).where(
            scan.c.status.in_(OPEN), run.c.state == str(RunState.QUEUED), DUE
        )

        def work(db: sa.Connection) -> list[Demand]:
            now = clock.now()
            waiting = {row.priority: row for row in db.execute(due.group_by(scan.c.priority), due_at(now))}
            running: Counter[str] = Counter()
            for row in db.execute(_RUNNING):
                running[row.priority] += row.scans
            return [_demand(each, waiting.get(str(each)), running[str(each)], now) for each in Priority]

        return self._db.read(work)


def _demand(priority: Priority, waiting: Any, running: int, now: datetime) -> Demand:
    if waiting is None:
        return Demand(priority, 0, 0.0, running)
    return Demand(priority, waiting.scans, max(0.0, (now - waiting.since).total_seconds()), running)
