"""A bot that two workspaces may install; in both of them people and channels have the same ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import redis

from core.installs import Vault, new_key
from core.models import Scan
from core.slack import Many
from tests.bot.listening import Bot
from tests.servers import Sandbox

FIRST, SECOND = "T0SANDBOX", "T0SECOND"
COOKIE = "__Host-gumshoe_installing"
KEY = new_key()


class ManyBot(Bot):
    """Over HTTP, with a place in each workspace."""

    def __init__(self, folder: Path, sandbox: Sandbox, redis_url: str, **settings: Any) -> None:
        app = {"slack_client_id": sandbox.ready["client_id"], "slack_client_secret": sandbox.ready["client_secret"]}
        ours = {
            "slack_bot_token": "",
            "slack_app_token": "",
            "install_key": KEY,
            "secret_key": "hush hush",
            "allow_teams": ("*",),
        }
        super().__init__(folder, sandbox, redis_url, **app | ours | settings)
        self.second = sandbox.beside()

    def stop(self) -> None:
        super().stop()
        self.second.close()

    @property
    def many(self) -> Many:
        assert isinstance(self.front.workspaces, Many)
        return self.front.workspaces

    @property
    def site(self) -> str:
        return self.url.removesuffix("/slack/events")

    def listen(self) -> None:
        super().listen()
        self.second.post("settings", events_url=self.url)

    def start_over(self) -> None:
        """Two workspaces that never heard of us, an empty record."""
        self.settle()
        self.second.post("reset")
        self.forget()
        self.sandbox.post("oauth")
        with redis.from_url(self._redis_url) as client:
            client.flushdb()
        for team in (FIRST, SECOND):
            self.many.forget(team)

    def begun(self) -> tuple[str, dict[str, str]]:
        """The cookie and the question to Slack of somebody who presses Add to Slack."""
        return begun(self.site)

    def allowed(self, asked: dict[str, str], team: str) -> dict[str, str]:
        """What somebody comes back with who said yes."""
        return allowed(self.sandbox, asked, team)

    def back(self, given: dict[str, str], held: str) -> httpx.Response:
        return back(self.site, given, held)

    def install(self, team: str = FIRST) -> httpx.Response:
        """Somebody installs us there."""
        return install(self.site, self.sandbox, team)

    def installed(self) -> None:
        """In both."""
        for team in (FIRST, SECOND):
            answer = self.install(team)
            assert answer.status_code == 200, answer.text

    def scans_of(self, team: str) -> list[Scan]:
        return self.store.scans.recent(team, limit=1000)

    def audited(self, team: str) -> list[tuple[object, ...]]:
        rows = self.store.audit.listed(team=team, limit=1000)
        return [(row["user"], row["verb"], row["decision"], row["rule"]) for row in rows]

    def token_of(self, team: str) -> str:
        """The bot's token there."""
        found = self.store.installations.get(team)
        assert found is not None
        return Vault([KEY]).open(team, found.sealed).bot

    def button_in_the_second(self, action_id: str, value: str) -> dict[str, str]:
        """A message of the bot in the second workspace, with this button."""
        said = {"type": "plain_text", "text": "Press"}
        element = {"type": "button", "action_id": action_id, "value": value, "text": said}
        message = {"channel": "C0GENERAL", "text": "a button", "blocks": [{"type": "actions", "elements": [element]}]}
        headers = {"Authorization": f"Bearer {self.token_of(SECOND)}"}
        answer = httpx.post(f"{self.settings.slack_api_url}chat.postMessage", headers=headers, json=message).json()
        assert answer["ok"], answer
        return {"ts": str(answer["ts"])}


def begun(site: str) -> tuple[str, dict[str, str]]:
    """The cookie and the question to Slack of somebody who presses Add to Slack on a bot's page."""
    page = httpx.get(f"{site}/slack/install")
    assert page.status_code == 200, page.text
    held = page.cookies.get(COOKIE) or page.headers["set-cookie"].partition("=")[2].partition(";")[0]
    (link,) = [part.partition('"')[0] for part in page.text.split('href="')[1:] if "/oauth/v2/authorize" in part]
    return held, dict(parse_qsl(urlsplit(link.replace("&amp;", "&")).query))


def allowed(sandbox: Sandbox, asked: dict[str, str], team: str) -> dict[str, str]:
    """What somebody comes back with who said yes."""
    answer = httpx.get(f"{sandbox.url}/oauth/v2/allow", params=asked | {"team": team, "user": "U0ADA"})
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def back(site: str, given: dict[str, str], held: str) -> httpx.Response:
    cookies = {"Cookie": f"{COOKIE}={held}"} if held else {}
    return httpx.get(f"{site}/slack/oauth_redirect", params=given, headers=cookies)


def install(site: str, sandbox: Sandbox, team: str) -> httpx.Response:
    """Somebody installs a bot in a workspace."""
    held, asked = begun(site)
    return back(site, allowed(sandbox, asked, team), held)
