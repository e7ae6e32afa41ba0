"""DNS messages over UDP and TCP, as bytes: one question, one answer, one time-out."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import dns.exception
import dns.flags
import dns.message

from core.errors import Changed, SourceDown
from core.language.noted import noted

Server = tuple[str, int]  # an address and a port

MOST_RECORDS = 200
"""Records of one answer that are read. Those with long names cost dnspython milliseconds each, and name servers give
a hundred of one type at most (BIND 9.20, max-records-per-type)."""


async def exchange(query: dns.message.Message, server: Server, *, tcp: bool, wait: float) -> bytes:
    """Ask one server and return the answer's bytes; a truncated UDP answer is asked for again over TCP.

    Raises:
        TimeoutError: no answer within `wait` seconds.
        SourceDown: the server cannot be reached.
        Changed: it sent something that is not an answer to this question.
    """
    async with asyncio.timeout(wait):
        if not tcp:
            wire = await _over_udp(query, server)
            if not _is_cut(wire):
                return wire
        return await _over_tcp(query, server)


def read(wire: bytes) -> tuple[dns.message.Message, bool]:
    """The message, and whether it has more records than are read.

    Raises:
        Changed: the bytes are not a DNS message.
    """
    shorter = shortened(wire, MOST_RECORDS)
    try:
        return dns.message.from_wire(shorter, ignore_trailing=True), shorter != wire
    except (dns.exception.DNSException, ValueError) as error:
        raise Changed(noted("The name server answered something that is not DNS.")) from error


def shortened(wire: bytes, most: int) -> bytes:
    """The same message with a header that promises no more records than are read."""
    if len(wire) < 12:
        return wire
    room = most
    counts: list[int] = []
    for count in struct.unpack("!HHH", wire[6:12]):
        counts.append(min(count, room))
        room = room - count if count <= room else 0
    return wire[:6] + struct.pack("!HHH", *counts) + wire[12:]


def _is_cut(wire: bytes) -> bool:
    return bool(struct.unpack("!H", wire[2:4])[0] & dns.flags.TC)


class _Datagrams(asyncio.DatagramProtocol):
    """Waits for the datagram that answers our question; forged and stray ones are let pass."""

    def __init__(self, query: dns.message.Message) -> None:
        self._expected = struct.pack("!H", query.id)
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002  # asyncio's
        if len(data) >= 12 and data[:2] == self._expected and data[2] & 0x80 and not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _over_udp(query: dns.message.Message, server: Server) -> bytes:
    try:
        transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(query), remote_addr=server
        )
        try:
            transport.sendto(query.to_wire())
            return await protocol.answer
        finally:
            transport.close()
    except TimeoutError:
        raise
    except OSError as error:
        raise SourceDown(noted("The name server cannot be reached.")) from error


async def _over_tcp(query: dns.message.Message, server: Server) -> bytes:
    wire = query.to_wire()
    try:
        reader, writer = await asyncio.open_connection(*server)
        try:
            writer.write(struct.pack("!H", len(wire)) + wire)
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = await reader.readexactly(length)
        finally:
            writer.close()
    except TimeoutError:
        raise
    except (OSError, asyncio.IncompleteReadError) as error:
        raise SourceDown(noted("The name server cannot be reached over TCP.")) from error
    if len(answer) < 12 or answer[:2] != wire[:2]:
        raise Changed(noted("The name server answered another question over TCP."))
    if _is_cut(answer):  # what is left of it must not be taken for the whole
        raise Changed(noted("The name server cuts its answer short over TCP as well."))
    return answer
