"""Copies of one delivery: each is acted on once in this process, and every copy gets the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bot.front import Front

MOST = 1000  # deliveries whose answers are kept; copies come within minutes, and other processes ask the record


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
        task = asyncio.create_task(work())
        self._held.update(dict.fromkeys(keys, task))
        task.add_done_callback(lambda _: self._forget_failed(keys, task))
        self._front.keep(task)
        while len(self._held) > MOST:
            del self._held[next(iter(self._held))]
        return task

    def _forget_failed(self, keys: tuple[str, ...], task: asyncio.Task[Any]) -> None:
        """A copy of what failed is worth another try."""
        if task.cancelled() or task.exception() is not None:
            for key in keys:
                if self._held.get(key) is task:
                    del self._held[key]
