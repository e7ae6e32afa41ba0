"""Whose call is next: every call waits here for its share of what Slack allows the workspace.

Each key has one line per process, and only the head of a line books a slot. So a process that is killed leaves
one booking behind at most, nobody holds a slot from before a 429, and a crowded channel stands in a line of its
own before it takes one place in the workspace's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from core.clock import span
from core.errors import Throttled
from core.language import later
from core.pace import Pace, TooLong
from core.slack.limits import Budget

SIT_OUT = 30.0  # seconds of a hold worth waiting here; whoever meets a longer one is told


@dataclass(frozen=True, slots=True)
class Step:
    """One line to stand in: a method's, or a channel's."""

    key: str
    budget: Budget


@dataclass(eq=False)
class _Line:
    """First come, first served."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Turns:
    """One per process and workspace. The budgets are shared with other processes through the pace."""

    def __init__(self, pace: Pace, team: str) -> None:
        self._pace = pace
        self._prefix = f"slack:{team}:"
        self._lines: WeakValueDictionary[str, _Line] = WeakValueDictionary()
        self._held: dict[str, float] = {}  # until when, by our own clock: what we heard is not forgotten with Redis

    async def wait(self, steps: Sequence[Step], *, most: float) -> float:
        """Stand in these lines, one after the other, keeping the place in the first while waiting in the next.
        Returns the seconds it took, in tenths.

        Raises:
            Throttled: it would take longer than `most`, or Slack asked for a long pause; nothing was booked.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with AsyncExitStack() as lines:
            for step in steps:
                await lines.enter_async_context(self._line(step, most - (loop.time() - began)))
                await self._turn(step, began + most)
        return round(loop.time() - began, 1)

    async def hold(self, step: Step, seconds: float) -> None:
        """Slack asked for a pause: nobody calls before it is over, in no process."""
        budget = step.budget
        free = asyncio.get_running_loop().time() + seconds
        self._held[step.key] = max(free, self._held.get(step.key, 0.0))
        await self._pace.hold(self._prefix + step.key, seconds, every=budget.every, burst=budget.burst)
        await self._pace.hold(self._gate(step), seconds, every=0.0)

    @asynccontextmanager
    async def _line(self, step: Step, most: float) -> AsyncIterator[None]:
        line = self._lines.setdefault(step.key, _Line())
        ahead = (line.length - step.budget.burst) * step.budget.every
        if ahead > most:
            raise _no_room(step, ahead)
        line.length += 1
        try:
            await self._to_the_head(line, step, most)
            try:
                yield
            finally:
                line.lock.release()
        finally:
            line.length -= 1

    async def _to_the_head(self, line: _Line, step: Step, most: float) -> None:
        try:
            async with asyncio.timeout(max(most, 0.0)):
                await line.lock.acquire()
        except TimeoutError as error:
            raise _no_room(step, line.length * step.budget.every) from error

    async def _turn(self, step: Step, until: float) -> None:
        """Book the next slot and wait for it; again, when Slack asked for a pause meanwhile."""
        while True:
            if (own := self._heard(step)) > 0:
                self._bear(step, own, until)
                await asyncio.sleep(own)
            wait = await self._book(step, until)
            if wait <= 0:
                return
            await asyncio.sleep(wait)
            if await self._held_for(step) <= 0:
                return

    async def _book(self, step: Step, until: float) -> float:
        """Seconds until our slot. Nothing is booked when it is far away for a long pause."""
        left = max(until - asyncio.get_running_loop().time(), 0.0)
        key, budget = self._prefix + step.key, step.budget
        try:
            return await self._pace.reserve(key, every=budget.every, burst=budget.burst, most=min(left, SIT_OUT))
        except TooLong:
            self._bear(step, await self._held_for(step), until)
        try:
            return await self._pace.reserve(key, every=budget.every, burst=budget.burst, most=left)
        except TooLong as error:
            raise _no_room(step, error.wait) from error

    def _bear(self, step: Step, held: float, until: float) -> None:
        """Raise when Slack asked for more than we wait."""
        if held > min(SIT_OUT, until - asyncio.get_running_loop().time()):
            wait = later("Slack asks me to wait {time}.", time=span(held))
            raise Throttled(wait, method=step.key, retry_after=held)

    def _heard(self, step: Step) -> float:
        """Seconds left of a pause that this process was asked for."""
        return self._held.get(step.key, 0.0) - asyncio.get_running_loop().time()

    async def _held_for(self, step: Step) -> float:
        """... or any process."""
        try:
            await self._pace.reserve(self._gate(step), every=0.0, most=0.0)
        except TooLong as error:
            return max(self._heard(step), error.wait)
        return self._heard(step)

    def _gate(self, step: Step) -> str:
        """A key that costs nothing to pass, and is shut for as long as Slack asked."""
        return f"{self._prefix}{step.key}:held"


def _no_room(step: Step, wait: float) -> Throttled:
    sentence = later("Slack's limits leave no room for this for {time}.", time=span(wait))
    return Throttled(sentence, method=step.key, retry_after=wait)
