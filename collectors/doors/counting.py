"""How long sources take to answer, and how: counted by the sources that collectors declare, never by what was asked."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TypeVar

from collectors.declare import Collector
from collectors.doors.pacing import covers
from core.errors import RateLimited, SourceDown, SourceError, SourceTimeout, UnsafeAddress
from core.metrics import observe

T = TypeVar("T")
DNS, WHOIS = "dns", "whois"  # name servers and port 43 servers, each kind together
ELSEWHERE = "elsewhere"  # hosts that only the target or an earlier answer names
ANY = "*"
TROUBLE = (
    (SourceTimeout, "timeout"),
    (RateLimited, "rate_limited"),
    (UnsafeAddress, "unsafe"),
    (SourceDown, "down"),
)


def source_of(collector: Collector, host: str) -> str:
    """The declared name that covers a host."""
    named = (*collector.hosts, *(name for name, _ in collector.rates), *(each.host for each in collector.budgets))
    return next((name for name in named if name != ANY and covers(name, host)), ELSEWHERE)


def result_of(error: SourceError) -> str:
    return next((word for kind, word in TROUBLE if isinstance(error, kind)), "refused")


def of_status(status: int, *, answer: bool) -> str:
    """What a status means; `answer`: the question lists it as one."""
    if answer:
        return "answered"
    if status == 429:
        return "rate_limited"
    if 300 <= status < 400:
        return "moved"
    return "broken" if status >= 500 else "refused"


def answered(source: str, began: float, result: str) -> None:
    """A question that was sent at `began`, by `time.monotonic`."""
    observe("gumshoe_source_seconds", time.monotonic() - began, source=source, result=result)


async def timed(source: str, asking: Awaitable[T]) -> T:
    """The same, counted by how it ended."""
    began = time.monotonic()
    try:
        answer = await asking
    except SourceError as error:
        answered(source, began, result_of(error))
        raise
    answered(source, began, "answered")
    return answer
