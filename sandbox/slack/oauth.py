"""Installing the app in a workspace: the page that asks for leave, codes and tokens, and tokens that end.

https://docs.slack.dev/authentication/installing-with-oauth
"""

import html
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.slack.cast import APP, BOT
from sandbox.slack.openid import CODE_LASTS, CSP, Client
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, text
from sandbox.slack.workspace import Workspace


@dataclass
class Manner:
    """What is odd about the next installations; see `POST /control/oauth`."""

    expires_in: int = 0  # seconds a token is good; 0: it does not end
    without: tuple[str, ...] = ()  # scopes that people do not grant
    org_wide: bool = False
    app: str = APP
    no_refresh: bool = False


@dataclass(frozen=True)
class _Grant:
    """What somebody allowed."""

    workspace: Workspace
    user: str
    scopes: frozenset[str]
    back: str
    at: float


@dataclass
class OAuth:
    """Codes and refresh tokens that were given out, of all workspaces."""

    client: Client
    workspaces: list[Workspace] = field(default_factory=list)
    manner: Manner = field(default_factory=Manner)
    codes: dict[str, _Grant] = field(default_factory=dict)
    refreshes: dict[str, Workspace] = field(default_factory=dict)

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get("/oauth/v2/authorize", self._ask), web.get("/oauth/v2/allow", self._allow)]

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        """The page on which an admin of a workspace says yes."""
        query = dict(request.query)
        if why := self._wrong(query):
            return web.Response(status=400, text=why)
        rows = "".join(_row(each, query) for each in self.workspaces)
        no = f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query.get('state', '')})}"
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Install</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="stylesheet" href="/static/base.css">'
            '<main class="gate"><h1>An app asks to be installed</h1>'
            f"<p>It asks for {html.escape(query['scope'].replace(',', ', '))}. Everything here is invented.</p>"
            f'<ul>{rows}</ul><p><a href="{html.escape(no)}">Cancel</a></p></main></html>'
        )
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": CSP})

    async def _allow(self, request: web.Request) -> web.StreamResponse:
        """Yes: back to the app with a code."""
        query = dict(request.query)
        workspace = next((each for each in self.workspaces if each.team.id == query.get("team")), None)
        if (why := self._wrong(query)) or workspace is None:
            return web.Response(status=400, text=why or "no such workspace")
        code, scopes = secrets.token_hex(12), frozenset(query["scope"].split(",")) - {*self.manner.without}
        now = workspace.clock.now()
        self.codes[code] = _Grant(workspace, query.get("user", "U0ADA"), scopes, query["redirect_uri"], now)
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}")

    def _wrong(self, query: dict[str, str]) -> str:
        if query.get("client_id") != self.client.id:
            return "invalid_client_id"
        if not query.get("scope"):
            return "invalid_scope"
        return "" if urlsplit(query.get("redirect_uri", "")).scheme in ("http", "https") else "bad_redirect_uri"

    def check(self, args: Json) -> None:
        """Raises Refused: it is not the app that asks."""
        if text(args, "client_id") != self.client.id:
            raise Refused("invalid_client_id")
        if text(args, "client_secret") != self.client.secret:
            raise Refused("bad_client_secret")

    def access(self, args: Json) -> Json:
        """oauth.v2.access: a code or a refresh token becomes a bot token.

        Raises:
            Refused: with Slack's name for what is wrong.
        """
        self.check(args)
        if text(args, "grant_type") == "refresh_token":
            workspace = self.refreshes.pop(text(args, "refresh_token"), None)
            if workspace is None:
                raise Refused("invalid_refresh_token")
            return self._told(workspace, "", frozenset(workspace.bot_token.scopes))
        grant = self.codes.pop(text(args, "code"), None)
        if grant is None or grant.workspace.clock.now() - grant.at > CODE_LASTS:
            raise Refused("invalid_code")
        if grant.back != text(args, "redirect_uri"):
            raise Refused("bad_redirect_uri")
        return self._told(grant.workspace, grant.user, grant.scopes)

    def _told(self, workspace: Workspace, user: str, scopes: frozenset[str]) -> Json:
        secret, manner = f"xoxb-sandbox-{secrets.token_hex(12)}", self.manner
        workspace.give_token(secret, set(scopes))
        org = {"id": "E0SANDBOX", "name": "Example Organisation"}
        told: Json = {
            "app_id": manner.app,
            "access_token": secret,
            "token_type": "bot",
            "scope": ",".join(sorted(scopes)),
            "bot_user_id": BOT,
            "team": None if manner.org_wide else {"id": workspace.team.id, "name": workspace.team.name},
            "enterprise": org if manner.org_wide else None,
            "is_enterprise_install": manner.org_wide,
            "authed_user": {"id": user},
        }
        if manner.expires_in:
            told["expires_in"] = manner.expires_in
            if not manner.no_refresh:
                told["refresh_token"] = f"xoxe-1-sandbox-{secrets.token_hex(12)}"
                self.refreshes[told["refresh_token"]] = workspace
        return told


def _row(workspace: Workspace, query: dict[str, str]) -> str:
    where = html.escape("/oauth/v2/allow?" + urlencode({**query, "team": workspace.team.id, "user": "U0ADA"}))
    return f'<li><a href="{where}">Allow in {html.escape(workspace.team.name)}</a></li>'
