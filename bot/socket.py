"""Socket Mode: keeps one connection to Slack alive, and gives up loudly rather than stay deaf."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from core.errors import GumshoeError
from core.settings import Settings
from core.slack.places import belongs

log = structlog.get_logger()

PING = 3.0  # seconds between pings; the SDK replaces a connection that leaves four unanswered
GLANCE = 2.0
DEAF_FOR = 60.0  # seconds without a working connection after which the process ends
AGAIN = 2.0


class Deaf(GumshoeError):
    """The connection to Slack could not be restored."""


class Bound(AsyncWebClient):
    """Takes an address for the WebSocket only if it is Slack's own: all that people write would go there."""

    async def apps_connections_open(self, *, app_token: str, **rest: Any) -> AsyncSlackResponse:
        """Raises:
        SlackClientError: it is somebody else's.
        """
        answer = await super().apps_connections_open(app_token=app_token, **rest)
        if not belongs(str(answer.get("url", "")), self.base_url):
            raise SlackClientError("Slack named an address for Socket Mode that is not Slack's.")
        return answer


async def listen(app: AsyncApp, settings: Settings) -> None:
    """Stay connected until cancelled.

    Raises:
        Deaf: for a minute no connection could be made or kept.
    """
    logger = logging.getLogger("slack_sdk.socket")
    logger.setLevel(logging.WARNING)  # its debug lines carry what people wrote
    token = settings.slack_app_token.get_secret_value()
    client = Bound(token, base_url=settings.slack_api_url, logger=logger)
    handler = AsyncSocketModeHandler(app, token, logger=logger, web_client=client, ping_interval=PING)
    try:
        await _connect(handler)
        await _watch(handler)
    finally:
        await asyncio.wait_for(handler.close_async(), 5)  # type: ignore[no-untyped-call]  # as in Bolt


async def _connect(handler: AsyncSocketModeHandler) -> None:
    deadline = asyncio.get_running_loop().time() + DEAF_FOR
    while True:
        try:
            async with asyncio.timeout_at(deadline):  # the SDK itself tries for ever and raises nothing
                await handler.connect_async()  # type: ignore[no-untyped-call]  # as in Bolt
        except (SlackClientError, OSError, TimeoutError) as error:
            if asyncio.get_running_loop().time() >= deadline:
                raise Deaf("Slack accepts no Socket Mode connection.") from error
            log.warning("socket not connected yet", why=type(error).__name__)
            await asyncio.sleep(AGAIN)
        else:
            return


async def _watch(handler: AsyncSocketModeHandler) -> None:
    silent = 0.0
    while silent < DEAF_FOR:
        await asyncio.sleep(GLANCE)
        silent = 0.0 if await handler.client.is_connected() else silent + GLANCE
    raise Deaf("The Socket Mode connection was lost and could not be restored.")
