"""Asking once more: how often and after which pause says the table of strategies."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from collectors.doors.patience import Deadline, Patience
from collectors.doors.strategies import JITTER, strategy
from core import clock
from core.errors import SourceDown, SourceError

T = TypeVar("T")


class Busy(SourceDown):
    """The source is down and said when to come back."""

    def __init__(self, sentence: str, *, retry_after: float) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


MOST_PATIENT = 3600.0  # a Retry-After beyond an hour says "not today"; nobody holds a host longer than this


async def persist(ask: Callable[[], Awaitable[T]], *, deadline: Deadline, patience: Patience) -> T:
    """Ask until it works, the table says stop, or the next wait would outlive the deadline.

    Raises:
        SourceError: the last try's.
    """
    tried = 0
    while True:
        try:
            return await ask()
        except SourceError as error:
            pause = _pause(error, tried, patience)
            if pause is None or pause >= deadline.left():
                raise
        tried += 1
        await patience.sleep(pause)


def _pause(error: SourceError, tried: int, patience: Patience) -> float | None:
    row = strategy(error)
    if tried >= row.times:
        return None
    said: float | None = getattr(error, "retry_after", None) if row.heeds else None
    if said is not None:
        return said if said <= row.longest else None
    if not error.asked:
        return None  # a refusal of ours does not pass by waiting
    return row.pauses[tried] * patience.backoff * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret


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
