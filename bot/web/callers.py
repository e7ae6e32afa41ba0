"""Who makes a request: by a bearer token, or by the session of a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi.requests import HTTPConnection

from bot.front import Front
from bot.guard import Who
from bot.web.problems import Problem, lacks, unknown_caller
from core.callers import Caller, Scope
from core.models import Place

COOKIE = "gumshoe_session"
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})

Known = Callable[[HTTPConnection], Awaitable[Caller]]


def needs(front: Front, scope: Scope) -> Known:
    """A dependency for FastAPI: the caller, who may do that.

    Raises:
        Problem: 401 for nobody we know, 403 for one who may not.
        StoreDown: the record does not answer; then nobody is known.
    """

    async def known(request: HTTPConnection) -> Caller:
        caller = await find(front, request)
        if caller is None:
            raise unknown_caller()
        if not caller.may(scope):
            raise lacks(scope)
        return caller

    return known


async def find(front: Front, request: HTTPConnection) -> Caller | None:
    """Who makes this request; None for nobody we know. A cookie counts only for requests of our own pages: a browser
    sends it along for those of others, too."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return await front.record(lambda: front.store.tokens.caller(text.strip()))
    secret = request.cookies.get(cookie_name(front), "")
    if not secret:
        return None
    harmless = request.scope["type"] == "http" and request.scope["method"] in HARMLESS
    if not harmless and not is_ours(request):
        step = "Send it from a page of mine, or with a token: Authorization: Bearer gum_..."
        raise Problem(403, "foreign-page", "Not allowed", "This request comes from a page that is not mine.", step=step)
    return await front.record(lambda: front.store.tokens.session(secret))


def cookie_name(front: Front) -> str:
    """With the prefix, browsers take it only over TLS and for this host alone (RFC 6265bis 4.1.3)."""
    return f"__Host-{COOKIE}" if front.settings.public_url.startswith("https://") else COOKIE


def is_ours(request: HTTPConnection) -> bool:
    """Whether a page of ours makes this request: browsers say whose page it is in Origin (RFC 6454)."""
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "")


def who(caller: Caller, door: str) -> Who:
    """The caller as the guard and the audit know people; a service has no name in Slack."""
    return Who(caller.user, Place(caller.team), caller.team, door, caller.name)
