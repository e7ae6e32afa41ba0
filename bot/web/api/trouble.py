"""Whatever goes wrong below /api is answered as RFC 9457 has it; and the headers that every answer has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.problems import Problem

BELOW = "/api/"
MOST_BYTES = 1_000_000  # of a body: 500 targets of 2,000 characters
LONGEST = 100  # characters of a name or sentence that is said back
DOCS = "See /docs for what there is."
FIXED = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def add(web: FastAPI) -> None:
    """Answer what FastAPI and Starlette turn away, and what breaks."""
    web.add_exception_handler(HTTPException, turned_away)
    web.add_exception_handler(RequestValidationError, invalid)
    web.add_exception_handler(500, broken)


async def turned_away(request: Request, error: Exception) -> Response:
    """404, 405, 413 and their like, of the framework."""
    if not isinstance(error, HTTPException):
        raise error
    if not request.url.path.startswith(BELOW):
        return await http_exception_handler(request, error)
    return _turned_away(request, error).answer()


def _turned_away(request: Request, error: HTTPException) -> Problem:
    if error.status_code == 404:
        return Problem(404, "not-found", "Not found", "There is nothing at this address.", step=DOCS)
    if error.status_code == 405:
        allowed = ", ".join(_methods(request))
        sentence = f"{request.method[:20]} is not for this address. It takes: {allowed}."
        return Problem(405, "wrong-method", "Not this way", sentence, step=DOCS, headers={"Allow": allowed})
    if error.status_code == 413:
        return _too_large()
    if error.status_code == 400:  # FastAPI cannot read the body at all
        return _malformed()
    return Problem(error.status_code, "turned-away", "Not taken", str(error.detail)[:LONGEST], step=DOCS)


def _methods(request: Request) -> list[str]:
    """All methods that this address takes: each has a route of its own, and Starlette names those of the first."""
    path = {"type": "http", "path": request.url.path, "root_path": "", "headers": []}
    found = set()
    for method in ("DELETE", "GET", "PATCH", "POST", "PUT"):
        if any(route.matches(path | {"method": method})[0] is Match.FULL for route in request.app.routes):
            found.add(method)
    return sorted(found)


async def invalid(request: Request, error: Exception) -> Response:
    """A request that is not of the shape its route takes."""
    if not isinstance(error, RequestValidationError):
        raise error
    if not request.url.path.startswith(BELOW):
        return await request_validation_exception_handler(request, error)
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return _malformed().answer()
    fields = [{"field": _field(each), "problem": _sentence(each)} for each in found[:10]]
    sentence = f"{fields[0]['field']}: {fields[0]['problem']}" if fields else "The request is not of the right shape."
    return Problem(422, "invalid", "Not of the right shape", sentence, step=DOCS, fields=fields).answer()


def _too_large() -> Problem:
    step = "Send fewer targets at once."
    return Problem(413, "too-large", "Too large", f"A body has {MOST_BYTES:,} bytes at most.", step=step)


def _malformed() -> Problem:
    return Problem(400, "not-json", "Not JSON", "The body is not JSON.", step="Check its quotes, commas and encoding.")


def _field(error: Mapping[str, Any]) -> str:
    """Where it is; of what was sent only names, short ones, and no letters that are not printed."""
    where = [str(part) for part in error["loc"] if part not in ("body", "query", "path")]
    name = ".".join(where) or str(error["loc"][0] if error["loc"] else "body")
    return ascii(name[:LONGEST])[1:-1]


def _sentence(error: Mapping[str, Any]) -> str:
    """What is wrong with it, never its value."""
    if error["type"] == "extra_forbidden":
        return "There is no such field. Take it out."
    if error["type"] == "missing":
        return "This is needed."
    return str(error["msg"])[:LONGEST] + "."


async def broken(request: Request, _error: Exception) -> Response:
    """An error of ours; it is in the log."""
    sentence = "Something of mine broke. It is in my log, with the time."
    problem = Problem(500, "failed", "This failed", sentence, step="Try again; if it stays so, tell whoever runs me.")
    return problem.answer() if request.url.path.startswith(BELOW) else Response("Internal Server Error", 500)


class Dressed:
    """Adds to every answer below /api: that it is not kept, and what is left of the token's minute."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(BELOW):
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (FIXED | _rate(scope)).items():
                    headers.setdefault(name, value)
            await send(message)

        if _length(scope) > MOST_BYTES:  # said before anything of it is read; one of no known length is cut off
            await _too_large().answer()(scope, receive, sending)
            return
        await self._app(scope, receive, sending)


def _length(scope: Scope) -> int:
    given = Headers(scope=scope).get("content-length", "")
    return int(given) if given.isdecimal() and len(given) < 16 else 0


def _rate(scope: Scope) -> dict[str, str]:
    """draft-ietf-httpapi-ratelimit-headers: what one may do in a minute, what is left of it, and until when."""
    found = scope.get("state", {}).get("rate")
    if found is None:
        return {}
    most, left, seconds = found
    return {"RateLimit-Policy": f'"token";q={most};w=60', "RateLimit": f'"token";r={left};t={seconds}'}
