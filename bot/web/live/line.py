"""A line of Server-Sent Events: written as fast as its reader reads, and cut when that one does not."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from bot.web.live.events import Event
from bot.web.live.hub import Hub
from bot.web.live.watcher import FULL, Over, Watcher
from bot.web.problems import Problem
from core.ending import ended
from core.errors import StoreDown

HEARTBEAT = 15.0  # seconds of silence after which a comment is sent: proxies cut lines that seem dead
FULL_FOR = 20.0  # seconds a line may take no more; then its reader is too slow
AWAY = 1.0  # seconds between two tries at a record that does not answer
COME_BACK = (1000, 4000)  # milliseconds after which browsers come back: not all at once
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx keeps answers back otherwise


class Line(StreamingResponse):
    """An answer for FastAPI that ends when the watcher is done. `ends` is whether the end of the scan is the end."""

    def __init__(self, hub: Hub, watcher: Watcher, *, ends: bool) -> None:
        super().__init__((), media_type="text/event-stream", headers=HEADERS)
        self._hub = hub
        self._watcher = watcher
        self._ends = ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watcher = self._watcher
        try:
            self._hub.join(watcher)
        except Problem as problem:
            await problem.answer()(scope, receive, send)
            return
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(watcher)
            await ended(writing, leaving)
        if not writing.cancelled() and (error := writing.exception()) is not None:
            raise error

    async def _write(self, send: Send) -> None:
        watcher = self._watcher
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            await self._say(send, f"retry: {random.randint(*COME_BACK)}\n\n".encode())  # noqa: S311  no secret
            while watcher.over is None:
                if await self._tell(send):
                    break
            if watcher.over is not None:
                await self._say(send, Event("closed", _why(watcher.over)).as_sse())
            await self._say(send, b"", last=True)
        except TimeoutError:
            watcher.close(FULL)
            watcher.hang_up()

    async def _tell(self, send: Send) -> bool:
        """Tell what there is to tell; True when that was the last of it."""
        try:
            events = await self._watcher.news(within=HEARTBEAT)
        except StoreDown:
            await self._say(send, b": the record does not answer\n\n")
            await asyncio.sleep(AWAY)
            return False
        if not events and self._watcher.over is None:
            await self._say(send, b": still here\n\n")
        for event in events:
            await self._say(send, event.as_sse())
        return self._ends and any(event.name in ("end", "gone") for event in events)

    async def _say(self, send: Send, words: bytes, *, last: bool = False) -> None:
        """Raises TimeoutError: the line took nothing for too long."""
        async with asyncio.timeout(FULL_FOR):
            await send({"type": "http.response.body", "body": words, "more_body": not last})


def _why(over: Over) -> dict[str, Any]:
    return {"code": over.code, "kind": over.kind, "detail": over.sentence}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
