"""Installing us in a workspace: the page with Add to Slack, and where Slack sends people back to.

Only where many workspaces may install us. What Slack gives that we do not keep, we give back.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from functools import partial
from typing import Annotated

import structlog
from fastapi import FastAPI, Query, Request, Response

from bot import guard
from bot.front import AT_LEISURE
from bot.guard import Who
from bot.web.callers import COOKIE, cookie_name
from bot.web.pages.entering import kept
from bot.web.pages.routes import DOOR, router
from bot.web.pages.site import Site
from bot.web.problems import Problem
from core import clock
from core.errors import NotAllowed, SlackError
from core.installs import Installation
from core.models import Place
from core.pace import LocalPace, Scaled, TooLong
from core.slack import (
    NOBODY,
    OPTIONAL_SCOPES,
    REQUIRED_SCOPES,
    Client,
    Granted,
    Identity,
    Many,
    Slack,
    granted,
    install_url,
    revoke,
)
from core.store.installations import INSTALL
from tasks.doors import BACK, app_of, vault_of

log = structlog.get_logger()

BEGUN = "gumshoe_installing"  # a cookie: binds an installation to the browser that began it
LASTS = 600  # seconds that it may take
# Codes of which Slack is asked, whoever comes with them: its answers are shared with the renewals of all workspaces,
# which strangers must not keep from their turn.
TURN, EVERY, AT_ONCE = "install", 3.0, 10
REFUSALS = {
    "organisation": "I work for single workspaces, not for a whole organisation. Choose one workspace in Slack.",
    "doubt": "Slack named two workspaces, so I keep neither. Press Add to Slack again.",
    "workspace": "I do not work for this workspace. Whoever runs me can add {team} to ALLOW_TEAMS.",
    "scopes": "I cannot work without {lacking}. Press Add to Slack again, and allow it.",
    "rotation": "Slack gave a token that ends, and no way to renew it.",
    "other app": "This is another Slack app than the one that others installed here.",
}
BEGIN_AGAIN = "This was not begun here, took too long, or was used already. Press Add to Slack again."


class Reception:
    """Takes in workspaces."""

    def __init__(self, site: Site, many: Many) -> None:
        self.site, self.front, self._many = site, site.front, many
        self._app: Client = app_of(site.front.settings)
        self._vault = vault_of(site.front.settings)
        self._cookie = cookie_name(site.front).replace(COOKIE, BEGUN)
        self._pace = Scaled(site.front.pace, site.front.settings.slack_pace)

    def page(self, request: Request, said: str = "", *, status: int = 200) -> Response:
        """The page with the button; each has a way of its own that is good once."""
        held, now = secrets.token_urlsafe(32), int(clock.now().timestamp())
        url = install_url(self.front.settings.slack_api_url, self._app, state=self._state(now, held))
        scopes = {"needed": REQUIRED_SCOPES, "optional": OPTIONAL_SCOPES}
        answer = self.site.page(request, "install.html", status=status, said=said, url=url, scopes=scopes)
        answer.set_cookie(self._cookie, held, max_age=LASTS, **kept(self.front))
        return answer

    async def back(self, request: Request, code: str, state: str, error: str) -> Response:
        """Somebody comes back from Slack.

        Raises:
            Problem: too many come back at once.
            StoreDown: the record does not answer; nothing was kept.
        """
        if not await self._was_begun_here(request, state):
            return self.page(request, BEGIN_AGAIN, status=403)
        if error or not code:
            said = "Nobody allowed it in Slack" if error in ("", "access_denied") else f"Slack did not do it ({error})"
            return self.page(request, f"{said}, so I am not installed. To try again, press Add to Slack.", status=403)
        try:
            given = await granted(self.front.slack, self._app, code=code)
            us = await self._check(given)
        except NotAllowed as refusal:
            return self.page(request, str(refusal), status=403)
        except SlackError as trouble:
            log.warning("not installed", why=str(trouble), code=trouble.code)
            return self.page(request, "Slack did not confirm it. Press Add to Slack again.", status=502)
        was = await self.front.record(lambda: self.front.store.installations.get(given.team))
        one = await self.front.record(partial(self._keep, given, us), within=AT_LEISURE)
        self._many.forget(given.team)
        log.info("installed", team=one.team, user=one.installed_by)
        answer = self.site.page(request, "installed.html", one=one, again=was is not None)
        answer.delete_cookie(self._cookie, **kept(self.front))
        return answer

    def _keep(self, given: Granted, us: Identity) -> Installation:
        new = Installation(
            team=given.team,
            name=given.name,
            app=given.app,
            bot_user=given.bot_user,
            bot=us.bot,
            scopes=given.scopes,
            installed_by=given.installed_by,
            installed_at=clock.now(),
            sealed=self._vault.seal(given.team, given.tokens),
            enterprise=given.enterprise,
            expires_at=given.expires_at,
        )
        return self.front.store.installations.put(new, door=DOOR)

    async def _check(self, given: Granted) -> Identity:
        """Who we are there, if we work for such an installation; else what Slack gave is given back.

        Raises:
            NotAllowed: with the sentence for whoever installed.
            SlackError: Slack does not answer.
        """
        slack = Slack(given.tokens.bot, base_url=self.front.settings.slack_api_url, pace=LocalPace(), team=given.team)
        try:
            us = NOBODY if given.org_wide else await slack.whoami()
            refusal = await self._refusal(given, us)
        except SlackError:
            await self._give_back(slack, given)
            raise
        else:
            if refusal is None:
                return us
            await self._give_back(slack, given)
        finally:
            await slack.close()
        them = Who(given.installed_by, Place(given.team), given.team, DOOR)
        await guard.write(self.front, them, INSTALL, "", decision="refused", rule=refusal.rule)
        raise refusal

    async def _refusal(self, given: Granted, us: Identity) -> NotAllowed | None:
        others = await self.front.record(self.front.store.installations.listed)
        apps = {each.app for each in others if each.is_here and each.team != given.team}
        lacking = given.lacking
        # The first that is true counts.
        wrong = {
            "organisation": given.org_wide,
            "doubt": (us.team, us.user) != (given.team, given.bot_user),
            "workspace": not self.front.settings.lets_in(given.team),
            "scopes": bool(lacking),
            "rotation": given.expires_at is not None and not given.tokens.refresh,
            "other app": bool(apps - {given.app}),
        }
        rule = next((name for name, is_so in wrong.items() if is_so), None)
        return (
            NotAllowed(REFUSALS[rule].format(lacking=", ".join(lacking), team=given.team), rule=rule)
            if rule is not None
            else None
        )

    async def _give_back(self, slack: Slack, given: Granted) -> None:
        """Unless the workspace's installation that we keep may have the very same token."""
        kept_one = await self.front.record(lambda: self.front.store.installations.get(given.team))
        if kept_one is not None and kept_one.is_here:
            return
        try:
            await revoke(slack)
        except SlackError as error:
            log.warning("token not given back", team=given.team, code=error.code)

    async def _was_begun_here(self, request: Request, state: str) -> bool:
        held = request.cookies.get(self._cookie, "")
        at, _, _ = state.partition(".")
        if not held or not at.isdecimal() or len(at) > 12:
            return False
        signed = hmac.compare_digest(state.encode(), self._state(int(at), held).encode())
        if not signed or not 0 <= clock.now().timestamp() - int(at) <= LASTS:
            return False
        await self._turn()
        key = f"install:{hashlib.sha256(held.encode()).hexdigest()}"
        return await self.front.record(lambda: self.front.store.audit.first_time(key))

    async def _turn(self) -> None:
        try:
            await self._pace.reserve(TURN, every=EVERY, burst=AT_ONCE, most=0.0)
        except TooLong as error:
            wait, said = f"{error.wait + 1:.0f}", "Too many are installing me right now."
            step = "Try again in a minute."
            raise Problem(429, "too-often", "Not now", said, step=step, headers={"Retry-After": wait}) from error

    def _state(self, at: int, held: str) -> str:
        key = self.front.settings.seal_key
        return f"{at}.{hmac.digest(key, f'install {at} {held}'.encode(), 'sha256').hex()}"


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/slack/install` and where Slack sends people back to, where many workspaces may install us."""
    many = site.front.workspaces
    if not isinstance(many, Many):
        return
    routes, reception = router(site), Reception(site, many)

    @routes.get("/slack/install")
    async def page(request: Request) -> Response:
        return reception.page(request)

    @routes.get(BACK)
    async def back(
        request: Request,
        code: Annotated[str, Query(max_length=1000)] = "",
        state: Annotated[str, Query(max_length=200)] = "",
        error: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        return await asyncio.shield(reception.back(request, code, state, error))

    web.include_router(routes)
