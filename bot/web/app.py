"""The HTTP side of the bot: Slack's signed requests, and whether this process is alive and ready."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp

from bot.front import Front
from core.errors import GumshoeError

MOST_BYTES = 1_000_000  # Slack's largest payloads (views) stay below 250 kB

STAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"


def make_web(front: Front, slack: AsyncApp, *, trouble: Callable[[], str]) -> FastAPI:
    """Routes: `POST /slack/events` (all that Slack sends), `GET /live`, `GET /ready`."""
    web = FastAPI(title="Gumshoe", docs_url=None, redoc_url=None, openapi_url=None)
    bolt = AsyncSlackRequestHandler(slack)

    @web.post("/slack/events")
    async def slack_events(request: Request) -> Response:
        length = request.headers.get("content-length", "")
        # With both headers the length means nothing (RFC 9112 6.3), and Slack never sends chunks.
        if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > MOST_BYTES:
            return Response("Too large, or of unknown length.", status_code=413)
        if not await _is_well_formed(request):
            return Response("Not signed by Slack.", status_code=401)
        return await bolt.handle(request)

    @web.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @web.get("/ready")
    async def ready(response: Response) -> dict[str, str]:
        """Ready: what people do reaches us, and the record and the queue answer."""
        if why := trouble():
            response.status_code = 503
            return {"status": "deaf", "why": why}
        try:
            await front.record(lambda: front.store.database.read(lambda db: db.exec_driver_sql("SELECT 1").scalar()))
            await front.queue_up()
        except GumshoeError as error:
            response.status_code = 503
            return {"status": "not ready", "why": str(error)}
        return {"status": "ready"}

    return web


async def _is_well_formed(request: Request) -> bool:
    """What Bolt's check of the signature would stumble over, instead of refusing it."""
    try:
        (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return request.headers.get(STAMP, "").isdecimal() and request.headers.get(SIGNATURE, "").isascii()
