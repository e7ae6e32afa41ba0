"""Who makes a request: by a bearer token, or by the session of a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

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
    text = bearer_of(request)
    if text is not None:
        return await _here(front, await front.record(lambda: front.store.tokens.caller(text)))
    secret = request.cookies.get(cookie_name(front), "")
    if not secret:
        return None
    harmless = request.scope["type"] == "http" and request.scope["method"] in HARMLESS
    if not harmless and not is_ours(request):
        step = "Send it from a page of mine, or with a token: Authorization: Bearer gum_..."
        raise Problem(403, "foreign-page", "Not allowed", "This request comes from a page that is not mine.", step=step)
    caller = await _here(front, await front.record(lambda: front.store.tokens.session(secret)))
    return None if caller is None else _as_of_now(front, caller)


async def _here(front: Front, caller: Caller | None) -> Caller | None:
    """Nobody is known any more of a workspace that removed us."""
    return caller if caller is None or await front.serves(caller.team) else None


def bearer_of(request: HTTPConnection) -> str | None:
    """The token that a request brings. None: it brings none, whatever else it says in Authorization: browsers send
    along there, by themselves, what somebody once gave to another program behind the same name (RFC 7617, 2.2)."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def proof_of(front: Front, request: HTTPConnection) -> str:
    """By what `find` knows who makes this request: the same for all requests of the same token or session."""
    text = bearer_of(request)
    return request.cookies.get(cookie_name(front), "") if text is None else text


def _as_of_now(front: Front, caller: Caller) -> Caller:
    """Who signed in with Slack is an admin as long as the settings say so."""
    if not caller.token and not front.settings.names(front.settings.admin_users, caller.team, caller.user):
        return replace(caller, scopes=caller.scopes - {Scope.ADMIN})
    return caller


def cookie_name(front: Front) -> str:
    """With the prefix, browsers take it only over TLS and for this host alone (RFC 6265bis 4.1.3)."""
    return f"__Host-{COOKIE}" if front.settings.public_url.startswith("https://") else COOKIE


def is_ours(request: HTTPConnection) -> bool:
    """Whether a page of ours makes this request: browsers say whose page it is in Origin (RFC 6454)."""
    host = request.headers.get("host", "")
    return bool(host) and request.headers.get("origin", "") in (f"https://{host}", f"http://{host}")


def who(caller: Caller, door: str) -> Who:
    """The caller as the guard and the audit know people; a service has no name in Slack."""
    return Who(caller.user, Place(caller.team), caller.team, door, caller.name)
