"""When to ask once more, and how long to wait before it: one table for all doors."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from collectors.doors.patience import Deadline, Patience
from core import clock
from core.errors import RateLimited, SourceDown, SourceError, SourceTimeout

T = TypeVar("T")


class Busy(SourceDown):
    """The source is down and said when to come back."""

    def __init__(self, sentence: str, *, retry_after: float) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Again:
    """How often a cause is worth another try, and the longest wait for it; a longer one ends the run instead."""

    times: int
    longest: float


TABLE: dict[type[SourceError], Again] = {
    SourceDown: Again(times=2, longest=15.0),
    SourceTimeout: Again(times=2, longest=15.0),
    RateLimited: Again(times=2, longest=15.0),
}
"""All other causes (keys, plans, walls, shapes, our own refusals) stay what they are however often one asks."""

PAUSES = (1.0, 4.0)  # seconds before the second and third try, jittered
MOST_PATIENT = 3600.0  # a Retry-After beyond an hour says "not today"; nobody holds a host longer than this


async def persist(
    ask: Callable[[], Awaitable[T]], *, deadline: Deadline, patience: Patience, tries: int | None = None
) -> T:
    """Ask until it works, the table says stop, or the next wait would outlive the deadline; at most `tries` times.

    Raises:
        SourceError: the last try's.
    """
    tried = 0
    while True:
        try:
            return await ask()
        except SourceError as error:
            pause = _pause(error, tried, patience)
            tried += 1
            if pause is None or pause >= deadline.left() or tried == tries:
                raise
        await patience.sleep(pause)


def _pause(error: SourceError, tried: int, patience: Patience) -> float | None:
    again = next((row for cause, row in TABLE.items() if isinstance(error, cause)), None)
    if again is None or tried >= again.times:
        return None
    said: float | None = getattr(error, "retry_after", None)
    if said is None:
        return PAUSES[tried] * patience.backoff * random.uniform(0.7, 1.3)  # noqa: S311  # jitter, not a secret
    return said if said <= again.longest else None


def retry_after(value: str | None) -> float | None:
    """The seconds of a Retry-After header, which has two forms: seconds, or an HTTP date (RFC 9110 10.2.3)."""
    if not value:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return min(float(value.strip()[:9]), MOST_PATIENT)
    try:
        when = parsedate_to_datetime(value)
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - clock.now()).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, seconds), MOST_PATIENT)
