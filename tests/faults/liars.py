"""Servers that lie, stall, flood and break off: each lie listens on a port of its own, over TCP or UDP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
WITHIN = 10.0
HEAD = b"\r\n\r\n"  # where an HTTP question ends
LINE = b"\n"  # where a WHOIS question ends
PREFIXED = b""  # a DNS question over TCP says its length itself
AT_ONCE = b"-"  # speak before anything is asked


@dataclass(frozen=True, kw_only=True)
class Lie:
    """What is said to a question, and what happens then."""

    says: bytes = b""
    made: Callable[[bytes], bytes] | None = None  # from the question, in place of `says`
    again: bytes = b""  # repeated after it until the other side has had enough
    every: float = 0.0  # seconds between the bytes of `says`
    pause: float = 0.0  # seconds between repetitions of `again`
    then: str = "close"  # close, reset, hold (say no more and keep the line), keep (wait for the next question)
    more: bytes = b""  # said once the other side believes that all was said
    until: bytes = HEAD


@dataclass(eq=False)
class Told:
    """A listening lie, and what came of it."""

    turns: list[Lie]  # one for each question; the last one stays
    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0

    def turn(self) -> Lie:
        return self.turns[min(len(self.asked), len(self.turns)) - 1]


class Liars:
    """All lies of a test, on a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="liars", daemon=True)
        self._servers: list[asyncio.Server | asyncio.DatagramTransport] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN)
        self._loop.close()

    def tcp(self, *turns: Lie, host: str = HOST, tls: ssl.SSLContext | None = None, port: int = 0) -> Told:
        """Tell these, one for each question, to who connects."""
        told = Told(list(turns))

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            lost = (OSError, asyncio.IncompleteReadError, ValueError)
            with contextlib.closing(writer), contextlib.suppress(*lost):  # also when it is cut off amid a lie
                await _serve(told, reader, writer)

        async def listen() -> None:
            server = await asyncio.start_server(serve, host, port, ssl=tls, limit=1 << 20)
            told.port = server.sockets[0].getsockname()[1]
            self._servers.append(server)

        self._run(listen())
        return told

    def dns(self, udp: Callable[[bytes], Sequence[bytes]], tcp: Lie | None = None, *, elsewhere: bool = False) -> Told:
        """Answer over UDP with these datagrams (from another port, if `elsewhere`), and over TCP with a lie."""
        told = self.tcp(tcp or Lie(until=PREFIXED))
        answers = _Datagrams(told, udp)
        self._servers.append(self._run(self._listen(lambda: answers, told.port)))
        if elsewhere:
            other = self._run(self._listen(asyncio.DatagramProtocol, 0))
            self._servers.append(other)
            answers.voice = other
        return told

    async def _listen(self, protocol: Callable[[], asyncio.DatagramProtocol], port: int) -> asyncio.DatagramTransport:
        transport, _ = await self._loop.create_datagram_endpoint(protocol, local_addr=(HOST, port))
        return transport

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN)

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, told: Told, made: Callable[[bytes], Sequence[bytes]]) -> None:
        self._told = told
        self._made = made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.voice: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._told.asked.append(data)
        for each in self._made(data):
            self.voice.sendto(each, addr)


async def _serve(told: Told, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    told.connections += 1
    while True:
        question = await _question(told.turns[0].until, reader)
        told.asked.append(question)
        lie = told.turn()
        await _say(lie, question, writer)
        if lie.then == "reset":
            _reset(writer)
            return
        if lie.then == "close":
            return
        if lie.then == "hold":
            await reader.read(1)  # until the other side gives up
            return
        await asyncio.sleep(0.05)  # by now the other side believes that all was said
        writer.write(lie.more)


async def _question(until: bytes, reader: asyncio.StreamReader) -> bytes:
    if until == AT_ONCE:
        return b""
    if until == PREFIXED:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(length)
    return await reader.readuntil(until)


async def _say(lie: Lie, question: bytes, writer: asyncio.StreamWriter) -> None:
    says = lie.made(question) if lie.made is not None else lie.says
    pieces = [says[place : place + 1] for place in range(len(says))] if lie.every else [says]
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(lie.every)
    while lie.again:
        writer.write(lie.again)
        await writer.drain()
        await asyncio.sleep(lie.pause)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
