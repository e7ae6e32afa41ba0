"""`GET /metrics` for Prometheus: what all processes counted, and how things stand now."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import suppress
from ipaddress import ip_address

from fastapi import FastAPI, Request, Response

from bot import guard
from bot.front import Front
from bot.web.callers import find, who
from bot.web.exposition import MEDIA, text
from bot.web.gauges import measure
from bot.web.problems import lacks, unknown_caller
from core.callers import Scope
from core.errors import SlackError

PROXIED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via")


def add(web: FastAPI, front: Front) -> None:
    """Add its route."""
    turn = asyncio.Lock()  # one by one: whoever asks often must not keep the record busy

    @web.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        await check(front, request)
        async with turn:
            return Response(text(await measure(front, web.state.trouble)), media_type=MEDIA)


async def check(front: Front, request: Request) -> None:
    """Let pass: the bearer METRICS_TOKEN, a good token with the scope read, and where no METRICS_TOKEN is set whoever
    asks from this machine itself.

    Raises:
        Problem, NotAllowed: 401, 403.
        StoreDown: somebody came with another token, and the record does not answer.
    """
    wanted = front.settings.metrics_token.get_secret_value()
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        if wanted and hmac.compare_digest(given.strip().encode(), wanted.encode()):
            return
        caller = await find(front, request)
        if caller is None:
            raise unknown_caller()
        if not caller.may(Scope.READ):
            raise lacks(Scope.READ)
        with suppress(SlackError):  # metrics are wanted most when others do not answer
            await guard.judge(front, who(caller, "metrics"))
    elif wanted or not is_local(request):
        raise unknown_caller()


def is_local(request: Request) -> bool:
    """Whether this comes from a loopback address, names one, and came through no proxy: behind one, everybody seems to
    be local; and a page in a browser of this machine may be led here by a name of its own."""
    if request.client is None or any(name in request.headers for name in PROXIED):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
