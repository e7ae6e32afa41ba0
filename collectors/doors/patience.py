"""How long the doors wait: for an answer, between tries, and for a run as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from core.clock import span
from core.errors import SourceTimeout
from core.language.noted import noted


@dataclass(frozen=True, slots=True)
class Patience:
    """The waiting rules of one process; tests make it impatient."""

    answer: float = 30.0  # seconds one HTTP question may take, unless the question says otherwise
    connect: float = 8.0  # seconds for connecting, TLS included
    dns_tries: tuple[float, ...] = (1.0, 2.0, 3.0)  # seconds per try; each try goes to the next resolver
    whois: float = 10.0
    most: float = float("inf")  # no single question waits longer, whatever it says itself
    backoff: float = 1.0  # factor on the pauses between tries
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def at_most(self, seconds: float) -> float:
        return min(seconds, self.most)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, on the event loop's clock, when a run must be over."""

    at: float

    @classmethod
    def within(cls, seconds: float) -> Self:
        return cls(asyncio.get_running_loop().time() + seconds)

    def left(self) -> float:
        """Seconds that remain; 0 when the time is up."""
        return max(0.0, self.at - asyncio.get_running_loop().time())

    def allow(self, seconds: float, who: str) -> float:
        """The seconds a question to `who` may take.

        Raises:
            SourceTimeout: none are left.
        """
        left = self.left()
        if left <= 0:
            error = SourceTimeout(noted("The time for this run was up before {who} could be asked.", who=who))
            error.asked = error.sent = False
            raise error
        return min(seconds, left)


def too_slow(who: str, seconds: float) -> SourceTimeout:
    """The error for a source that did not answer in time."""
    return SourceTimeout(noted("{who} did not answer within {wait}.", who=who, wait=span(seconds)))
