"""Fetches the scans nobody sits and waits for out of the record, whenever this process has room for one.

They need no hint and take no thread of Celery's: those are for people who wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from core.errors import StoreDown
from core.store import Store

log = structlog.get_logger()

GLANCE = 1.0  # seconds between looks at the record while there is room
SHARE = 2  # one scheduled or bulk scan for so many threads
WORDS: dict[type[BaseException], str] = {
    KeyError: "no such scan",
    StoreDown: "the record does not answer; this scan is fetched again",
}


class Fetching:
    """One per worker process. `work` does a scan's runs."""

    def __init__(self, store: Store, work: Callable[[str], Awaitable[None]], *, room: int) -> None:
        self._store = store
        self._work = work
        self._room = room
        self._held: dict[str, asyncio.Future[None]] = {}
        self._stirred = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, or go on."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())

    def stir(self) -> None:
        """Look at once: somebody says that there is work."""
        self._stirred.set()

    def stop(self) -> None:
        """Fetch no more; what is held goes on."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def settle(self) -> None:
        """Wait until nothing is held: once the workshop drains, that is soon."""
        await asyncio.gather(*self._held.values(), return_exceptions=True)

    async def _look(self) -> None:
        while True:
            self._stirred.clear()
            try:
                found = await self._fetch()
            except StoreDown as error:
                log.warning("nothing fetched", why=str(error))
                found = False
            if not found:
                await self._pause()

    async def _fetch(self) -> bool:
        """Take up as many scans as there is room for; whether another look is due at once."""
        room = self._room - len(self._held)
        if room <= 0:
            return False
        ids = await asyncio.to_thread(self._store.turns.following, room, besides=tuple(self._held))
        for scan_id in ids:
            task = self._held[scan_id] = asyncio.ensure_future(self._work(scan_id))
            task.add_done_callback(partial(self._let_go, scan_id))
        return bool(ids)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(GLANCE):
                await self._stirred.wait()
        except TimeoutError:
            return

    def _let_go(self, scan_id: str, task: asyncio.Future[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            self._free(scan_id)
            return
        why = WORDS.get(type(error), "a fetched scan failed on our side")
        log.warning(why, scan=scan_id, exc_info=None if type(error) in WORDS else error)
        # Not at once: what fails now would fail again and again.
        asyncio.get_running_loop().call_later(GLANCE, self._free, scan_id)

    def _free(self, scan_id: str) -> None:
        del self._held[scan_id]
        self._stirred.set()
