"""Copies of one delivery: acted on once, in whichever process they arrive, and answered alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

from bot.front import AT_LEISURE, Front
from core import blocks
from core.blocks import Message
from core.errors import StoreDown
from core.language import speaking, tr
from core.store import Claim

MOST = 1000  # deliveries whose answers are kept; copies come within minutes, and other processes ask the record
HELD_FOR = 6.0  # seconds a process may take over a delivery; one that was killed holds it no longer
WAITS = 2.0  # seconds a copy waits for another process to be done
LOOK = 0.2

reader: ContextVar[str] = ContextVar("reader", default="")
"""The user id of whoever did what is delivered."""


class NotYet(Exception):
    """The delivery is being acted on; it must not be acknowledged, so that Slack sends it again."""


def late(front: Front, user: str) -> Message:
    """What somebody is told when their answer is not there in time; it waits for nothing."""
    with speaking(front.language_known(user)):
        return blocks.notice(tr("I could not find this out in time."), next_step=tr("Try again in a minute."))


class Once:
    """What was delivered lately, by the keys that name a delivery whatever else Slack changes in its copies."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._held: dict[str, asyncio.Task[Any]] = {}

    def begin(self, keys: tuple[str, ...], work: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[Any]:
        """The work on this delivery: begun now, or for an earlier copy. It goes on when nobody waits any more."""
        for key in keys:
            if key in self._held:
                return self._held[key]
        task = asyncio.create_task(self._spoken(work))
        self._held.update(dict.fromkeys(keys, task))
        task.add_done_callback(lambda _: self._forget_failed(keys, task))
        self._front.keep(task)
        while len(self._held) > MOST:
            del self._held[next(iter(self._held))]
        return task

    def begin_claimed(self, keys: tuple[str, ...], work: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[Any]:
        """The same, for what no two processes may do. Ends with NotYet when another process is at it, with None when
        it was done. Remembered as done only afterwards: what a killed process began is done by the next copy."""
        return self.begin(keys, lambda: self._claimed(keys, work))

    def begin_at_most_once(
        self, keys: tuple[str, ...], work: Callable[[], Coroutine[Any, Any, Any]]
    ) -> asyncio.Task[Any]:
        """The same, for what a person easily asks for again: remembered before it is done."""

        async def working() -> None:
            try:
                if not await self._front.record(lambda: self._front.store.audit.first_time(*keys)):
                    return
            except StoreDown:
                pass  # the work itself finds out, and says so
            await work()

        return self.begin(keys, working)

    async def _spoken(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """The work, in the language of whoever acts; the guard waits for the same answer of Slack's."""
        with speaking(await self._front.language(reader.get())):
            return await work()

    async def _claimed(self, keys: tuple[str, ...], work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        audit, record = self._front.store.audit, self._front.record
        claim = await self._claim(keys)
        if claim is not Claim.MINE:
            return NotYet() if claim is Claim.ELSEWHERE else None
        done = False
        try:
            result = await work()
            done = not result  # errors in a form are answered, and it may be sent again
        finally:
            self._front.later(record(lambda: audit.settle(*keys, done=done), within=AT_LEISURE))
        return result

    async def _claim(self, keys: tuple[str, ...]) -> Claim:
        """Wait for another process to be done, but not for long."""
        audit, now = self._front.store.audit, asyncio.get_running_loop().time
        deadline = now() + WAITS
        try:
            while now() < deadline:
                claim = await self._front.record(lambda: audit.claim(*keys, lease=HELD_FOR))
                if claim is not Claim.ELSEWHERE:
                    return claim
                await asyncio.sleep(LOOK)
        except StoreDown:
            return Claim.MINE  # the work itself finds out, and says so
        return Claim.ELSEWHERE

    def _forget_failed(self, keys: tuple[str, ...], task: asyncio.Task[Any]) -> None:
        """A copy of what failed is worth another try."""
        if task.cancelled() or task.exception() is not None or isinstance(task.result(), NotYet):
            for key in keys:
                if self._held.get(key) is task:
                    del self._held[key]
