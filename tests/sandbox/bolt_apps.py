"""Small Bolt apps for tests of the stand-in workspace, connected over Socket Mode or signed HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.workspace_doors import Doors


def bolt_app(doors: Doors) -> AsyncApp:
    """An app without listeners; the test adds them."""
    return AsyncApp(client=doors.client, signing_secret=doors.signing_secret)


@asynccontextmanager
async def over_socket(doors: Doors, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app, connected over Socket Mode with one connection."""
    client = AsyncWebClient(token=doors.app_token, base_url=doors.api_url, session=doors.http)
    handler = AsyncSocketModeHandler(app, doors.app_token, web_client=client, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_sdk left it untyped
    await doors.until("socket", lambda change: change["connections"] > 0)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # slack_sdk left it untyped
        await handler.client.aiohttp_client_session.close()


@asynccontextmanager
async def over_http(doors: Doors, app: AsyncApp) -> AsyncIterator[bool]:
    """The app at an address of its own; yields whether it passed Slack's handshake."""
    runner = web.AppRunner(app.web_app(path="/slack/events"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    told = await doors.post("settings", events_url=url)
    try:
        yield bool(told["url_verified"])
    finally:
        await runner.cleanup()


class Listener:
    """A bare Socket Mode connection that keeps what it gets and acknowledges when told to."""

    def __init__(self, doors: Doors, *, answers: bool = True) -> None:
        web_client = AsyncWebClient(token=doors.app_token, base_url=doors.api_url, session=doors.http)
        self.client = SocketModeClient(doors.app_token, web_client=web_client, ping_interval=0.2)
        self.client.socket_mode_request_listeners.append(self._hear)
        self.client.message_listeners.append(self._note)
        self.answers = answers
        self.requests: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        self.notes: asyncio.Queue[dict[str, object]] = asyncio.Queue()

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.put_nowait(request)
        if self.answers:
            await client.send_socket_mode_response({"envelope_id": request.envelope_id})

    async def _note(self, _client: AsyncBaseSocketModeClient, message: dict[str, object], _raw: str | None) -> None:
        if "envelope_id" not in message:
            self.notes.put_nowait(message)

    async def request(self) -> SocketModeRequest:
        """The next envelope."""
        return await asyncio.wait_for(self.requests.get(), 10)

    async def note(self) -> dict[str, object]:
        """The next message that is no envelope, such as hello."""
        return await asyncio.wait_for(self.notes.get(), 10)


@asynccontextmanager
async def listening(doors: Doors, *, answers: bool = True) -> AsyncIterator[Listener]:
    """One bare connection."""
    listener = Listener(doors, answers=answers)
    await listener.client.connect()  # type: ignore[no-untyped-call]  # slack_sdk left it untyped
    try:
        yield listener
    finally:
        await listener.client.close()  # type: ignore[no-untyped-call]  # slack_sdk left it untyped
        await listener.client.aiohttp_client_session.close()
