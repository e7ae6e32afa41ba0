"""The conversations a server is in, so that it can break them off when it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class Conversations:
    """Tasks that answer somebody.

    asyncio's own stream server leaves a traceback for each task that is cancelled at the end
    (Python 3.11); tasks of our own end quietly.
    """

    def __init__(self) -> None:
        self._open: set[asyncio.Task[None]] = set()

    def start(self, answering: Coroutine[None, None, None]) -> None:
        """Let one conversation go on beside the others."""
        task = asyncio.create_task(answering)
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def end(self) -> None:
        """Break all of them off."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
