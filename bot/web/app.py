"""The HTTP side of the bot: Slack's signed requests, and whether this process is alive and ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from starlette.requests import ClientDisconnect

from bot import counting
from bot.front import Front
from bot.traced import UNTRACED, Requests, delivery
from bot.web import api, live, measures, pages
from bot.web.counted import Counted
from bot.web.problems import Problem, answer_problem
from bot.web.signed import Door, TurnedAway
from core.errors import GumshoeError

READY_FOR = 1.0  # seconds an answer about readiness is good for: strangers who ask must not keep the record busy


def make_web(front: Front, slack: AsyncApp, *, trouble: Callable[[], str]) -> FastAPI:
    """Routes: `GET /live`, `GET /ready`, and over signed HTTP `POST /slack/events` (all that Slack sends)."""
    web = FastAPI(title="Gumshoe", docs_url=None, redoc_url=None, openapi_url=None, telemetry=_traced(front))
    web.add_middleware(Requests)
    readiness = _Readiness(front)

    @web.get("/live")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @web.get("/ready")
    async def ready(response: Response) -> dict[str, str]:
        """Ready: what people do reaches us, and the record and the queue answer."""
        if why := trouble():
            response.status_code = 503
            return {"status": "deaf", "why": why}
        if why := await readiness.trouble():
            response.status_code = 503
            return {"status": "not ready", "why": why}
        return {"status": "ready"}

    web.add_exception_handler(Problem, answer_problem)
    web.add_exception_handler(GumshoeError, answer_problem)
    for part in (api, live, pages, measures):
        part.add(web, front)
    web.state.trouble = trouble
    web.add_middleware(Counted)
    if front.settings.slack_transport == "http":  # over Socket Mode nobody has business here
        _add_slack(web, Door(front), slack)
    return web


def _add_slack(web: FastAPI, door: Door, slack: AsyncApp) -> None:
    @web.post("/slack/events")
    async def slack_events(request: Request) -> Response:
        began = time.monotonic()
        try:
            body = await door.read(request)
        except TurnedAway as refusal:
            # The rest of it is not waited for.
            return Response(str(refusal), status_code=refusal.status, headers={"Connection": "close"})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        asked = to_async_bolt_request(request, body.encode())
        with delivery("request", "http"):
            answer = await slack.async_dispatch(asked)
        counting.answered(asked.body, began, status=answer.status)
        return to_starlette_response(answer)


def _traced(front: Front) -> TelemetryConfig:
    """A request is one span: what FastAPI does with it inside is not told, nor what is asked all the time."""
    return {
        "tracing": bool(front.settings.otel_url),
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
        "exclude": lambda scope: UNTRACED.fullmatch(scope["path"]) is not None,
    }


class _Readiness:
    """Asks the record and the queue, once for all who want to know within a moment."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._turn = asyncio.Lock()
        self._known: tuple[float, str] | None = None

    async def trouble(self) -> str:
        """What is not ready; nothing when all is."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if self._known is None or now - self._known[0] > READY_FOR:
                self._known = now, await self._ask()
            return self._known[1]

    async def _ask(self) -> str:
        front = self._front
        try:
            await front.record(lambda: front.store.database.read(lambda db: db.exec_driver_sql("SELECT 1").scalar()))
            await front.queue_up()
        except GumshoeError as error:
            return str(error)
        return ""
