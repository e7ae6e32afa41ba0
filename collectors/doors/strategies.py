"""What is done about each cause of trouble, whichever collector met it: one table, which the docs show as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import (
    BadKey,
    Blocked,
    Changed,
    Forbidden,
    RateLimited,
    SourceDown,
    SourceError,
    SourceTimeout,
    TooLarge,
    UndeclaredHost,
    UnreadableFile,
    UnsafeAddress,
    ZoneDown,
)
from core.ledger import Breaker


class OutOfQuota(RateLimited):
    """Our own budget for the source leaves no room for this question now; nobody was asked."""

    reason = "quota"


@dataclass(frozen=True, slots=True)
class Strategy:
    """How one cause is met. `longest` is the longest wait within a run; a longer one ends the try."""

    cause: type[SourceError]
    why: str
    times: int = 0  # how often it is asked again
    pauses: tuple[float, ...] = ()  # seconds before each, give or take JITTER, when the source names none
    longest: float = 0.0
    heeds: bool = False  # a Retry-After counts
    breaker: Breaker | None = None
    opens: Literal["source", "key"] = "source"  # whose breaker it is
    another_key: bool = False  # the question is put again with another key of the same setting
    put_off: bool = False  # the run may go back into the queue until the source may be asked again


JITTER = 0.3  # of a pause
AGAIN = (1.0, 4.0)
BROKEN = Breaker(after=5, pause=60.0, longest=900.0)

TABLE: tuple[Strategy, ...] = (
    Strategy(ZoneDown, "The target's own name servers fail: that is an answer about the target."),
    Strategy(
        SourceTimeout, "It may pass.", times=2, pauses=AGAIN, longest=15.0, breaker=BROKEN
    ),
    Strategy(
        SourceDown, "It may pass; a source that says when it is back is believed.", times=2, pauses=AGAIN,
        longest=15.0, heeds=True, breaker=BROKEN,
    ),
    Strategy(
        OutOfQuota, "Our own budget is used up: nobody is asked, and there may be room later.", times=1,
        longest=15.0, heeds=True, put_off=True,
    ),
    Strategy(
        RateLimited, "The source says when; it says it of a key, where there are several.", times=2, pauses=AGAIN,
        longest=15.0, heeds=True, breaker=Breaker(after=3, pause=60.0, longest=3600.0), opens="key",
        another_key=True, put_off=True,
    ),
    Strategy(
        BadKey, "The key stays wrong however often one asks; another one may be right.",
        breaker=Breaker(after=1, pause=60.0, longest=3600.0), opens="key", another_key=True,
    ),
    Strategy(
        Forbidden, "This question is beyond the plan of the key; others may not be, and another key may have more.",
        breaker=Breaker(after=10, pause=300.0, longest=3600.0), opens="key", another_key=True,
    ),
    Strategy(Blocked, "Nothing tries to get around a wall; who keeps running into one is kept out longer.",
             breaker=BROKEN),
    Strategy(Changed, "It answered; asking again gives the same form."),
    Strategy(TooLarge, "It answered; asking again gives the same size."),
    Strategy(UnreadableFile, "It is what it is."),
    Strategy(UnsafeAddress, "A refusal of ours."),
    Strategy(UndeclaredHost, "A refusal of ours."),
    Strategy(SourceError, "Whatever else it may be."),
)  # fmt: skip


def strategy(error: SourceError | type[SourceError]) -> Strategy:
    """The row for a cause: its own, else that of the nearest kind it belongs to."""
    kind = error if isinstance(error, type) else type(error)
    rows = {row.cause: row for row in TABLE}
    return next(rows[each] for each in kind.__mro__ if each in rows)


def cause_of(reason: str) -> type[SourceError]:
    """The kind of error that a reason code stands for."""
    return next((row.cause for row in TABLE if row.cause.reason == reason), SourceError)
