"""Port 43 (RFC 3912): send a line, read until the server hangs up, within a cap and a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from collectors.doors.guard import Guard, Lookup
from collectors.doors.patience import too_slow
from collectors.doors.reply import WhoisReply, digest
from collectors.doors.wire import Server
from core import clock
from core.errors import NotATarget, SourceDown, SourceError
from core.language.noted import noted

CAP = 64 * 1024
PORT = 43


@dataclass(frozen=True, slots=True)
class Port43:
    """The process's way to WHOIS servers; `relay` is what WHOIS_SERVER names."""

    guard: Guard
    lookup: Lookup
    relay: Server | None

    async def ask(self, server: str, query: str, *, cap: int, wait: float, collector: str, source: str) -> WhoisReply:
        """What the server answers. One that never hangs up is cut off after `wait` seconds and `truncated`.

        Raises:
            NotATarget: the query holds more than one line.
            UnsafeAddress: the server's name leads inside.
            SourceDown, SourceTimeout: no answer.
        """
        if not query or not query.isprintable():
            raise NotATarget(noted("A WHOIS question is one line of text."))
        try:
            async with asyncio.timeout(wait):
                servers = await self._servers(server)
                reader, writer = await _connect(servers, source)
        except TimeoutError as error:
            raise too_slow(source, wait) from error
        try:
            body, complete = await _converse(reader, writer, query, cap=cap, wait=wait, source=source)
        finally:
            writer.close()
        if not body:
            hung_up = noted("{source} hung up without an answer.", source=source)
            raise SourceDown(hung_up) if complete else too_slow(source, wait)
        return WhoisReply(
            collector=collector,
            source=source,
            status="ok",
            url=f"whois://{quote(server, safe='.-:[]')}/{quote(query, safe='.-')}",
            fetched_at=clock.now(),
            body=body,
            sha256=digest(body),
            truncated=not complete,
        )

    async def _servers(self, server: str) -> Sequence[Server]:
        if self.relay is not None:
            self.guard.check_host(server)
            return [self.relay]
        return [(str(each), PORT) for each in await self.guard.addresses(server, self.lookup)]


async def _connect(servers: Sequence[Server], source: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The first checked address that takes the connection."""
    error: SourceError = SourceDown(noted("{name} has no address.", name=source))
    for server in servers:
        try:
            return await asyncio.open_connection(*server)
        except TimeoutError:
            raise
        except OSError as refused:
            error = SourceDown(noted("{source} cannot be reached on port {port}.", source=source, port=PORT))
            error.__cause__ = refused
    raise error


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, query: str, *, cap: int, wait: float, source: str
) -> tuple[bytes, bool]:
    """The bytes up to the cap, and whether the server had nothing more to say."""
    body = bytearray()
    try:
        async with asyncio.timeout(wait):
            writer.write(query.encode() + b"\r\n")
            while len(body) <= cap:
                piece = await reader.read(cap + 1 - len(body))
                if not piece:
                    return bytes(body), True
                body += piece
    except TimeoutError:
        return bytes(body), False
    except OSError as error:
        raise SourceDown(noted("{source} broke off the connection.", source=source)) from error
    return bytes(body[:cap]), False
