"""Tells that scans changed: whoever writes their threads or calls back by a hint, who watches live by the bell."""

from __future__ import annotations

import asyncio

from core.errors import StoreDown
from core.store import Store
from tasks import queue, traced
from tasks.hints import Hints

REMEMBERED = 10_000  # scans


class Changes:
    """One per worker process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hints = Hints(self._send)
        self._ways: dict[str, str] = {}

    async def tell(self, scan_id: str) -> None:
        """Have it told, soon and together with what changes meanwhile."""
        traced.wished(scan_id)
        await self._hints.tell(scan_id)

    async def flush(self) -> None:
        """Tell at once what still waits: the process stops."""
        await self._hints.flush()

    async def _send(self, scan_id: str) -> bool:
        way = await self._way(scan_id)
        if not way:
            traced.forget(scan_id)
        return await queue.hint_change(way, scan_id)

    async def _way(self, scan_id: str) -> str:
        """How a scan's changes are told: that never changes, so it is read once."""
        if scan_id not in self._ways:
            try:
                thread, callback = await asyncio.to_thread(self._store.desk.hears, scan_id)
            except (StoreDown, KeyError):
                return queue.TELL  # which looks for itself
            if len(self._ways) >= REMEMBERED:
                self._ways.clear()
            self._ways[scan_id] = queue.way_of(thread=thread, callback=callback)
        return self._ways[scan_id]
