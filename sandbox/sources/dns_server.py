"""The DNS stand-in's sockets: UDP and TCP on one port, every question written down, every trouble played."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode

from sandbox.sources.behaviours import Board, Kind, Rule, TornDown, forget_linger, wait
from sandbox.sources.conversations import Conversations
from sandbox.sources.journal import Journal, Question
from sandbox.sources.resolve import respond
from sandbox.sources.zones import Zones

WALL = b"<html><title>Just a moment...</title></html>"
SMALLEST_PAYLOAD = 512  # RFC 1035 4.2.1, for who does not speak EDNS


@dataclass
class NameServer:
    """Answers for every zone of the world, whichever server's name it was asked under."""

    zones: Zones
    board: Board
    journal: Journal
    _conversations: Conversations = field(default_factory=Conversations)

    async def listen(self, host: str, port: int) -> int:
        """Bind UDP and TCP to the same port (0: any that is free for both); gives the port."""
        loop = asyncio.get_running_loop()
        for attempt in range(20):
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(host, port))
            bound: int = transport.get_extra_info("sockname")[1]
            try:
                self._stream = await asyncio.start_server(self._greet, host, bound)
            except OSError:
                transport.close()
                if port or attempt == 19:
                    raise
                continue
            break
        self._datagrams = transport
        return bound

    async def close(self) -> None:
        """Stop listening and break off what is still being answered."""
        self._stream.close()
        self._datagrams.close()
        await self._conversations.end()

    async def answer(self, wire: bytes, via: str) -> bytes | None:
        """The reply to a query on the wire; None when it gets none. Raises TornDown to hang up."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return _unreadable(wire, via)
        if query.flags & dns.flags.QR:
            return None  # a reply: answering it could go on for ever
        rule = self._decide(query, via)
        await wait(rule)
        if rule.kind is Kind.RESET:
            raise TornDown
        if rule.kind is Kind.HTML:
            return WALL
        reply = dns.message.make_response(query) if _code(rule) else respond(self.zones, query, tcp=via == "tcp")
        if code := _code(rule):
            reply.set_rcode(code)
        if via == "tcp":
            return _over_tcp(reply, rule)
        size = max(query.payload, SMALLEST_PAYLOAD) if query.edns >= 0 else SMALLEST_PAYLOAD
        return _over_udp(reply, rule, min(size, 1232))

    def spawn(self, wire: bytes, transport: asyncio.DatagramTransport, peer: tuple[str, int]) -> None:
        """Answer one datagram without holding up the next one."""
        self._conversations.start(self._answer_datagram(wire, transport, peer))

    def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._conversations.start(self._converse(reader, writer))

    def _decide(self, query: dns.message.Message, via: str) -> Rule:
        if not query.question:
            return Rule(Kind.OK)
        asked = query.question[0]
        name = asked.name.to_text(omit_final_dot=True).lower()
        text = f"{name} {dns.rdatatype.to_text(asked.rdtype)}"
        flags = dns.flags.to_text(query.flags)
        question = Question(protocol="dns", host="dns", about=name, text=text, via=via, flags=flags)
        rule = self.board.decide(question)
        self.journal.note(question, rule.kind)
        return rule

    async def _answer_datagram(self, wire: bytes, transport: asyncio.DatagramTransport, peer: tuple[str, int]) -> None:
        with contextlib.suppress(TornDown):  # UDP has nothing to reset: no answer at all
            reply = await self.answer(wire, "udp")
            if reply is not None:
                transport.sendto(reply, peer)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(2))
                reply = await self.answer(await reader.readexactly(length), "tcp")
                if reply is None:
                    break
                writer.write(reply)
                await writer.drain()
                if len(reply) != 2 + int.from_bytes(reply[:2]):
                    break  # cut short, or no DNS at all: nothing sensible can follow
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the asker is done
        except TornDown:
            forget_linger(writer.get_extra_info("socket"))
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self.server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)  # the base class does not say so

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.server.spawn(data, self.transport, addr)


def _code(rule: Rule) -> dns.rcode.Rcode | None:
    """The response code a rule asks for; HTTP's 4xx reads as "refused" here, its 404 as "no such name"."""
    if rule.kind is Kind.DOWN:
        return dns.rcode.SERVFAIL
    if rule.kind is not Kind.STATUS:
        return None
    if rule.status == 404:
        return dns.rcode.NXDOMAIN
    return dns.rcode.REFUSED if rule.status < 500 else dns.rcode.SERVFAIL


def _over_udp(reply: dns.message.Message, rule: Rule, size: int) -> bytes:
    if rule.kind is Kind.TRUNCATED:
        reply.flags |= dns.flags.TC
        reply.answer, reply.authority = [], []
    return reply.to_wire(max_size=size, prefer_truncation=True)


def _over_tcp(reply: dns.message.Message, rule: Rule) -> bytes:
    framed = _framed(reply.to_wire(max_size=65535, prefer_truncation=True))
    return framed[: len(framed) // 2] if rule.kind is Kind.TRUNCATED else framed


def _framed(wire: bytes) -> bytes:
    """RFC 1035 4.2.2: over TCP the length goes first."""
    return len(wire).to_bytes(2) + wire


def _unreadable(wire: bytes, via: str) -> bytes | None:
    """FORMERR to what looks like a query; silence to anything shorter than a header, and to replies."""
    if len(wire) < 12 or wire[2] & 0x80:
        return None
    reply = wire[:2] + bytes([0x80 | wire[2] & 0x79, dns.rcode.FORMERR]) + bytes(8)
    return _framed(reply) if via == "tcp" else reply
