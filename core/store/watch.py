"""Tells for how long something has not changed, by this process's own count of seconds: no clock is compared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

MOST = 0.5  # of the wanted time: what one look may add, so that a pause of everything is not taken for silence


@dataclass(frozen=True, slots=True)
class _Sight:
    mark: Hashable
    at: float
    still: float


class Watch:
    """Whoever holds a lease raises its mark again and again; one whose mark rests for the lease's length is
    gone. What the clocks of the machines say, and whether they jump, plays no part."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._sights: dict[str, _Sight] = {}
        self._turn = threading.Lock()

    def unchanged(self, read: Callable[[], Mapping[str, Hashable]], *, least: float) -> list[str]:
        """Look once: those that were seen before, and have had the same mark for `least` seconds since."""
        with self._turn:
            began = self._seconds()
            marks = read()
            ended = self._seconds()
            before, self._sights = self._sights, {}
            for name, mark in marks.items():
                last = before.get(name)
                if last is None or last.mark != mark:
                    self._sights[name] = _Sight(mark, ended, -1.0)
                    continue
                still = max(last.still, 0.0) + min(max(began - last.at, 0.0), least * MOST)
                self._sights[name] = _Sight(mark, ended, still)
            return sorted(name for name, sight in self._sights.items() if sight.still >= least)
