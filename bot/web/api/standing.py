"""`GET /health`: whether the parts do their work, asked once for all who want to know within some seconds."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from bot.front import Front
from bot.web.api import answers
from bot.web.api.doors import Doors, caller_of
from core.broker import QUEUES
from core.callers import Caller, Scope
from core.errors import GumshoeError, QueueDown, SlackError, StoreDown
from tasks import queue

GOOD_FOR = 5.0  # seconds an answer is good for
SLACK_FOR = 60.0  # ... about Slack, whose own limits such questions use
WITHIN = 2.5
WORKERS_WITHIN = 5.0  # they are asked twice, two seconds each, before it is said that there is none
MANY = 30  # threads that wait to be told: from there on somebody notices
OK, LATE, DOWN, OFF = "ok", "late", "down", "off"

Part = dict[str, Any]
Them = Annotated[Caller, Depends(caller_of)]


def add(router: APIRouter, doors: Doors) -> None:
    """Add `GET /health`."""
    standing = Standing(doors.front)
    broken: dict[int | str, dict[str, Any]] = {503: {"model": answers.Health, "description": "Scans cannot be asked."}}

    @router.get("/health", response_model=answers.Health, responses=broken, **doors.scope(Scope.READ))
    async def look_at_health(caller: Them) -> JSONResponse:
        """Workers, queues, Redis, the database and Slack. 503 when scans cannot be asked or are not begun. Whether
        this process itself is up is told without a token at `/live` and `/ready`."""
        with suppress(SlackError):  # told below
            await doors.admit(caller)
        found = await standing.now()
        return JSONResponse(found, 503 if found["status"] == DOWN else 200)


class Standing:
    """One per bot process."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._turn = asyncio.Lock()
        self._known: tuple[float, dict[str, Any]] | None = None
        self._slack_known: tuple[float, Part] | None = None

    async def now(self) -> dict[str, Any]:
        """How all parts are, as of some seconds ago."""
        async with self._turn:
            at = asyncio.get_running_loop().time()
            if self._known is None or at - self._known[0] > GOOD_FOR:
                self._known = at, await self._ask()
            return self._known[1]

    async def _ask(self) -> dict[str, Any]:
        database, redis, slack, workers, queues = await asyncio.gather(
            self._database(), self._redis(), self._slack(), self._workers(), self._queues()
        )
        parts = {"database": database, "redis": redis, "workers": workers, "slack": slack}
        broken = [name for name in ("database", "redis", "workers") if parts[name]["status"] == DOWN]
        late = any(part["status"] in (LATE, DOWN) for part in parts.values())
        return {"status": DOWN if broken else LATE if late else OK, **parts, "queues": queues}

    async def _database(self) -> Part:
        front = self._front
        try:
            await front.record(lambda: front.store.database.read(lambda db: db.exec_driver_sql("SELECT 1").scalar()))
        except GumshoeError as error:
            return _part(DOWN, str(error))
        return _part(OK, "The database answers.")

    async def _redis(self) -> Part:
        try:
            await self._front.queue_up()
        except QueueDown as error:
            return _part(DOWN, str(error), next=error.step)
        return _part(OK, "Redis answers and takes work.")

    async def _workers(self) -> Part:
        try:
            names = await asyncio.wait_for(asyncio.to_thread(queue.workers), WORKERS_WITHIN)
        except (QueueDown, TimeoutError):
            return _part(DOWN, "Whether workers answer is not known: it was not found out in time.", names=None)
        if not names:
            step = "Start one: celery -A tasks worker --pool threads -Q scan,notify,maint"
            return _part(DOWN, "No worker answers, so scans wait.", next=step, names=[])
        return _part(OK, f"{len(names)} worker processes answer.", names=names)

    async def _queues(self) -> dict[str, int | None]:
        async def length(name: str) -> int | None:
            try:
                return await asyncio.wait_for(asyncio.to_thread(queue.length, name), WITHIN)
            except (QueueDown, TimeoutError):
                return None

        return dict(zip(QUEUES, await asyncio.gather(*map(length, QUEUES)), strict=True))

    async def _slack(self) -> Part:
        at = asyncio.get_running_loop().time()
        if self._slack_known is None or at - self._slack_known[0] > SLACK_FOR:
            self._slack_known = at, await self._ask_slack()
        told = self._slack_known[1]
        waiting = await self._waiting()
        late = told["status"] == OK and (waiting or 0) >= MANY
        return told | {"threads_waiting": waiting} | ({"status": LATE} if late else {})

    async def _waiting(self) -> int | None:
        """Threads that are not told yet; None while the record does not answer."""
        try:
            return await self._front.record(self._front.store.desk.lagging)
        except StoreDown:
            return None

    async def _ask_slack(self) -> Part:
        if self._front.settings.slack_transport == "none":
            return _part(OFF, "Slack is not set up.")
        if self._front.settings.many:
            return _part(OK, "Each workspace is reached by its own token.")
        try:
            identity = await asyncio.wait_for(self._front.slack.whoami(), WITHIN)
        except TimeoutError:
            return _part(DOWN, "Slack does not answer in time.")
        except SlackError as error:
            return _part(DOWN, str(error))
        return _part(OK, "Slack answers.", team=identity.team)


def _part(status: str, message: str, **more: Any) -> Part:
    return {"status": status, "message": message, **more}
