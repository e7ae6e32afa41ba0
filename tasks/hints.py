"""Hints that come thick and fast are sent once: the first at once, the others together a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

GAP = 0.25  # seconds between two hints about the same scan


class Hints:
    """Sends hints about scans through `send`, at most one per scan and gap; the last one is never swallowed."""

    def __init__(self, send: Callable[[str], Awaitable[object]], *, gap: float = GAP) -> None:
        self._send = send
        self._gap = gap
        self._resting: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    async def tell(self, scan_id: str) -> None:
        """Send now, or when the gap since the last one is over."""
        if scan_id in self._resting:
            self._again.add(scan_id)
            return
        self._resting[scan_id] = asyncio.create_task(self._rest(scan_id))
        await self._send(scan_id)

    async def flush(self) -> None:
        """Send at once what still waits: the process stops."""
        for task in self._resting.values():
            task.cancel()
        waiting, self._again = self._again, set()
        self._resting.clear()
        for scan_id in sorted(waiting):
            await self._send(scan_id)

    async def _rest(self, scan_id: str) -> None:
        await asyncio.sleep(self._gap)
        del self._resting[scan_id]
        if scan_id in self._again:
            self._again.discard(scan_id)
            await self.tell(scan_id)
