"""A WHOIS server (RFC 3912) that answers by question from a script and remembers every question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Said:
    """One scripted answer that misbehaves."""

    body: bytes = b""
    never: bool = False  # read the question and say nothing
    lingering: bool = False  # say the body and never hang up
    reset: bool = False  # break the connection off
    endless: bool = False  # repeat the body until the client hangs up


class CannedWhois:
    """Unscripted questions get "No match for ..."."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0
        self.hung_up = asyncio.Event()  # a client left an endless answer
        self._scripts: dict[str, list[Said]] = {}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def on(self, query: str, *answers: str | bytes | Said) -> None:
        """Answer a question with these in turn; the last one repeats."""
        self._scripts[query] = [
            each if isinstance(each, Said) else Said(body=each.encode() if isinstance(each, str) else each)
            for each in answers
        ]

    def count(self, query: str = "") -> int:
        return sum(query in ("", each) for each in self.asked)

    @classmethod
    @asynccontextmanager
    async def open(cls, host: str = "127.0.0.1") -> AsyncIterator[Self]:
        opened = cls()
        server = await asyncio.start_server(opened._serve, host, 0)
        opened.port = server.sockets[0].getsockname()[1]
        try:
            yield opened
        finally:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            query = (await reader.readline()).decode().removesuffix("\r\n")
            self.asked.append(query)
            await self._say(self._next(query), reader, writer)
        except ConnectionError:
            self.hung_up.set()
        finally:
            writer.close()

    def _next(self, query: str) -> Said:
        script = self._scripts.get(query)
        if not script:
            return Said(body=f'No match for "{query}".\r\n'.encode())
        return script.pop(0) if len(script) > 1 else script[0]

    async def _say(self, said: Said, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if said.reset:
            writer.transport.abort()
            return
        writer.write(said.body)
        while said.endless:
            await writer.drain()
            writer.write(said.body)
        if said.never or said.lingering:
            await reader.read()  # until the client gives up
        else:
            await writer.drain()
