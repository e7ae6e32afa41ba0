"""What the log and the traces know of what comes in: each delivery and each request has an id, bound here."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import logs, traces
from core.blanks import hide

HEADER = "X-Request-ID"
# What a proxy or a caller may call a request; anything else might be a message to whoever reads the log.
GIVEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{7,63}")
UNTRACED = re.compile(r"/live|/ready|/metrics|/static/.*|/api/.*/(?:events|ws|health)")
"""Paths that are asked all the time, or stay open for hours."""


@contextmanager
def delivery(kind: str, protocol: str) -> Iterator[None]:
    """Something that Slack delivered, by whichever protocol, while it is answered."""
    request = str(logs.ids().get("request") or new_id())
    with logs.bound(request=request), traces.span(f"delivery {kind}", kind=kind, protocol=protocol, request=request):
        yield


def new_id() -> str:
    return secrets.token_hex(8)


class Requests:
    """ASGI middleware: every request has an id, which its answer says; its client's address is in no log entry."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request = _given(scope) or new_id()
        traces.note(request=request)
        hide(*_client(scope))

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request
            await send(message)

        with logs.bound(request=request):
            await self._app(scope, receive, answering)


def _given(scope: Scope) -> str:
    """The id that the request came with, when it is one: a name of the asker's choice could be a person's number."""
    name = HEADER.lower().encode()
    given = [value.decode("latin-1") for each, value in scope["headers"] if each == name]
    fits = len(given) == 1 and GIVEN.fullmatch(given[0]) and logs.blanked(given[0]) == given[0]
    return given[0] if fits else ""


def _client(scope: Scope) -> list[str]:
    host = str((scope.get("client") or ("",))[0])
    try:
        return [] if ipaddress.ip_address(host).is_loopback else [host]
    except ValueError:
        return []
