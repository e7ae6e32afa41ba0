"""What this process has counted and not handed over yet. Counting touches memory alone, from any thread or loop."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from core.metrics.table import OTHER, TABLE, Metric

MOST_SERIES = 1000  # of one metric in one process; beyond it everything new is counted as "other"
LONGEST = 80  # letters of a label's value
SUM = "sum"
COUNT = ""  # the part of a counter


class Delta(NamedTuple):
    """What a series grew by: of a counter its one part, of a histogram its buckets (by upper bound) and its sum."""

    name: str
    labels: Mapping[str, str]
    part: str
    amount: float


class _Cell:
    """One series: its parts are the buckets with +Inf, then the sum; of a counter, one."""

    __slots__ = ("bounds", "labels", "name", "parts")

    def __init__(self, metric: Metric, labels: Mapping[str, str]) -> None:
        self.name = metric.name
        self.labels = labels
        self.bounds = metric.buckets
        self.parts = self.empty()

    def empty(self) -> list[float]:
        return [0.0] * (len(self.bounds) + 2 if self.bounds else 1)

    def names(self) -> list[str]:
        return [*map(bound, self.bounds), "+Inf", SUM] if self.bounds else [COUNT]


class _Cells(dict[Any, _Cell]):
    """The series of one metric, by the values of their labels in the table's order."""

    def __init__(self, metric: Metric) -> None:
        super().__init__()
        self.metric = metric
        self.key: Callable[[Mapping[str, str]], Any] = itemgetter(*metric.labels) if metric.labels else _alone


def _alone(_labels: Mapping[str, str]) -> str:
    return ""


class Tally:
    """All series of one process."""

    def __init__(self, *, most: int = MOST_SERIES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._cells = {name: _Cells(metric) for name, metric in TABLE.items() if metric.type != "gauge"}

    def count(self, name: str, amount: float = 1.0, /, **labels: str) -> None:
        """Add to a counter.

        Raises:
            KeyError: the table has no such metric, or it has a label that was not given.
        """
        cells = self._cells[name]
        cell = cells.get(cells.key(labels)) or self._new(cells, labels)
        with self._lock:
            cell.parts[0] += amount

    def observe(self, name: str, seconds: float, /, **labels: str) -> None:
        """Add a value to a histogram.

        Raises:
            KeyError: as `count`.
        """
        cells = self._cells[name]
        cell = cells.get(cells.key(labels)) or self._new(cells, labels)
        place = bisect_left(cell.bounds, seconds)
        with self._lock:
            cell.parts[place] += 1
            cell.parts[-1] += seconds

    def take(self) -> list[Delta]:
        """What was counted since this was last asked."""
        found = []
        with self._lock:
            for cells in self._cells.values():
                for cell in cells.values():
                    if any(cell.parts):
                        found.append((cell, cell.parts))
                        cell.parts = cell.empty()
        return [
            Delta(cell.name, cell.labels, part, amount)
            for cell, parts in found
            for part, amount in zip(cell.names(), parts, strict=True)
            if amount
        ]

    def _new(self, cells: _Cells, given: Mapping[str, str]) -> _Cell:
        metric = cells.metric
        labels = {label: _bounded(str(given[label]), allowed) for label, allowed in metric.labels.items()}
        with self._lock:
            if cells.key(labels) not in cells and len(cells) >= self._most:
                labels = dict.fromkeys(labels, OTHER)
            return cells.setdefault(cells.key(labels), _Cell(metric, labels))


def bound(number: float) -> str:
    """A bucket's upper bound as Prometheus writes it: 1.0, 0.25."""
    return repr(float(number))


def _bounded(value: str, allowed: tuple[str, ...]) -> str:
    if allowed:
        return value if value in allowed else OTHER
    return value if value.isprintable() and len(value) <= LONGEST else OTHER
