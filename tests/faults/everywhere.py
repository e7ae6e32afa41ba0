"""One listener for all addresses of a network of our own, and a door that resolves and connects for itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple, Self

from collectors.fetch import Fetch, Patience
from core.errors import NotATarget, SourceError, UnsafeAddress
from core.models import Target
from tests.collectors.canned import World, open_world
from tests.collectors.sample_collectors import TARGET, anything
from tests.faults.apart import Ledger, Touch
from tests.faults.ssrf_corpus import PUBLIC, Entry
from tests.servers import HOST

SHOP, SHOP6 = "203.0.113.7", "2001:db8:cafe::7"
OTHER = "203.0.113.8"


class Heard(NamedTuple):
    """A question that came over a connection: to which address, for which host, with which path."""

    address: str
    host: str
    path: str


@dataclass
class Everywhere:
    """Answers HTTP on one port of every address there is, and remembers who was asked for what."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)  # by path: a whole response; else 200 and "hello"

    @classmethod
    @asynccontextmanager
    async def listen(cls, port: int = 0) -> AsyncIterator[Self]:
        opened = cls()
        listening = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100)
        server = await asyncio.start_server(opened._serve, sock=listening)
        opened.port = listening.getsockname()[1]
        try:
            yield opened
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await self._answer(reader, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = ip_address(writer.get_extra_info("sockname")[0])
        mapped = here.ipv4_mapped if here.version == 6 else None
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            head = [""]  # connected to, and nothing or no HTTP was said
        path = ([*head[0].split(" "), "", ""])[1]
        path = path.partition("?")[0]
        named = next((line.split(":", 1)[1].strip() for line in head if line.lower().startswith("host:")), "")
        self.heard.append(Heard(str(mapped or here), named, path))
        writer.write(self.answers.get(path) or answer(body="hello"))


def answer(status: int = 200, *, body: str = "", kind: str = "text/plain", **headers: str) -> bytes:
    """A whole HTTP response that ends the connection."""
    lines = [f"HTTP/1.1 {status} Said", "Connection: close", f"Content-Type: {kind}"]
    lines.append(f"Content-Length: {len(body.encode())}")
    lines += [f"{name}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


@dataclass
class Place:
    """Where the questions of one test are asked, and what was let through that should not have been."""

    world: World
    everywhere: Everywhere
    ledger: Ledger
    fetch: Fetch
    through: list[str] = field(default_factory=list)

    async def refused(self, entry: Entry, asked: Awaitable[Any], *, untouched: bool = True) -> None:
        """Note it when this was not refused, or when a packet went inside; `untouched`: or anywhere at all."""
        try:
            await asked
        except UnsafeAddress:
            pass
        except (SourceError, NotATarget) as error:
            if untouched and not isinstance(error, NotATarget):
                self.through.append(f"{entry.name}: {error!r}")
        else:
            self.through.append(f"{entry.name}: answered")
        went = self.touched() if untouched else self.inside()
        self.through += [f"{entry.name}: {touch}" for touch in went]

    def touched(self) -> list[Touch]:
        return self.ledger.touched()

    def inside(self, *, besides: Iterable[tuple[str, int]] = ()) -> list[Touch]:
        """What was touched since the last look that is neither public nor one of our own servers."""
        ours = {(HOST, each) for each in (self.world.dns.port, self.world.http.port, self.world.whois.port)}
        known = ours | set(besides)
        return [each for each in self.touched() if not is_public(each.address) and each[1:] not in known]


@asynccontextmanager
async def open_place(ledger: Ledger, **settings: Any) -> AsyncIterator[Place]:
    """A door without relays; names are looked up at a server of the test, and only PUBLIC is opened."""
    async with open_world() as world, Everywhere.listen() as everywhere:
        for name in ("shop.test", "xn--bcher-kva.test", "xn--qei.test", "127.0.0.1.shop.test", "localhost.shop.test"):
            world.dns.add(name, "A", SHOP)
        world.dns.add("shop.test", "AAAA", SHOP6)
        world.dns.add("other.test", "A", OTHER)
        yield Place(world, everywhere, ledger, await door(world, **settings))


async def door(world: World, *, target: Target = TARGET, deadline: float | None = None, **settings: Any) -> Fetch:
    """A door that asks whatever it is told to, without relays unless `settings` name one."""
    here = {"sources_url": "", "whois_server": "", "allow": PUBLIC} | settings
    quick = Patience(most=3.0, dns_tries=(1.0,), backoff=0.0)
    return await world.fetch(anything, target, patience=quick, deadline=deadline, **here)


def is_public(address: str) -> bool:
    """Whether this plays the public internet here, or carries an address that does."""
    read = ip_address(address)
    carried = read.sixtofour if read.version == 6 else None
    if read in ip_network("64:ff9b::/96"):
        carried = ip_address(int(read) & 0xFFFFFFFF)  # type: ignore[assignment]  # 32 bits make an IPv4Address
    return any(each in ip_network(network) for each in (read, carried) if each for network in PUBLIC)
