"""An HTTP server that answers by (Host, path) from a script and remembers every question."""

from __future__ import annotations

import asyncio
import gzip
import json as json_module
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

HTML = "text/html; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Canned:
    """One scripted reply. `json`, `text` or `body`; the rest makes it misbehave."""

    status: int = 200
    json: Any = None
    text: str | None = None
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    gzipped: bool = False
    never: bool = False  # take the question and never answer
    reset: bool = False  # hang up without an answer
    cut: int | None = None  # promise the whole body, send this many bytes, hang up
    endless: bytes = b""  # repeat these bytes until the client hangs up

    def content(self) -> bytes:
        if self.text is not None:
            raw = self.text.encode()
        elif self.json is not None:
            raw = json_module.dumps(self.json).encode()
        else:
            raw = self.body
        return gzip.compress(raw) if self.gzipped else raw

    def all_headers(self) -> dict[str, str]:
        kind = self.content_type or (JSON if self.json is not None else "text/plain; charset=utf-8")
        packed = {"Content-Encoding": "gzip"} if self.gzipped else {}
        return {"Content-Type": kind, **packed, **self.headers}


@dataclass(frozen=True)
class Asked:
    """One question the server was asked."""

    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    raw_path: str  # path and query as they came over the wire
    headers: Mapping[str, str]  # names in lower case


class CannedHttp:
    """Unscripted questions get 599, so that a test notices them."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self.port = 0
        self.hung_up = asyncio.Event()  # a client left an endless body
        self._scripts: dict[tuple[str, str], list[Canned]] = {}
        self._closing = asyncio.Event()
        self._arrived = asyncio.Condition()

    def on(self, host: str, path: str, *replies: Canned) -> None:
        """Answer questions to `host` and `path` with these in turn; the last one repeats. Path "*" is any."""
        self._scripts[host, path] = list(replies)

    def count(self, host: str = "", path: str = "") -> int:
        """How often it was asked, all in all or for a host and a path."""
        return sum(host in ("", each.host) and path in ("", each.path) for each in self.asked)

    async def reached(self, count: int, *, seconds: float = 20.0) -> None:
        """Wait until so many questions have arrived.

        Raises:
            TimeoutError: they did not.
        """
        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked) >= count)

    @classmethod
    @asynccontextmanager
    async def open(cls, host: str = "127.0.0.1", ssl: Any = None) -> AsyncIterator[Self]:
        opened = cls()
        runner = web.ServerRunner(web.Server(opened._answer), shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, host, 0, ssl_context=ssl)
        await site.start()
        port = runner.addresses[0][1]
        opened.url = f"{'https' if ssl else 'http'}://{host}:{port}"
        opened.port = port
        try:
            yield opened
        finally:
            opened._closing.set()
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.lower()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(host, request.path, tuple(request.query.items()), request.raw_path, headers))
        async with self._arrived:
            self._arrived.notify_all()
        reply = self._next(host, request.path)
        if reply is None:
            return web.Response(status=599, text=f"nothing is scripted for {host}{request.path}")
        if reply.never:
            await self._closing.wait()
            return web.Response(status=599)
        if reply.reset:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if reply.endless:
            return await self._without_end(request, reply)
        if reply.cut is not None:
            return await _cut(request, reply, reply.cut)
        return web.Response(status=reply.status, body=reply.content(), headers=reply.all_headers())

    def _next(self, host: str, path: str) -> Canned | None:
        script = self._scripts.get((host, path)) or self._scripts.get((host, "*"))
        if not script:
            return None
        return script.pop(0) if len(script) > 1 else script[0]

    async def _without_end(self, request: web.BaseRequest, reply: Canned) -> web.StreamResponse:
        response = web.StreamResponse(status=reply.status, headers=reply.all_headers())
        await response.prepare(request)
        try:
            await response.write(reply.content())
            while not self._closing.is_set():
                await response.write(reply.endless)
                await asyncio.sleep(0)  # the client shares this loop
        except (ConnectionError, asyncio.CancelledError):
            self.hung_up.set()
            raise
        return response


async def _cut(request: web.BaseRequest, reply: Canned, size: int) -> web.StreamResponse:
    content = reply.content()
    response = web.StreamResponse(status=reply.status, headers=reply.all_headers())
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[:size])
    assert request.transport is not None
    request.transport.close()
    return response
