"""How pages answer: trouble becomes a page that says what to do, and who is not signed in is asked to."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from bot import guard
from bot.front import Front
from bot.web.callers import find, who
from bot.web.pages.site import HEADERS, Site
from bot.web.problems import Problem, lacks, not_there, of_error
from core.callers import Caller, Scope
from core.errors import GumshoeError, SlackError

log = structlog.get_logger()

DOOR = "web"  # in the audit, and with each scan asked here
MOST_BYTES = 100_000  # of a form: 4,000 characters of targets, spelled as forms spell them
OURS = re.compile(r"/(?![/\\])[\w/.~%?=&+-]{0,500}", re.ASCII)  # a path of ours, and nothing that leads elsewhere


class SignInFirst(Exception):
    """Nobody we know asks for this page."""


def router(site: Site) -> APIRouter:
    """A router whose routes answer with pages, also when they fail."""

    class Route(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner = super().get_route_handler()

            async def answered(request: Request) -> Response:
                try:
                    response = await inner(request)
                except SignInFirst:
                    response = _to_sign_in(request)
                except RequestValidationError:
                    response = trouble(site, request, not_there("page"))
                except Problem as problem:
                    response = trouble(site, request, problem)
                except GumshoeError as error:
                    response = trouble(site, request, of_error(error))
                response.headers.update(
                    {name: value for name, value in HEADERS.items() if name not in response.headers}
                )
                response.headers.setdefault("Cache-Control", "no-store")
                return response

            return answered

    return APIRouter(route_class=Route, include_in_schema=False, max_body_size=MOST_BYTES)


def trouble(site: Site, request: Request, problem: Problem) -> Response:
    """The page for what went wrong."""
    answer = site.page(request, "trouble.html", status=problem.status, problem=problem.body)
    answer.headers.update(problem.headers)
    return answer


def _to_sign_in(request: Request) -> Response:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    where = "/sign-in" + (f"?then={quote(wanted, safe='')}" if request.method == "GET" and wanted != "/" else "")
    if request.headers.get("hx-request"):  # a part of a page that is open: the whole page must go there
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(where, 303)


def then(wish: str) -> str:
    """Where to go after signing in: a page of ours, whatever was asked for."""
    return wish if OURS.fullmatch(wish) else "/"


async def _known(request: Request, scope: Scope) -> Caller:
    """Who looks at a page, and may.

    Raises:
        SignInFirst: nobody we know.
        Problem: 403 for one who may not; 404 for what only admins may know of.
        NotAllowed: the guard no longer lets this person in.
        StoreDown: the record does not answer; then nobody is known.
    """
    front: Front = request.app.state.site.front
    caller = await find(front, request)
    if caller is None:
        raise SignInFirst
    caller = await standing(front, caller)
    if not caller.may(scope):
        raise not_there("page") if scope is Scope.ADMIN else lacks(scope)
    return caller


async def _reader(request: Request) -> Caller:
    return await _known(request, Scope.READ)


async def _asker(request: Request) -> Caller:
    return await _known(request, Scope.SCAN)


async def _admin(request: Request) -> Caller:
    return await _known(request, Scope.ADMIN)


# Dependencies for FastAPI: who looks at a page.
Reader = Annotated[Caller, Depends(_reader)]
Asker = Annotated[Caller, Depends(_asker)]
Admin = Annotated[Caller, Depends(_admin)]


async def standing(front: Front, caller: Caller) -> Caller:
    """The same caller as of now: a person who left the workspace is not let in any more. While Slack does not answer,
    reading goes on with what was known at sign-in.

    Raises:
        NotAllowed: they may not ask any more.
    """
    try:
        await guard.judge(front, who(caller, DOOR))
    except SlackError as error:
        log.warning("standing not known", user=caller.user, why=str(error))
    return caller
