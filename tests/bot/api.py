"""A program at the bot's REST API: real HTTP, with a token."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx

from core.callers import SERVICE, Scope
from tests.bot.listening import TEAM, Bot

Answer = httpx.Response
DAY = timedelta(days=1)
TRIES = 10


class Program:
    """Somebody with a token of their own; without a name, a stranger."""

    def __init__(
        self,
        bot: Bot,
        user: str = "U0ADA",
        *,
        scopes: Iterable[Scope] = (Scope.SCAN,),
        channels: Iterable[str] = (),
        team: str = TEAM,
        lasts: timedelta | None = DAY,
    ) -> None:
        self.url = bot.url.removesuffix("/slack/events") + "/api/v1"
        self.token, self.text = bot.store.tokens.create(
            team=team, user=user, name="a test", scopes=scopes, channels=channels, lasts=lasts, by="a test"
        )
        self._who = {"Authorization": f"Bearer {self.text}"}

    def send(self, method: str, path: str, **more: Any) -> Answer:
        """A request as it is."""
        headers = self._who | more.pop("headers", {})
        return httpx.request(method, self.url + path, headers=headers, timeout=30, verify=False, **more)

    def get(self, path: str, **query: Any) -> Answer:
        return self.send("GET", path, params=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("POST", path, json=body, headers=named)

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path)

    def scan(self, target: str = "example.com", **more: Any) -> dict[str, Any]:
        """Have a target scanned; the answer, which must be good."""
        answer = self.insist("/scan", {"target": target} | more, key=secrets.token_hex(8))
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def insist(self, path: str, body: Any, *, key: str) -> Answer:
        """Post, and again with the same key while the bot says that it could not in time: as programs are told to."""
        answer = self.post(path, body, Idempotency_Key=key)
        for _ in range(TRIES):
            if answer.status_code != 503:
                break
            answer = self.post(path, body, Idempotency_Key=key)
        return answer

    def scans(self, **query: Any) -> list[str]:
        """The ids that a list of scans gives."""
        return [each["task_id"] for each in self.get("/scans", **query).json()["scans"]]


def service(bot: Bot, name: str = "ci", **more: Any) -> Program:
    """A program that is nobody in Slack."""
    return Program(bot, f"{SERVICE}{name}", **more)


def problem(answer: Answer, status: int) -> dict[str, Any]:
    """The problem document of an answer, which must be one that says what to do."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = dict(answer.json())
    assert (body["status"], bool(body["title"]), bool(body["detail"])) == (status, True, True)
    assert body["type"].startswith("urn:gumshoe:problem:")
    assert body["next"]
    return body
