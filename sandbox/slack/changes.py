"""The feed of everything that changed in the workspace, numbered, so that watchers wait instead of asking again."""

import asyncio
from collections import deque
from typing import Any

from sandbox.slack.wire import Json

KEPT = 5_000


class Changes:
    """A numbered feed; each entry is {seq, kind, ...}."""

    def __init__(self) -> None:
        self.seq = 0
        self._kept: deque[Json] = deque(maxlen=KEPT)
        self._waiting: set[asyncio.Future[None]] = set()

    def add(self, kind: str, **what: Any) -> None:
        """Write one entry and wake everybody who waits."""
        self.seq += 1
        self._kept.append({"seq": self.seq, "kind": kind, **what})
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    def since(self, seq: int, kind: str = "") -> list[Json]:
        """Entries after that number, of one kind when one is named."""
        return [entry for entry in self._kept if entry["seq"] > seq and kind in ("", entry["kind"])]

    async def wait(self, seq: int, timeout: float, kind: str = "") -> list[Json]:
        """Entries after that number; waits for one until the time is up, then answers with none."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not (entries := self.since(seq, kind)):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return []
            await self._next(left)
        return entries

    async def _next(self, timeout: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        await asyncio.wait([future], timeout=timeout)
        self._waiting.discard(future)
