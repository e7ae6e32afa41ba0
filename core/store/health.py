"""What each collector's own questions came to lately: bounded reads of an index over the runs that really asked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from core import clock
from core.health import Health
from core.models import ANSWERS, Outcome
from core.store.database import Database
from core.store.tables import ASKED, Moment, run

HOUR = timedelta(hours=1)
MOST_RUNS = 20_000  # read for one course
SAMPLE = 200  # newest answers whose times are measured
_ANSWERED = tuple(str(outcome) for outcome in sorted(ANSWERS))

_BY = run.c.collector == sa.bindparam("b_collector", type_=sa.Text())
_SINCE = run.c.closed_at > sa.bindparam("b_since", type_=Moment())
_UNTIL = run.c.closed_at <= sa.bindparam("b_soon", type_=Moment())  # what a wrong clock stamped is no measure
_REALLY = sa.text(ASKED)  # word for word as in the index, else SQLite reads the whole table

HOUR_OF = (
    sa.select(run.c.outcome, sa.func.count()).where(_REALLY, _BY, _SINCE, _UNTIL).group_by(run.c.outcome)
)  # the index has all of it
NEWEST = (
    sa.select(run.c.ms, run.c.answered_at)
    .where(_REALLY, _BY, _UNTIL, run.c.outcome.in_(_ANSWERED))
    .order_by(run.c.closed_at.desc())
    .limit(SAMPLE)
)
FAILURE = (
    sa.select(run.c.reason)
    .where(_REALLY, _BY, _SINCE, _UNTIL, run.c.outcome == str(Outcome.FAILED))
    .order_by(run.c.closed_at.desc())
    .limit(1)
)


COURSE = (
    sa.select(run.c.closed_at, run.c.outcome)
    .where(_REALLY, _BY, _SINCE, _UNTIL)
    .order_by(run.c.closed_at.desc())
    .limit(MOST_RUNS)
)


@dataclass(frozen=True, slots=True)
class Course:
    """How a collector's own questions ended over time: for each step when it began, and how many came to what.
    `whole` is False when there were more than are counted: then the oldest steps are missing."""

    steps: tuple[tuple[datetime, Mapping[Outcome, int]], ...]
    whole: bool


class Healths:
    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, collectors: Iterable[str]) -> dict[str, Health]:
        """How these collectors fare, by name."""
        names = list(collectors)
        now = clock.now()
        return self._db.read(lambda db: {name: _health(db, name, now) for name in names})

    def course(self, name: str, *, step: timedelta, count: int) -> Course:
        """How it went in the last `count` steps, the newest of which is not over yet."""
        size, now = step.total_seconds(), clock.now()
        first = (now.timestamp() // size - count + 1) * size
        asked = {"b_collector": name, "b_since": datetime.fromtimestamp(first, UTC), "b_soon": clock.soon()}
        rows = self._db.read(lambda db: db.execute(COURSE, asked).all())
        steps: list[dict[Outcome, int]] = [{} for _ in range(count)]
        for row in rows:
            place = min(count - 1, int((row.closed_at.timestamp() - first) // size))
            outcome = Outcome(row.outcome)
            steps[place][outcome] = steps[place].get(outcome, 0) + 1
        begun = [datetime.fromtimestamp(first + place * size, UTC) for place in range(count)]
        whole = len(rows) < MOST_RUNS
        known = 0 if whole else next(place for place, each in enumerate(steps) if each) + 1
        return Course(tuple(zip(begun, steps, strict=True))[known:], whole=whole)


def _health(db: sa.Connection, name: str, now: datetime) -> Health:
    asked = {"b_collector": name, "b_since": now - HOUR, "b_soon": clock.soon()}
    hour = {Outcome(outcome): int(count) for outcome, count in db.execute(HOUR_OF, asked) if outcome}
    newest = db.execute(NEWEST, asked).all()
    times = sorted(row.ms / 1000 for row in newest)
    return Health(
        collector=name,
        answered_at=max((row.answered_at for row in newest if row.answered_at), default=None),
        hour=hour,
        reason=(db.execute(FAILURE, asked).scalar() or "") if Outcome.FAILED in hour else "",
        p50_s=_share(times, 0.5),
        p95_s=_share(times, 0.95),
        measured=len(times),
    )


def _share(times: Sequence[float], part: float) -> float | None:
    """The time that this part of the runs took at most: the nearest one that was measured."""
    if not times:
        return None
    return times[min(len(times) - 1, max(0, math.ceil(part * len(times)) - 1))]
