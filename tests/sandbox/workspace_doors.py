"""Doors for tests of the stand-in workspace: the server on loopback, its control API, and Slack's own client."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.serve import Server, Wanted

DEADLINE = 10.0


class Doors:
    """The server with everything a test needs to reach it."""

    def __init__(self, server: Server, told: dict[str, Any], http: aiohttp.ClientSession) -> None:
        self.server, self.http = server, http
        self.url, self.api_url = str(told["url"]), str(told["api_url"])
        self.bot_token, self.app_token = str(told["bot_token"]), str(told["app_token"])
        self.signing_secret = str(told["signing_secret"])
        self.client = AsyncWebClient(token=self.bot_token, base_url=self.api_url, session=http, retry_handlers=[])

    async def get(self, path: str, **query: Any) -> Any:
        """Look at something."""
        async with self.http.get(f"{self.url}/control/{path}", params=query) as response:
            return await response.json()

    async def post(self, path: str, **body: Any) -> Any:
        """Do something."""
        async with self.http.post(f"{self.url}/control/{path}", json=body) as response:
            return await response.json()

    async def messages(self, channel: str = "C0GENERAL", **query: str) -> list[dict[str, Any]]:
        """What a channel shows."""
        told = await self.get("messages", channel=channel, **query)
        return list(told["messages"])

    async def until(self, kind: str, fits: Callable[[dict[str, Any]], bool] = bool, since: int = 0) -> dict[str, Any]:
        """Wait on the feed of changes for one that fits."""
        seq = since
        for _ in range(200):
            told = await self.get("changes", since=seq, timeout=DEADLINE, kind=kind)
            assert told["changes"], f"no {kind} change that fits came within {DEADLINE} s"
            for change in told["changes"]:
                seq = change["seq"]
                if fits(change):
                    return dict(change)
        raise AssertionError(f"200 batches of {kind} changes and none fits")

    async def refused(self, method: str, **args: Any) -> dict[str, Any]:
        """The refusal a call gets; fails when it gets none."""
        try:
            answer = await self.client.api_call(method, json=args)
        except SlackApiError as error:
            return dict(error.response.data)
        raise AssertionError(f"{method} was not refused but answered {answer.data!r}")


@asynccontextmanager
async def open_doors(**wanted: Any) -> AsyncIterator[Doors]:
    """Start a workspace on a free port, and stop it afterwards."""
    server = Server(Wanted(**wanted))
    told = await server.start()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        try:
            yield Doors(server, told, http)
        finally:
            await server.stop()
