"""How many worker processes are wanted, by what waits in the record: more at once, fewer after a while."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from core.models import Priority
from core.store import Demand
from tasks.fetching import SHARE

LATE = 2.0  # seconds a person may wait for a worker
STARTS = 10.0  # seconds a new process gets to show what it takes off the others
CALM = 60.0  # seconds that one process fewer must have been enough
EASY = 0.7  # of what the fewer can hold


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between how many processes, each with how many threads."""

    least: int
    most: int
    threads: int


class Scaler:
    """One per supervisor; `now` is any clock that only goes forward, in seconds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._grew = -math.inf
        self._calm_since: float | None = None

    def wanted(self, demand: Iterable[Demand], *, running: int, now: float) -> int:
        """How many there should be, of the `running` there are."""
        seen = {each.priority: each for each in demand}
        needed = max(self._needed(seen), self._late(seen, running, now))
        if needed > running:
            self._calm_since = None
            self._grew = now
            return self._within(needed)
        if self._needed(seen, EASY) >= running or running <= self._bounds.least:
            self._calm_since = None
            return self._within(running)
        self._calm_since = now if self._calm_since is None else self._calm_since
        if now - self._calm_since < CALM:
            return self._within(running)
        self._calm_since = now  # the next one goes as slowly
        return self._within(running - 1)

    def _needed(self, seen: dict[Priority, Demand], share: float = 1.0) -> int:
        """Processes for all that is open, when each holds this share of what it can."""
        people = _open(seen, Priority.INTERACTIVE)
        others = _open(seen, Priority.SCHEDULED) + _open(seen, Priority.BULK)
        room = max(1, self._bounds.threads // SHARE)
        return max(math.ceil(people / (self._bounds.threads * share)), math.ceil(others / (room * share)))

    def _late(self, seen: dict[Priority, Demand], running: int, now: float) -> int:
        """One more, when somebody has waited too long and the last one has had its time."""
        people = seen.get(Priority.INTERACTIVE)
        late = people is not None and people.waiting > 0 and people.oldest > LATE
        return running + 1 if late and now - self._grew >= STARTS else running

    def _within(self, number: int) -> int:
        return min(self._bounds.most, max(self._bounds.least, number))


def _open(seen: dict[Priority, Demand], priority: Priority) -> int:
    one = seen.get(priority)
    return one.waiting + one.running if one is not None else 0
