"""Installing us in a workspace (OAuth 2.0 as Slack has it): where people are asked, and what their yes is worth.

https://docs.slack.dev/authentication/installing-with-oauth, .../using-token-rotation
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urljoin

from core import clock
from core.errors import SlackError
from core.installs import Tokens
from core.slack.door import Slack
from core.slack.limits import OPTIONAL_SCOPES, REQUIRED_SCOPES
from core.slack.openid import Client
from core.slack.trouble import broken

METHOD = "oauth.v2.access"
WAIT = 10.0


@dataclass(frozen=True, slots=True)
class Granted:
    """What Slack gave us after somebody said yes."""

    team: str
    name: str
    enterprise: str
    org_wide: bool
    app: str
    bot_user: str
    scopes: frozenset[str]
    installed_by: str
    tokens: Tokens
    expires_at: datetime | None

    @property
    def lacking(self) -> list[str]:
        """The scopes without which we cannot work."""
        return sorted({*REQUIRED_SCOPES} - self.scopes)


def install_url(api_url: str, client: Client, *, state: str) -> str:
    """Where somebody is sent to be asked by Slack whether we may come in."""
    scopes = ",".join((*REQUIRED_SCOPES, *OPTIONAL_SCOPES))
    query = {"client_id": client.id, "scope": scopes, "redirect_uri": client.back, "state": state}
    return urljoin(api_url, "/oauth/v2/authorize") + "?" + urlencode(query)


async def granted(slack: Slack, client: Client, *, code: str) -> Granted:
    """What the code is worth that somebody came back with. `slack` is a door without a token.

    Raises:
        SlackError: Slack does not take the code, or gave something else than a bot's token.
    """
    asked = {"client_id": client.id, "client_secret": client.secret, "code": code, "redirect_uri": client.back}
    body = (await slack.calls.call(METHOD, asked, most=WAIT, needs=("access_token",))).body
    if body.get("token_type") != "bot":
        raise SlackError("Slack gave no bot's token.", code="no_bot_token", method=METHOD)
    team, enterprise = _part(body, "team"), _part(body, "enterprise")
    made = Granted(
        team=str(team.get("id", "")),
        name=str(team.get("name", "")),
        enterprise=str(enterprise.get("id", "")),
        org_wide=body.get("is_enterprise_install") is True,
        app=str(body.get("app_id", "")),
        bot_user=str(body.get("bot_user_id", "")),
        scopes=frozenset(word.strip() for word in str(body.get("scope", "")).split(",") if word.strip()),
        installed_by=str(_part(body, "authed_user").get("id", "")),
        tokens=_tokens(body),
        expires_at=_end(body),
    )
    if not (made.team or made.org_wide) or not made.bot_user or not made.app:
        raise broken(METHOD, "no_team")
    return made


async def renewed(slack: Slack, client: Client, tokens: Tokens) -> tuple[Tokens, datetime | None]:
    """Other tokens for those that end soon, and when these end.

    Raises:
        SlackError: Slack does not take the refresh token, or does not answer.
    """
    app = {"client_id": client.id, "client_secret": client.secret}
    asked = app | {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    body = (await slack.calls.call(METHOD, asked, most=WAIT, needs=("access_token", "refresh_token"))).body
    return _tokens(body), _end(body)


async def revoke(slack: Slack) -> None:
    """Give back the token of this door."""
    await slack.calls.call("auth.revoke", {}, most=WAIT)


async def uninstall(slack: Slack, client: Client) -> None:
    """Leave the workspace of this door."""
    await slack.calls.call("apps.uninstall", {"client_id": client.id, "client_secret": client.secret}, most=WAIT)


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    told = body.get(name)
    return told if isinstance(told, dict) else {}


def _tokens(body: dict[str, Any]) -> Tokens:
    return Tokens(str(body["access_token"]), str(body.get("refresh_token") or ""))


def _end(body: dict[str, Any]) -> datetime | None:
    seconds = body.get("expires_in")
    return clock.now() + timedelta(seconds=int(seconds)) if isinstance(seconds, int) and seconds > 0 else None
