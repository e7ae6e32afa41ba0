"""One Socket Mode connection: opened with a ticket, greeted by Slack, heard until it ends, closed in bounded time."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import structlog
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env

from core.errors import SlackDown, SlackError
from core.pace import LocalPace
from core.slack.door import Slack

log = structlog.get_logger()

GREETED_WITHIN = 6.0  # seconds for a ticket, a connection and Slack's hello; a line nobody greets on is none
PING = 10.0  # seconds of silence until we ask whether the other end lives; it has half as long to say so
SENT_WITHIN = 3.0
HANG_UP = 2.0
DRAINED_WITHIN = 3.5  # seconds in which what a line brought is answered; Slack waits for 3
TOO_MANY = "too_many_websockets"
MOST_BYTES = 4 * 1024 * 1024
METHOD = "apps.connections.open"

Envelope = dict[str, Any]
Hear = Callable[[Envelope], Awaitable[dict[str, Any] | None]]  # the answer to an envelope; None: do not acknowledge


class Lines:
    """Opens connections with an app-level token."""

    def __init__(self, token: str, *, base_url: str, hear: Hear) -> None:
        self._slack = Slack(token, base_url=base_url, pace=LocalPace())
        self._secure = ssl.create_default_context() if base_url.startswith("https") else True
        self._proxy = load_http_proxy_from_env()  # as the SDK does for the Web API
        self._hear = hear
        self._http: aiohttp.ClientSession | None = None

    async def open(self) -> Line:
        """One more connection, greeted by Slack.

        Raises:
            Revoked: Slack does not accept the token.
            Throttled: not before `retry_after`.
            SlackError: there is none; `code` says why, TOO_MANY when Slack allows no more.
        """
        try:
            async with asyncio.timeout(GREETED_WITHIN):
                return await self._greeted(await self._connect(await self._slack.socket_url()))
        except TimeoutError as error:
            raise SlackDown("Slack does not answer in time.", code="timeout", method=METHOD) from error
        except (aiohttp.ClientError, OSError) as error:
            raise SlackDown("Slack cannot be reached.", code=type(error).__name__, method=METHOD) from error

    async def close(self) -> None:
        await self._slack.close()
        if self._http is not None:
            await self._http.close()

    async def _connect(self, url: str) -> aiohttp.ClientWebSocketResponse:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        patience = aiohttp.ClientWSTimeout(ws_close=HANG_UP)
        return await self._http.ws_connect(
            url, heartbeat=PING, timeout=patience, proxy=self._proxy, ssl=self._secure, max_msg_size=MOST_BYTES
        )

    async def _greeted(self, ws: aiohttp.ClientWebSocketResponse) -> Line:
        code = "no_hello"
        try:
            told = _read(await ws.receive())
            if told.get("type") == "hello":
                return Line(ws, self._hear)
            code = str(told.get("reason") or code)
        except asyncio.CancelledError:
            await ws.close()
            raise
        await ws.close()
        raise SlackError(f"Slack did not greet us: {code}.", code=code, method=METHOD)


class Line:
    """A connection that Slack greeted us on. Each envelope is answered on the line that brought it."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, hear: Hear) -> None:
        self._ws = ws
        self._hear = hear
        self._answering: set[asyncio.Task[None]] = set()
        self._turned = asyncio.Event()
        self.leaving = ""  # Slack's reason for its goodbye
        self.heard_at = _now()  # when it last brought something: its greeting, an envelope
        self._reading = asyncio.create_task(self._read())

    @property
    def is_open(self) -> bool:
        return not self._reading.done()

    @property
    def quiet(self) -> float:
        """Seconds since it last brought something. Pings do not count: a deaf line answers them."""
        return _now() - self.heard_at

    async def turned(self, *, within: float) -> None:
        """Wait until it ends or Slack says goodbye, but no longer than this."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._turned.wait(), within)

    async def close(self) -> None:
        """See to the end of what it brought, then hang up; both bounded."""
        deadline = _now() + DRAINED_WITHIN
        while self._answering and self.is_open and _now() < deadline:
            await asyncio.wait(self._answering, timeout=deadline - _now())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ws.close(), 2 * HANG_UP)
        self._reading.cancel()
        await asyncio.wait({self._reading})

    async def _read(self) -> None:
        try:
            async for message in self._ws:
                self._take(_read(message))
        finally:
            self._turned.set()

    def _take(self, told: Envelope) -> None:
        if told.get("type") == "disconnect":
            self.leaving = str(told.get("reason") or "unknown")
            self._turned.set()
        elif told.get("envelope_id"):
            self.heard_at = _now()
            task = asyncio.create_task(self._answer(told))
            self._answering.add(task)
            task.add_done_callback(self._answered)

    async def _answer(self, envelope: Envelope) -> None:
        answer = await self._hear(envelope)
        if answer is None:
            return
        ack = {"envelope_id": envelope["envelope_id"]} | ({"payload": answer} if answer else {})
        try:
            async with asyncio.timeout(SENT_WITHIN):
                await self._ws.send_str(json.dumps(ack))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            # What was asked is done all the same; Slack sends an event again, and tells people that a command failed.
            log.warning("answer not taken", kind=envelope.get("type"), why=type(error).__name__)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("envelope not answered", exc_info=error)


def _read(message: aiohttp.WSMessage) -> Envelope:
    if message.type is not aiohttp.WSMsgType.TEXT:
        return {}
    try:
        told = json.loads(message.data)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _now() -> float:
    return asyncio.get_running_loop().time()
