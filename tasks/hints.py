"""Hints that come thick and fast are sent once: the first at once, the others together a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

GAP = 0.25  # seconds between two hints about the same scan
AWAY = 5.0  # seconds without a hint after one that could not be sent: the sweeper sees the record meanwhile


class Hints:
    """Sends hints about scans through `send` (False: not sent), at most one per scan and gap; the last one is never
    swallowed while the queue takes them. Whoever tells does not wait: a queue that hangs must not hold up a look."""

    def __init__(self, send: Callable[[str], Awaitable[bool]], *, gap: float = GAP, away: float = AWAY) -> None:
        self._send = send
        self._gap = gap
        self._away = away
        self._silent_until = 0.0
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._unsent: set[str] = set()

    async def tell(self, scan_id: str) -> None:
        """Have it sent now, or when the gap since the last one is over."""
        self._unsent.add(scan_id)
        if scan_id not in self._under_way:
            # It speaks for all who tell meanwhile: nothing is handed down to it from the first of them.
            self._under_way[scan_id] = asyncio.create_task(self._tell(scan_id), context=Context())

    async def flush(self) -> None:
        """Send at once what still waits: the process stops. Gives up at the first that cannot be sent."""
        stopped = list(self._under_way.values())
        for task in stopped:
            task.cancel()
        await asyncio.gather(*stopped, return_exceptions=True)
        self._under_way.clear()
        waiting, self._unsent = self._unsent, set()
        for scan_id in sorted(waiting):
            if not await self._send(scan_id):
                return

    async def _tell(self, scan_id: str) -> None:
        while scan_id in self._unsent:
            self._unsent.discard(scan_id)  # before sending: who is told meanwhile may have read the record already
            try:
                await self._send_unless_away(scan_id)
            except asyncio.CancelledError:
                self._unsent.add(scan_id)
                raise
            await asyncio.sleep(self._gap)
        del self._under_way[scan_id]

    async def _send_unless_away(self, scan_id: str) -> None:
        clock = asyncio.get_running_loop().time
        if clock() >= self._silent_until and not await self._send(scan_id):
            self._silent_until = clock() + self._away
