"""Signing in, by a token or with Slack, and signing out. Every sign-in and refusal is in the audit."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Annotated, Any

import structlog
from fastapi import FastAPI, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot import guard
from bot.front import Front
from bot.web.callers import COOKIE, cookie_name, is_ours, who
from bot.web.pages.routes import DOOR, OURS, router, then
from bot.web.pages.site import Site
from bot.web.problems import Problem
from core import clock
from core.callers import Caller, Scope
from core.errors import NotAllowed, SlackError
from core.models import Place
from core.slack import Client, authorize_url, member

log = structlog.get_logger()

BACK = "/sign-in/slack/back"
ON_ITS_WAY = "gumshoe_signing_in"  # a cookie: binds a sign-in with Slack to the browser that began it
BEGUN_FOR = 600  # seconds that it may take
VERB = "sign in"
STRANGERS_NOTED = 20  # refusals of nobody we know that one minute may write: the audit must not be filled from outside
UNKNOWN = "This token is not one of mine, or it is good no more. Ask whoever runs me for another."


class Entrance:
    """Signs people in."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.front = site.front
        self._noted = (0, 0)  # the minute, and how many refusals of strangers were written in it

    @property
    def client(self) -> Client | None:
        """The app at Slack; None where signing in with Slack is not set up."""
        settings = self.front.settings
        secret = settings.slack_client_secret.get_secret_value()
        if not (settings.slack_client_id and secret and settings.public_url):
            return None
        return Client(settings.slack_client_id, secret, settings.public_url.rstrip("/") + BACK)

    def form(self, request: Request, *, wish: str = "", said: str = "", status: int = 200) -> Response:
        """The page on which one signs in."""
        with_slack = self.client is not None
        return self.site.page(request, "sign_in.html", status=status, wish=then(wish), said=said, with_slack=with_slack)

    async def by_token(self, request: Request, token: str, wish: str) -> Response:
        """Begin a session for whoever holds this token."""
        front = self.front
        caller = await front.record(lambda: front.store.tokens.caller(token.strip()))
        if caller is None:
            await self._note_stranger("unknown token")
            return self.form(request, wish=wish, said=UNKNOWN, status=403)
        return await self._enter(request, caller, wish)

    async def by_slack(self, request: Request, code: str, state: str) -> Response:
        """Begin a session for whom Slack names; this browser must be the one that began it, and only once."""
        held, _, wish = request.cookies.get(on_its_way(self.front), "").partition("|")
        client = self.client
        if client is None or not held or not hmac.compare_digest(state.encode(), _made("state", held).encode()):
            return self._again(request, "This sign-in was not begun here, or took too long. Sign in again.")
        if not await self.front.is_new(f"gumshoe:signed-in:{_made('once', held)}", lasts=BEGUN_FOR):
            return self._again(request, "This sign-in was used already. Sign in again.")
        try:
            found = await member(self.front.slack, client, code=code, nonce=_made("nonce", held))
        except SlackError as error:
            log.warning("not signed in with slack", why=str(error), code=error.code)
            await self._note_stranger("not confirmed by Slack")
            return self._again(request, "Slack did not confirm who you are. Sign in again.")
        settings = self.front.settings
        ours = (self.front.identity.team, *settings.allow_teams)
        is_admin = settings.names(settings.admin_users, found.team, found.user)
        scopes = {Scope.SCAN} | ({Scope.ADMIN} if is_admin else set())
        caller = Caller(found.user, found.team, found.name, frozenset(scopes))
        if found.team not in ours and not settings.many:  # of many, the guard says which
            refusal = NotAllowed("I do not work for this workspace.", rule="workspace")
            return await self._refuse(request, caller, refusal)
        return await self._enter(request, caller, wish)

    async def _enter(self, request: Request, caller: Caller, wish: str) -> Response:
        """A new session, with an id that nobody knew before; the old one of this browser ends."""
        front = self.front
        try:
            await guard.judge(front, who(caller, DOOR))
        except (NotAllowed, SlackError) as refusal:
            return await self._refuse(request, caller, refusal)
        await guard.write(front, who(caller, DOOR), VERB, "token" if caller.token else "Slack")
        lasts = timedelta(hours=front.settings.session_hours)
        secret = await front.record(lambda: front.store.tokens.begin(caller, lasts=lasts))
        if old := request.cookies.get(cookie_name(front), ""):
            await front.record(lambda: front.store.tokens.end(old))
        answer = RedirectResponse(then(wish), 303)
        answer.set_cookie(cookie_name(front), secret, max_age=int(lasts.total_seconds()), **kept(front))
        answer.delete_cookie(on_its_way(front), **kept(front))
        return answer

    async def _refuse(self, request: Request, caller: Caller, refusal: NotAllowed | SlackError) -> Response:
        rule = refusal.rule if isinstance(refusal, NotAllowed) else "not known"
        # Noted with the workspace that we serve, whose admins should see it.
        place = Place(self.front.identity.team or caller.team)
        person = guard.Who(caller.user, place, caller.team, DOOR, caller.name)
        await guard.write(self.front, person, VERB, caller.team, decision="refused", rule=rule)
        return self._again(request, str(refusal))

    def _again(self, request: Request, said: str) -> Response:
        answer = self.form(request, said=said, status=403)
        answer.delete_cookie(on_its_way(self.front), **kept(self.front))
        return answer

    async def _note_stranger(self, rule: str) -> None:
        minute = int(clock.now().timestamp() // 60)
        noted = self._noted[1] if self._noted[0] == minute else 0
        self._noted = (minute, noted + 1)
        if noted < STRANGERS_NOTED:
            place = Place(self.front.identity.team)
            await guard.write(self.front, guard.Who("", place, door=DOOR), VERB, "", decision="refused", rule=rule)
        elif noted == STRANGERS_NOTED:  # nor the log
            log.warning("more sign-ins refused; those of this minute are not written down", rule=rule)


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/sign-in`, `/sign-in/slack`, where Slack sends people back to, and `/sign-out`."""
    routes, entrance, front = router(site), Entrance(site), site.front

    @routes.get("/sign-in")
    async def form(request: Request, then: Annotated[str, Query(max_length=600)] = "") -> Response:
        return entrance.form(request, wish=then)

    @routes.post("/sign-in")
    async def by_token(
        request: Request,
        token: Annotated[str, Form(max_length=300)] = "",
        then: Annotated[str, Form(max_length=600)] = "",
    ) -> Response:
        _check_page(request)
        return await entrance.by_token(request, token, then)

    @routes.get("/sign-in/slack")
    async def to_slack(request: Request, then: Annotated[str, Query(max_length=600)] = "") -> Response:
        client = entrance.client
        if client is None:
            return entrance.form(request, said="Signing in with Slack is not set up here.", status=404)
        held = secrets.token_urlsafe(32)
        state, nonce = _made("state", held), _made("nonce", held)
        url = authorize_url(front.settings.slack_api_url, client, state=state, nonce=nonce, team=front.identity.team)
        answer = RedirectResponse(url, 303)
        wish = then if OURS.fullmatch(then) else "/"
        answer.set_cookie(on_its_way(front), f"{held}|{wish}", max_age=BEGUN_FOR, **kept(front))
        return answer

    @routes.get(BACK)
    async def from_slack(
        request: Request,
        code: Annotated[str, Query(max_length=1000)] = "",
        state: Annotated[str, Query(max_length=200)] = "",
        error: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        if error or not code:
            return entrance._again(request, "You did not allow it in Slack, so you are not signed in.")
        return await entrance.by_slack(request, code, state)

    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        _check_page(request)
        if secret := request.cookies.get(cookie_name(front), ""):
            caller = await front.record(lambda: front.store.tokens.session(secret))
            await front.record(lambda: front.store.tokens.end(secret))
            if caller is not None:
                await guard.write(front, who(caller, DOOR), "sign out", "")
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(cookie_name(front), **kept(front))
        return answer

    web.include_router(routes)


def on_its_way(front: Front) -> str:
    """With the same prefix, and for the same reason, as the session's: nobody's page on a neighbouring name may plant
    a sign-in that they began."""
    return cookie_name(front).replace(COOKIE, ON_ITS_WAY)


def _check_page(request: Request) -> None:
    """Neither may another site sign somebody in here, as somebody else, nor out."""
    if not is_ours(request):
        raise Problem(403, "foreign-page", "Not allowed", "This request comes from a page that is not mine.")


def kept(front: Front) -> dict[str, Any]:
    """How a browser keeps a cookie of ours."""
    secure = front.settings.public_url.startswith("https://")
    return {"httponly": True, "samesite": "lax", "secure": secure, "path": "/"}


def _made(what: str, held: str) -> str:
    """What follows from the secret that the browser holds: nobody can make it who does not hold it."""
    return hashlib.sha256(f"{what}:{held}".encode()).hexdigest()
