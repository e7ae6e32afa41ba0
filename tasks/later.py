"""Runs whose source may not be asked yet go back into the queue, with the time from which on they are due."""

from __future__ import annotations

import asyncio

import structlog

from collectors.run import Look
from core import clock
from core.models import Run
from core.store import MOST_PUT_OFF, Store
from tasks.insist import insist
from tasks.keep import Changed

log = structlog.get_logger()

LEAST = 1.0  # seconds
SURE = 0.2  # seconds beyond, so that it is due by the record's clock too


class Later:
    """One per workshop. `again` is called with a scan's id when one of its runs is due; without it none is put off.
    `factor` scales how long (SOURCES_PACE)."""

    def __init__(self, store: Store, again: Changed | None, *, factor: float = 1.0) -> None:
        self._store = store
        self._again = again
        self._factor = factor
        self._wakers: set[asyncio.Task[None]] = set()

    async def put_off(self, run: Run, look: Look) -> bool:
        """Give a run back until its source may be asked, when that is within reason; False: it is to be closed.

        The record keeps it: whoever sweeps sends it too, should we be gone by then.
        """
        if self._again is None or look.later is None:
            return False
        seconds = max(LEAST, look.later * self._factor)
        waited = (clock.now() - run.put_off).total_seconds() if run.put_off else 0.0
        if max(0.0, waited) + seconds > MOST_PUT_OFF * min(1.0, self._factor):
            return False
        if await insist(self._store.runs.put_off, run, seconds, reason=look.reason, message=look.message):
            log.info("run put off", run=run.id, scan=run.scan_id, collector=run.collector, seconds=round(seconds))
            waker = asyncio.create_task(self._wake(self._again, run.scan_id, seconds))
            self._wakers.add(waker)
            waker.add_done_callback(self._wakers.discard)
        return True

    async def _wake(self, again: Changed, scan_id: str, seconds: float) -> None:
        await asyncio.sleep(seconds + SURE)
        await again(scan_id)

    def stop(self) -> None:
        """Wake nobody any more."""
        for waker in self._wakers:
            waker.cancel()
