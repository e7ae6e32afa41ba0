"""Whose scan comes next among those that nobody sits and waits for: scheduled before bulk, everybody in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.models import Priority

PATIENT = timedelta(seconds=60)  # so long a bulk scan stands behind every scheduled one; then it is one of them

Queuer = tuple[str, str, str]  # workspace, person, priority: those in one line


@dataclass(frozen=True, slots=True)
class Standing:
    """A scan that waits, since when, and in whose line."""

    scan_id: str
    line: Queuer
    since: datetime


def in_turn(waiting: Iterable[Standing], running: Mapping[Queuer, int], *, most: int, now: datetime) -> list[str]:
    """The next `most` scans.

    Of two lines, that with fewer scans running comes first; within a line, and between equals, who has waited longer.
    So nobody starves: a line without a running scan is overtaken only by lines without one that have waited longer.
    """
    left, holding = list(waiting), Counter(running)
    chosen: list[str] = []
    while left and len(chosen) < most:
        first = min(left, key=lambda each: (_later(each, now), holding[each.line], each.since, each.scan_id))
        left.remove(first)
        holding[first.line] += 1
        chosen.append(first.scan_id)
    return chosen


def _later(each: Standing, now: datetime) -> bool:
    return each.line[2] == Priority.BULK and now - each.since < PATIENT
