"""Asking each host no faster than its collector declares, together with every other process."""

from __future__ import annotations

from collectors.declare import Collector, Rate
from collectors.doors.patience import Deadline, Patience
from core.clock import span
from core.errors import RateLimited
from core.language import N_
from core.language.noted import noted
from core.pace import Pace, TooLong


def covers(pattern: str, host: str) -> bool:
    """Whether a declared host means this one: "crt.sh" itself, "*.x" every name below x, "*" all."""
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return pattern in ("*", host)


class Turn:
    """A collector's place in the queue of each host."""

    def __init__(self, pace: Pace, collector: Collector, *, deadline: Deadline, patience: Patience) -> None:
        self._pace = pace
        self._collector = collector
        self._deadline = deadline
        self._patience = patience
        self._granted: dict[str, Rate] = {}

    def grant(self, host: str, rate: Rate) -> None:
        """From here on ask this host at another pace than declared: the source said what our plan allows."""
        self._granted[host] = rate

    async def wait(self, host: str, who: str, mark: str = "", *, most: float = float("inf")) -> None:
        """Wait for the next free slot of a host, or of one key's (its `mark`) where several take turns.

        Raises:
            RateLimited: it is later than the deadline, or than `most` seconds; says when it would be.
        """
        rate = self._rate(host)
        every = rate.seconds / rate.calls
        try:
            longest = min(most, self._deadline.left())
            pause = await self._pace.reserve(_key(host, mark), every=every, burst=rate.burst, most=longest)
        except TooLong as error:
            sentence = N_("{who} may not be asked again before {wait} have passed. Try again then.")
            limited = RateLimited(noted(sentence, who=who, wait=span(error.wait)), retry_after=error.wait)
            limited.asked = False
            raise limited from error
        if pause > 0:
            await self._patience.sleep(pause)

    async def hold(self, host: str, seconds: float, mark: str = "") -> None:
        """Keep everybody away from a host that asked for it."""
        rate = self._rate(host)
        await self._pace.hold(_key(host, mark), seconds, every=rate.seconds / rate.calls, burst=rate.burst)

    def _rate(self, host: str) -> Rate:
        if host in self._granted:
            return self._granted[host]
        declared = (rate for pattern, rate in self._collector.rates if covers(pattern, host))
        return next(declared, self._collector.default_rate)


def _key(host: str, mark: str) -> str:
    return f"host:{host}#{mark}" if mark else f"host:{host}"
