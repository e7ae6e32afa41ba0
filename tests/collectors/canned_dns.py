"""A name server over UDP and TCP that knows the records a test gives it and remembers every question."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Key = tuple[str, str]  # a name in lower case without the final dot, and a type


@dataclass(frozen=True)
class AskedDns:
    """One question the server was asked."""

    name: str
    rdtype: str
    tcp: bool
    flags: int
    dnssec: bool


class CannedDns:
    """Names with records or children exist (NODATA for other types); all other names are NXDOMAIN."""

    def __init__(self) -> None:
        self.asked: list[AskedDns] = []
        self.port = 0
        self.ad = False  # pretend to validate DNSSEC
        self.noise = b""  # a datagram sent before each answer
        self._records: dict[Key, list[dns.rrset.RRset]] = {}
        self._turns: dict[Key, list[list[dns.rrset.RRset]]] = {}
        self._rcodes: dict[Key, list[str]] = {}
        self._silent: set[Key] = set()
        self._raw: dict[Key, bytes] = {}
        self._truncated: set[Key] = set()
        self._wildcards: dict[Key, list[str]] = {}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def add(self, name: str, rdtype: str, *texts: str, ttl: int = 300) -> None:
        """Records in zone file notation; "*.x" answers for all names below x that have none of their own."""
        key = (name.lower().rstrip("."), rdtype)
        if name.startswith("*."):
            self._wildcards[key] = list(texts)
        self._records.setdefault(key, []).append(dns.rrset.from_text(name.rstrip(".") + ".", ttl, "IN", rdtype, *texts))

    def in_turn(self, name: str, rdtype: str, *answers: Iterable[str]) -> None:
        """Another set of records at each asking; the last one stays."""
        sets = [[dns.rrset.from_text(f"{name}.", 0, "IN", rdtype, *texts)] for texts in answers]
        self._turns[name, rdtype] = sets

    def rcode(self, name: str, *rcodes: str, rdtype: str = "*") -> None:
        """Answer for a name (and type) with these rcodes in turn ("" answers normally); the last one stays."""
        self._rcodes[name, rdtype] = list(rcodes)

    def silent(self, name: str, rdtype: str = "*") -> None:
        """Never answer for a name."""
        self._silent.add((name, rdtype))

    def raw(self, name: str, body: bytes, rdtype: str = "*") -> None:
        """Answer with these bytes after the question's id."""
        self._raw[name, rdtype] = body

    def truncate(self, name: str, rdtype: str = "*") -> None:
        """Say over UDP that the answer fits TCP only."""
        self._truncated.add((name, rdtype))

    def count(self, name: str = "", rdtype: str = "") -> int:
        return sum(name in ("", each.name) and rdtype in ("", each.rdtype) for each in self.asked)

    @classmethod
    @asynccontextmanager
    async def open(cls, host: str = "127.0.0.1") -> AsyncIterator[Self]:
        opened = cls()
        server, transport = await opened._bind(host)
        try:
            yield opened
        finally:
            transport.close()
            server.close()
            await server.wait_closed()

    async def _bind(self, host: str) -> tuple[asyncio.Server, asyncio.DatagramTransport]:
        """UDP and TCP on the same port: one that is free for the one may be taken for the other."""
        for attempt in range(20):
            server = await asyncio.start_server(self._serve_tcp, host, 0)
            self.port = server.sockets[0].getsockname()[1]
            try:
                transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=(host, self.port)
                )
            except OSError:
                server.close()
                await server.wait_closed()
                if attempt == 19:
                    raise
            else:
                return server, transport
        raise AssertionError("unreachable")

    def answer(self, wire: bytes, *, tcp: bool) -> bytes | None:
        """The answer's bytes, None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        rdtype = dns.rdatatype.to_text(question.rdtype)
        dnssec = bool(query.ednsflags & dns.flags.DO)
        self.asked.append(AskedDns(name, rdtype, tcp, int(query.flags), dnssec))
        keys = ((name, rdtype), (name, "*"))
        if any(key in self._silent for key in keys):
            return None
        for key in keys:
            if key in self._raw:
                return wire[:2] + self._raw[key]
        response = self._respond(query, name, rdtype)
        if not tcp and any(key in self._truncated for key in keys):
            response.answer.clear()
            response.flags |= dns.flags.TC
        return _fit(response, tcp=tcp)

    def _respond(self, query: dns.message.Message, name: str, rdtype: str) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA | (dns.flags.AD if self.ad else 0)
        if not query.flags & dns.flags.RD:
            response.flags |= dns.flags.AA
        rcode = self._rcode(name, rdtype)
        if rcode:
            response.set_rcode(dns.rcode.from_text(rcode))
            return response
        for rrset in self._chase(name, rdtype):
            response.answer.append(rrset)
        if not response.answer:
            response.set_rcode(dns.rcode.NOERROR if self._exists(name) else dns.rcode.NXDOMAIN)
            soa = "ns1.example.net. hostmaster.example.net. 1 3600 600 86400 60"
            zone = ".".join(name.split(".")[-2:])
            response.authority.append(dns.rrset.from_text(f"{zone}.", 60, "IN", "SOA", soa))
        return response

    def _rcode(self, name: str, rdtype: str) -> str:
        script = self._rcodes.get((name, rdtype)) or self._rcodes.get((name, "*"))
        if not script:
            return ""
        return script.pop(0) if len(script) > 1 else script[0]

    def _chase(self, name: str, rdtype: str) -> list[dns.rrset.RRset]:
        """The records, with the CNAMEs on the way to them."""
        found: list[dns.rrset.RRset] = []
        for _ in range(20):
            sets = self._sets(name, rdtype)
            if sets or rdtype == "CNAME":
                return found + sets
            cname = self._sets(name, "CNAME")
            if not cname:
                return found
            found += cname
            name = cname[0][0].to_text().rstrip(".").lower()
        return found

    def _sets(self, name: str, rdtype: str) -> list[dns.rrset.RRset]:
        turns = self._turns.get((name, rdtype))
        if turns:
            return turns.pop(0) if len(turns) > 1 else turns[0]
        if (name, rdtype) in self._records:
            return self._records[name, rdtype]
        if self._exists(name, wildcards=False):
            return []
        for (pattern, kind), texts in self._wildcards.items():
            if kind == rdtype and name.endswith(pattern[1:]):
                return [dns.rrset.from_text(f"{name}.", 300, "IN", rdtype, *texts)]
        return []

    def _exists(self, name: str, *, wildcards: bool = True) -> bool:
        known = [*(key[0] for key in self._records), *(key[0] for key in self._turns)]
        own = any(each == name or each.endswith(f".{name}") for each in known)
        return own or (wildcards and any(name.endswith(pattern[1:]) for pattern, _ in self._wildcards))

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = self.answer(await reader.readexactly(length), tcp=True)
            if answer is None:
                await reader.read()  # until the client gives up
            else:
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: CannedDns) -> None:
        self._server = server
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if self._server.noise:
            self._transport.sendto(self._server.noise, addr)
        if answer := self._server.answer(data, tcp=False):
            self._transport.sendto(answer, addr)


def _fit(response: dns.message.Message, *, tcp: bool) -> bytes:
    """Over UDP an answer that is too large for the asker comes back empty with the TC bit (RFC 2181 9)."""
    wire = response.to_wire(max_size=65535)
    if tcp or len(wire) <= max(response.request_payload, 512):
        return wire
    response.answer.clear()
    response.flags |= dns.flags.TC
    return response.to_wire()
