"""The one place that reads the time. All processes go by the record's clock, so that they agree what time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

SLACK = 5.0  # seconds by which two readings may differ; what lies further in the future was stamped by a wrong clock


class _Reading:
    """What the record's clock said last, and when that was by our own count of seconds; none: the machine's clock."""

    def __init__(self) -> None:
        self.last: tuple[datetime, float] | None = None


_reading = _Reading()


def now() -> datetime:
    """The time in UTC, aware."""
    last = _reading.last
    if last is None:
        return datetime.now(UTC)
    said, at = last
    return said + timedelta(seconds=time.monotonic() - at)


def follow(said: datetime) -> None:
    """Go by a clock that says this now, whatever this machine's own says, and however that jumps."""
    _reading.last = said.astimezone(UTC), time.monotonic()


def soon() -> datetime:
    """The latest moment that somebody may have stamped by now. What is later is the work of a wrong clock."""
    return now() + timedelta(seconds=SLACK)


def span(seconds: float) -> str:
    """A duration as people say it: 0.4 s, 42 s, 3 min, 5 h, 2 d."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
