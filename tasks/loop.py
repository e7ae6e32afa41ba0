"""An event loop in a thread of its own: Celery's threads wait for what they start on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")


class Loop:
    """One event loop in a thread of its own; Celery's threads hand it coroutines."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end and return what it returns or raise what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def call(self, what: Callable[[], object]) -> None:
        """Call this in the loop's own thread, as soon as it turns."""
        self._loop.call_soon_threadsafe(what)

    def start(self, work: Coroutine[Any, Any, T]) -> None:
        """Run without waiting; what it raises is logged, for nobody else would ever see it."""
        asyncio.run_coroutine_threadsafe(work, self._loop).add_done_callback(_ended)


def _ended(work: Future[Any]) -> None:
    if not work.cancelled() and (error := work.exception()) is not None:
        log.error("work on the loop failed", exc_info=error)
