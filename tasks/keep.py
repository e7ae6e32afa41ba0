"""What a run found and the record does not hold yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import StoreDown
from core.models import Finding, Run
from core.store import Store

log = structlog.get_logger()

GATHER = 2.0  # seconds findings may wait to be saved together

Changed = Callable[[str], Awaitable[object]]


class Keep:
    """Saves findings in small batches as they come, so that a lost worker or a cancel keeps most of them."""

    def __init__(self, store: Store, run: Run, changed: Changed) -> None:
        self._store = store
        self._run = run
        self._changed = changed
        self._waiting: list[Finding] = []
        self._saved_at = asyncio.get_running_loop().time()

    async def add(self, finding: Finding) -> None:
        self._waiting.append(finding)
        if asyncio.get_running_loop().time() - self._saved_at >= GATHER:
            await self.flush()
            await self._changed(self._run.scan_id)

    def rest(self) -> list[Finding]:
        """What is not saved yet, to be saved by whoever asks."""
        batch, self._waiting = self._waiting, []
        return batch

    async def flush(self) -> None:
        batch = self.rest()
        self._saved_at = asyncio.get_running_loop().time()
        try:
            await asyncio.to_thread(self._store.runs.save, self._run, batch)
        except asyncio.CancelledError:  # whoever closes the run takes them along: saving one twice keeps it once
            self._waiting = [*batch, *self._waiting]
            raise
        except StoreDown as error:
            self._waiting = [*batch, *self._waiting]
            log.warning("findings not saved yet", run=self._run.id, findings=len(batch), why=str(error))
