"""Scans watched live: Server-Sent Events and a WebSocket."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import FastAPI, Response
from fastapi.requests import HTTPConnection, Request
from fastapi.websockets import WebSocket

from bot import guard
from bot.front import Front
from bot.web.api.doors import DOOR, Doors
from bot.web.callers import find, proof_of, who
from bot.web.live.cursor import moment, told
from bot.web.live.hub import Hub
from bot.web.live.line import Line
from bot.web.live.socket import talk
from bot.web.live.watcher import Watcher
from bot.web.problems import not_there
from core.callers import Caller, Scope

HANG_UP = "gumshoe.hang_up"  # what the server puts into a request's extensions: cuts its connection
AFTER = "last-event-id"


def add(web: FastAPI, front: Front) -> None:
    """Add the routes. What streams ends when `web.state.farewell` is called: a server that stops waits for it."""
    hub = Hub(front)
    web.state.farewell = hub.close
    doors = Doors(front)

    @web.get("/api/v1/scan/{scan_id}/events", include_in_schema=False)
    async def one(scan_id: str, request: Request, follow: bool = False) -> Response:
        """One scan: its summary whenever that changes, each finding once, and its end."""
        caller = await _enter(doors, request)
        scan = await hub.visible(caller, scan_id)
        if scan is None:
            raise not_there("scan")
        so_far = told(scan, request.headers.get(AFTER, ""))
        if not follow and scan.finished_at is not None and so_far.ended == scan.round:
            return Response(status_code=204)  # browsers come back when a line ends, unless they are told this
        watcher = _watcher(hub, front, request, caller)
        watcher.watch(so_far)
        return Line(hub, watcher, ends=not follow)

    @web.get("/api/v1/events", include_in_schema=False)
    async def everything(request: Request) -> Response:
        """All scans that the caller may see: the summary of each whenever it changes."""
        watcher = _watcher(hub, front, request, await _enter(doors, request))
        watcher.widen(everything=True, after=moment(request.headers.get(AFTER, "")))
        return Line(hub, watcher, ends=False)

    @web.websocket("/api/v1/ws")
    async def socket(line: WebSocket) -> None:
        await talk(line, hub, partial(_enter, doors, line), partial(_watcher, hub, front, line))


async def _enter(doors: Doors, request: HTTPConnection) -> Caller:
    """The caller, as everywhere in the API: known, allowed to read, not too often, and let pass by the guard.

    Raises:
        Problem, GumshoeError: as `Doors.enter` and `Doors.admit`.
    """
    caller = await doors.enter(request, Scope.READ)
    await doors.admit(caller)
    return caller


async def _again(front: Front, request: HTTPConnection) -> Caller | None:
    caller = await find(front, request)
    if caller is not None:
        await guard.judge(front, who(caller, DOOR))
    return caller


def _watcher(hub: Hub, front: Front, request: HTTPConnection, caller: Caller) -> Watcher:
    hang_up: Callable[[], None] = request.scope.get("extensions", {}).get(HANG_UP, _nothing)
    again = partial(_again, front, request)
    return Watcher(caller, front.store.looks, hub.read, again=again, key=proof_of(front, request), hang_up=hang_up)


def _nothing() -> None:
    """A server that is not ours: the line ends when its time is over."""
