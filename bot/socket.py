"""Socket Mode: keeps a connection to Slack that hears, and gives up loudly rather than stay deaf."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import counting
from bot.traced import delivery
from core.errors import BadSetting, GumshoeError, Revoked, SlackError, Throttled
from core.metrics import count
from core.settings import Settings
from core.slack.line import TOO_MANY, Envelope, Line, Lines

log = structlog.get_logger()

AGAIN, LONGEST_PAUSE = 1.0, 10.0  # seconds between two tries to connect, doubling


class Deaf(GumshoeError):
    """The connection to Slack could not be restored."""


class Ears:
    """This process's connection to Slack, replaced before it ends and whenever it has been silent for long.

    A line may answer pings and bring nothing; nobody can tell that from a quiet night. So silence has a longest
    time (`SOCKET_QUIET`), after which a new line is opened, and only then the old one closed.
    """

    def __init__(self, app: AsyncApp, settings: Settings) -> None:
        self._app = app
        self._quiet = settings.socket_quiet
        self._deaf = settings.socket_deaf
        token = settings.slack_app_token.get_secret_value()
        self._lines = Lines(token, base_url=settings.slack_api_url, hear=self._hear)
        self._line: Line | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._heard_at = 0.0  # when we last had a line
        self._why = "It has not been reached yet."

    def trouble(self) -> str:
        """Why nothing that people do reaches us; empty while we hear."""
        if self._line is None or not self._line.is_open:
            return f"There is no connection to Slack. {self._why}"
        if self._line.quiet > self._quiet + self._deaf:
            return f"Slack has sent nothing for {self._line.quiet:.0f} s and takes no new connection. {self._why}"
        return ""

    async def listen(self) -> None:
        """Stay connected until cancelled.

        Raises:
            BadSetting: Slack does not accept the token.
            Deaf: for `SOCKET_DEAF` seconds there was no connection.
        """
        self._heard_at = _now()
        try:
            while True:
                line = await self._connect()
                self._retire()
                self._line = line
                await self._until_due(line)
        finally:
            self._retire()
            await asyncio.gather(*self._closing, return_exceptions=True)
            await self._lines.close()

    async def _until_due(self, line: Line) -> None:
        """Wait until another line is needed."""
        patience = self._quiet * random.uniform(0.8, 1.0)  # noqa: S311  several processes shall not renew at once
        while line.is_open and not line.leaving and line.quiet < patience:
            await line.turned(within=patience - line.quiet)
        self._heard_at = _now()
        why = line.leaving or ("quiet" if line.is_open else "ended")
        log.info("socket is replaced", why=why)

    async def _connect(self) -> Line:
        pause = AGAIN
        while True:
            try:
                line = await self._lines.open()
            except SlackError as error:
                count("gumshoe_socket_connections_total", result="failed")
                self._note(error)
                wait = error.retry_after if isinstance(error, Throttled) else pause
            else:
                count("gumshoe_socket_connections_total", result="opened")
                return line
            pause = min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(wait)

    def _note(self, error: SlackError) -> None:
        """Remember why there is no new line.

        Raises:
            BadSetting, Deaf: there is no old one either, and no use in waiting longer.
        """
        self._why = str(error)
        log.warning("socket not connected", why=str(error), code=error.code)
        if self._line is None and isinstance(error, Revoked):
            raise BadSetting(f"SLACK_APP_TOKEN is wrong: Slack answered {error.code}.") from error
        if error.code == TOO_MANY:
            self._retire()  # others hold all that Slack allows: ours makes room for its successor
        elif self._line is not None and self._line.is_open:
            self._heard_at = _now()
        if _now() - self._heard_at >= self._deaf:
            raise Deaf(f"For {self._deaf:.0f} s there was no connection to Slack. {error}") from error

    def _retire(self) -> None:
        """Close the line we have, in the background: what it brought is still answered on it."""
        if self._line is None:
            return
        closing = asyncio.create_task(self._line.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        self._line = None

    async def _hear(self, envelope: Envelope) -> dict[str, Any] | None:
        """Let Bolt answer an envelope; None when it did not."""
        if not isinstance(envelope.get("payload"), dict):
            return {}  # nothing of ours: acknowledged, so that it does not come again
        request = SocketModeRequest.from_dict(envelope)
        began = time.monotonic()
        with delivery(str(envelope.get("type")), "websocket"):
            response = await run_async_bolt_app(self._app, request) if request else None
        counting.answered(envelope["payload"], began, status=response.status if response else 0)
        if response is None or response.status != 200:
            return None
        return _payload(response.body or "")


def _payload(body: str) -> dict[str, Any]:
    if not body:
        return {}
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"text": body}


def _now() -> float:
    return asyncio.get_running_loop().time()
