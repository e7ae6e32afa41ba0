"""Sign in with the stand-in workspace: the page that asks for leave, codes good for one use, and who somebody is.

https://docs.slack.dev/authentication/sign-in-with-slack
"""

import base64
import html
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.slack.cast import Person
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, text
from sandbox.slack.workspace import Workspace

ISSUER = "https://slack.com"
CODE_LASTS = 600.0  # workspace seconds
TOKEN_LASTS = 300
CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Client:
    """The app, for those who sign in."""

    id: str = "0000000000.sandbox"
    secret: str = "sandbox-client-secret"


@dataclass(frozen=True)
class _Grant:
    """What somebody allowed: for whom, and for which way back."""

    user: str
    back: str
    nonce: str
    at: float


@dataclass
class OpenId:
    """Codes and tokens that were given out."""

    workspace: Workspace
    client: Client
    codes: dict[str, _Grant] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)  # and whose each is

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/openid/connect/authorize", self._ask),
            web.get("/openid/connect/allow", self._allow),
        ]

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        """The page on which somebody says yes, as whoever they choose to be."""
        query = dict(request.query)
        if why := self._wrong(query):
            return web.Response(status=400, text=why)
        people = [each for each in self.workspace.people.values() if not each.is_bot and each.id != "USLACKBOT"]
        rows = "".join(_row(each, query, self.workspace.path) for each in people)
        no = f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query.get('state', '')})}"
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="stylesheet" href="/static/base.css">'
            f'<main class="gate"><h1>Sign in to {html.escape(self.workspace.team.name)}</h1>'
            "<p>An app asks who you are. Everything here is invented.</p>"
            f'<ul>{rows}</ul><p><a href="{html.escape(no)}">Cancel</a></p></main></html>'
        )
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": CSP})

    async def _allow(self, request: web.Request) -> web.StreamResponse:
        """Yes: back to the app with a code."""
        query = dict(request.query)
        if why := self._wrong(query):
            return web.Response(status=400, text=why)
        code = secrets.token_hex(12)
        now = self.workspace.clock.now()
        self.codes[code] = _Grant(query.get("user", ""), query["redirect_uri"], query.get("nonce", ""), now)
        back = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"
        raise web.HTTPFound(back)

    def _wrong(self, query: dict[str, str]) -> str:
        if query.get("client_id") != self.client.id:
            return "invalid_client_id"
        if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
            return "invalid_scope"
        return "" if urlsplit(query.get("redirect_uri", "")).scheme in ("http", "https") else "bad_redirect_uri"

    def token(self, args: Json) -> Json:
        """openid.connect.token: a code becomes a token and a signed statement of who it is.

        Raises:
            Refused: with Slack's name for what is wrong.
        """
        if text(args, "client_id") != self.client.id:
            raise Refused("invalid_client_id")
        if text(args, "client_secret") != self.client.secret:
            raise Refused("bad_client_secret")
        code = text(args, "code")
        if code in self.used:
            raise Refused("code_already_used")
        grant = self.codes.pop(code, None)
        if grant is None or self.workspace.clock.now() - grant.at > CODE_LASTS:
            raise Refused("invalid_code")
        self.used.add(code)
        if grant.back != text(args, "redirect_uri"):
            raise Refused("bad_redirect_uri")
        person = self.workspace.person(grant.user)
        access = f"xoxp-sandbox-{secrets.token_hex(12)}"
        self.tokens[access] = person.id
        now = int(self.workspace.clock.now())
        claims = _claims(person) | {
            "iss": ISSUER,
            "aud": self.client.id,
            "iat": now,
            "exp": now + TOKEN_LASTS,
            "nonce": grant.nonce,
        }
        return {"access_token": access, "token_type": "Bearer", "id_token": _jwt(claims)}

    def user_info(self, access: str) -> Json:
        """openid.connect.userInfo: who holds this token.

        Raises:
            Refused: invalid_auth.
        """
        if access not in self.tokens:
            raise Refused("invalid_auth")
        return _claims(self.workspace.person(self.tokens[access]))


def _row(person: Person, query: dict[str, str], path: str) -> str:
    where = html.escape(path + "/openid/connect/allow?" + urlencode({**query, "user": person.id}))
    return f'<li><a href="{where}">Allow as {html.escape(person.real_name)}</a></li>'


def _claims(person: Person) -> Json:
    return {
        "sub": person.id,
        "https://slack.com/user_id": person.id,
        "https://slack.com/team_id": person.team,
        "name": person.real_name,
    }


def _jwt(claims: Json) -> str:
    """A JSON Web Token; its signature is invented, as its readers take it from the workspace itself."""
    parts = (json.dumps({"alg": "RS256", "typ": "JWT"}), json.dumps(claims), "not a signature")
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
