"""Sends signed slash commands over kept connections and times the acks; all is signed before the clock starts."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

PEOPLE = 200  # so many ask in turn: nobody asks more often than the guard's rates are made for
CHANNELS = 100
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Volley:
    """The acks of one measurement."""

    ms: tuple[float, ...]
    seconds: float
    bad: int  # answers other than 200
    cpu: float = 0.0  # seconds the app used

    @property
    def rate(self) -> float:
        return len(self.ms) / self.seconds


def person(number: int) -> str:
    return f"U0BENCH{number % PEOPLE:03}"


def commands(count: int, secret: str, *, text: str = "") -> list[bytes]:
    """Whole HTTP requests, each a command by the next person for a name of its own, unless `text` says what."""
    return [_command(next(_numbers), secret, text) for _ in range(count)]


def _command(number: int, secret: str, text: str) -> bytes:
    form = {
        "token": "benchmark",
        "team_id": "T0SANDBOX",
        "team_domain": "example-corp",
        "channel_id": f"C0BENCH{number % CHANNELS:03}",
        "channel_name": "general",
        "user_id": person(number),
        "user_name": "ada-example",
        "command": "/scan",
        "text": text or f"n{number}.example.com #bench",
        "api_app_id": "A0GUMSHOE",
        "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:9/response",
        "trigger_id": f"{number}.benchmark",
    }
    body = urlencode(form).encode()
    stamp = str(int(time.time()))
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={mac}\r\n\r\n"
    )
    return head.encode() + body


class Line(asyncio.Protocol):
    """One kept connection: a request at a time, answered by its status."""

    def __init__(self) -> None:
        self._got = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)

    async def ask(self, request: bytes) -> int:
        """The status; 0 when the connection broke."""
        if self._transport is None or self._transport.is_closing():
            return 0
        self._got, self._answer = b"", asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, gap, body = self._got.partition(b"\r\n\r\n")
        if gap and len(body) >= _length(head) and self._answer is not None and not self._answer.done():
            self._answer.set_result(int(head[9:12]))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    marked = head.lower().partition(b"content-length:")[2]
    return int(marked.split(b"\r\n", 1)[0] or 0)


async def _lines(port: int, count: int) -> list[Line]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Line, "127.0.0.1", port))[1] for _ in range(count)]


async def closed(port: int, requests: Sequence[bytes], in_flight: int) -> Volley:
    """So many in flight: each connection sends its next command when the last one was answered."""
    lines = await _lines(port, in_flight)
    waiting, ms, bad = iter(requests), [], 0

    async def go(line: Line) -> None:
        nonlocal bad
        for request in waiting:
            began = time.perf_counter()
            bad += await line.ask(request) != 200
            ms.append(1000 * (time.perf_counter() - began))

    began = time.perf_counter()
    await asyncio.gather(*(go(line) for line in lines))
    seconds = time.perf_counter() - began
    for line in lines:
        line.close()
    return Volley(tuple(ms), seconds, bad)


async def steady(port: int, requests: Sequence[bytes], rate: float) -> Volley:
    """So many a second, whether or not earlier ones were answered; timed from when each was due."""
    idle = await _lines(port, 50)
    lines, ms, bad = list(idle), [], 0
    began = time.perf_counter()

    async def go(number: int, request: bytes) -> None:
        nonlocal bad
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        late = [] if idle else await _lines(port, 1)
        lines.extend(late)
        line = idle.pop() if idle else late[0]
        bad += await line.ask(request) != 200
        ms.append(1000 * (time.perf_counter() - due))
        idle.append(line)

    await asyncio.gather(*(go(number, request) for number, request in enumerate(requests)))
    seconds = time.perf_counter() - began
    for line in lines:
        line.close()
    return Volley(tuple(ms), seconds, bad)
