"""Collectors made for testing the door, and the invented source they ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from collectors.declare import Findings, Key, collector
from collectors.fetch import Fetch
from core.models import Finding, Kind, Target
from tests.collectors.canned import Canned, World

HOST = "api.example.net"
URL = f"https://{HOST}/v1/names"
TARGET = Target(Kind.DOMAIN, "example.com")
OUTSIDE = "127.0.0.2"
"""Plays the public internet: the operator's settings open this one address of loopback and no other."""


@collector(title="Names", accepts=[Kind.DOMAIN], yields=[Kind.DOMAIN], hosts=[HOST, "*.mirror.example"], tells="nobody")
async def names(target: Target, fetch: Fetch) -> Findings:
    """Names that the stand-in knows."""
    reply = await fetch.json(URL, params={"q": f"%.{target.value}"}, expect=list)
    for each in reply.json():
        yield reply.finding(Kind.DOMAIN, each)


@collector(title="Anything", accepts=[Kind.DOMAIN], yields=[], hosts=["*"], tells="whoever it asks")
async def anything(target: Target, fetch: Fetch) -> Findings:
    """Asks what it is told to."""
    return
    yield


class Inside:
    """A service of the inside that counts who connects to it."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0

    def _accept(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Inside]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self


def declared(function: Any) -> Any:
    return collector(
        title="Steps",
        accepts=[Kind.DOMAIN],
        yields=[Kind.DOMAIN],
        hosts=[HOST],
        tells="nobody",
        keys=[Key("certspotter_key", "https://example.com/keys", required=False)],
    )(function)


async def finding_of(world: World, **attributes: Any) -> Finding:
    @declared
    async def none(target: Target, fetch: Fetch) -> Findings:
        """None."""
        return
        yield

    world.http.on(HOST, "/", Canned(text="x"))
    reply = await (await world.fetch(none, TARGET)).get(f"https://{HOST}/")
    return reply.finding(Kind.DOMAIN, **attributes)
