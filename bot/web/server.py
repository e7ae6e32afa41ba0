"""The HTTP server, with what uvicorn lacks against slow strangers: a head must come in time, waiting ones are few."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import termios
from functools import partial
from typing import Any, ClassVar

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from bot.web.live import HANG_UP

HEAD_WITHIN = 5.0  # seconds from connecting, or from an answer, until a request's head must be whole
BODY_WITHIN = 20.0  # ... from then on, until its body must be whole: a million bytes, over a bad line
SLOWEST = 10_000  # bytes of an answer that must be taken in HEAD_WITHIN, by who has not taken all of it then
LONGEST_MESSAGE = 16_384  # bytes that a client may send at once over a WebSocket
PING_EVERY = 20.0  # seconds; a client that answers none within as many is gone
MOST_WAITING = 200  # connections whose request is not whole; below the usual limit of 1024 open files


class Punctual(H11Protocol):
    """A connection that is closed when its request or the taking of its answer takes too long, or when too many wait
    longer than it."""

    waiting: ClassVar[dict[Punctual, asyncio.TimerHandle]] = {}  # the longest first; one server per process

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._untaken = 0  # bytes of the last answer
        self._bodied: object = None  # the request whose body is waited for
        if len(self.waiting) >= MOST_WAITING:
            next(iter(self.waiting)).hang_up()  # Slack's own requests come whole at once: theirs is never the oldest
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            return
        if not self.cycle.more_body:
            self._wait_no_more()
        elif self._bodied is not self.cycle:
            self._bodied = self.cycle
            self._wait(BODY_WITHIN)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None:  # its task was just made, and has not begun
            extensions: dict[str, Any] = self.cycle.scope.setdefault("extensions", {})
            extensions[HANG_UP] = partial(cut, self.transport)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._wait_no_more()  # its head is whole; from here on another protocol has this connection
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        self._untaken = untaken(self.transport)
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def hang_up(self) -> None:
        """Close without a word."""
        self._wait_no_more()
        self.transport.abort()

    def _late(self) -> None:
        """Who still takes the last answer cannot ask for another, but must go on taking it."""
        left = untaken(self.transport)
        if not left:
            self.hang_up()
        elif self._untaken - left >= SLOWEST:
            self._untaken = left
            self._wait()
        else:
            self._wait_no_more()
            cut(self.transport)

    def _wait(self, within: float | None = None) -> None:
        self._wait_no_more()
        self.waiting[self] = self.loop.call_later(HEAD_WITHIN if within is None else within, self._late)

    def _wait_no_more(self) -> None:
        if timer := self.waiting.pop(self, None):
            timer.cancel()


def cut(transport: asyncio.Transport) -> None:
    """Close without a word, and leave nothing behind: else the kernel keeps what nobody reads for minutes."""
    with contextlib.suppress(OSError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def untaken(transport: asyncio.Transport) -> int:
    """The bytes that the other side has not taken yet, those among them that the kernel holds (tcp(7), SIOCOUTQ)."""
    held = bytes(4)
    with contextlib.suppress(OSError, ValueError):  # it may be closed by now
        held = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, held)
    return transport.get_write_buffer_size() + int(struct.unpack("i", held)[0])


class Guarded(WebSocketsSansIOProtocol):
    """A WebSocket whose memory is bounded: who does not read what we send is not read either, not even for pings."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:  # its task was just made, and has not begun
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[HANG_UP] = partial(cut, self.transport)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()


class Server(uvicorn.Server):
    """Without uvicorn's own signal handling: our stop also closes the socket to Slack."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Those who watch are sent home first: uvicorn waits for open answers, and they would stay for ever."""
        await self.config.app.state.farewell()  # type: ignore[union-attr]  # a FastAPI, see make_server
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as in uvicorn
        yield


def make_server(web: FastAPI, *, host: str, port: int) -> Server:
    """A server that says nothing of itself: no header with its name, no access log."""
    config = uvicorn.Config(
        web,
        host=host,
        port=port,
        http=Punctual,
        ws=Guarded,
        ws_max_size=LONGEST_MESSAGE,
        ws_ping_interval=PING_EVERY,
        ws_ping_timeout=PING_EVERY,
        ws_per_message_deflate=False,  # it costs memory for each line, and ours are short
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return Server(config)
