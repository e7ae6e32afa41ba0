"""The HTTP server, with what uvicorn lacks against slow strangers: a head must come in time, waiting ones are few."""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN = 5.0  # seconds from connecting, or from an answer, until a request's head must be whole
MOST_WAITING = 200  # connections whose head is not whole; below the usual limit of 1024 open files


class Punctual(H11Protocol):
    """A connection that is closed when its request's head takes too long, or when too many wait longer than it."""

    waiting: ClassVar[dict[Punctual, asyncio.TimerHandle]] = {}  # the longest first; one server per process

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        if len(self.waiting) >= MOST_WAITING:
            next(iter(self.waiting)).hang_up()  # Slack's own requests come whole at once: theirs is never the oldest
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_more()

    def on_response_complete(self) -> None:
        self._wait_no_more()
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def hang_up(self) -> None:
        """Close without a word."""
        self._wait_no_more()
        self.transport.abort()

    def _wait(self) -> None:
        self.waiting[self] = self.loop.call_later(HEAD_WITHIN, self.hang_up)

    def _wait_no_more(self) -> None:
        if timer := self.waiting.pop(self, None):
            timer.cancel()


class Server(uvicorn.Server):
    """Without uvicorn's own signal handling: our stop also closes the socket to Slack."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as in uvicorn
        yield


def make_server(web: FastAPI, *, host: str, port: int) -> Server:
    """A server that says nothing of itself: no header with its name, no access log."""
    config = uvicorn.Config(
        web, host=host, port=port, http=Punctual, ws="none", log_config=None, access_log=False, server_header=False
    )
    return Server(config)
