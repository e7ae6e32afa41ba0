"""Sign in with Slack (OpenID Connect): who somebody is, in Slack's own words.

https://docs.slack.dev/authentication/sign-in-with-slack
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin

from core import clock
from core.errors import SlackError
from core.slack.calls import Calls
from core.slack.door import Slack

ISSUER = "https://slack.com"
SCOPES = "openid profile"  # no e-mail address: we do not need it
CLAIM = "https://slack.com/"
SKEW = 300  # seconds that clocks may differ
WAIT = 5.0


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody whom Slack has signed in."""

    user: str
    team: str
    name: str


@dataclass(frozen=True, slots=True)
class Client:
    """The app, as Slack knows it, and where Slack sends people back to."""

    id: str
    secret: str
    back: str


def authorize_url(api_url: str, client: Client, *, state: str, nonce: str, team: str) -> str:
    """Where somebody is sent to be asked by Slack whether they want to sign in here."""
    query = {
        "response_type": "code",
        "scope": SCOPES,
        "client_id": client.id,
        "redirect_uri": client.back,
        "state": state,
        "nonce": nonce,
    }
    return urljoin(api_url, "/openid/connect/authorize") + "?" + urlencode(query | ({"team": team} if team else {}))


async def member(slack: Slack, client: Client, *, code: str, nonce: str) -> Member:
    """Who came back with this code.

    The identity token is taken from Slack's own answer over TLS, so its signature need not be looked at (OpenID
    Connect Core 1.0, 3.1.3.7, point 6); that it was made for us, now and for this sign-in, is.

    Raises:
        SlackError: Slack did not say who it is, or said it to somebody else.
    """
    calls: Calls = slack.calls
    asked = {"client_id": client.id, "client_secret": client.secret, "code": code, "redirect_uri": client.back}
    # An empty token: the bot's own has no business in these calls.
    granted = asked | {"grant_type": "authorization_code", "token": ""}
    answer = await calls.call("openid.connect.token", granted, most=WAIT, needs=("access_token", "id_token"))
    claims = _claims(str(answer.body["id_token"]))
    _check(claims, client, nonce)
    told = {"token": str(answer.body["access_token"])}
    about = (await calls.call("openid.connect.userInfo", told, most=WAIT, needs=("sub",))).body
    user, team = str(about.get(f"{CLAIM}user_id", "")), str(about.get(f"{CLAIM}team_id", ""))
    if not user or not team or (user, team) != (claims.get(f"{CLAIM}user_id"), claims.get(f"{CLAIM}team_id")):
        raise _doubtful("other_person")
    return Member(user, team, str(about.get("name", "")))


def _check(claims: dict[str, Any], client: Client, nonce: str) -> None:
    now = clock.now().timestamp()
    if claims.get("iss") != ISSUER or claims.get("aud") != client.id:
        raise _doubtful("other_client")
    if not isinstance(claims.get("exp"), int) or claims["exp"] < now - SKEW:
        raise _doubtful("expired")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise _doubtful("other_nonce")


def _claims(token: str) -> dict[str, Any]:
    """What a JSON Web Token says (RFC 7519)."""
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        read = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error) as error:
        raise _doubtful("no_token") from error
    if not isinstance(read, dict):
        raise _doubtful("no_token")
    return read


def _doubtful(code: str) -> SlackError:
    return SlackError("Slack did not confirm who you are. Sign in again.", code=code, method="openid.connect.token")
