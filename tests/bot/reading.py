"""Somebody at the dashboard without a browser: a session, forms sent from our own pages, and what a page says."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx

from core.callers import Scope
from core.models import Asker, Finding, Outcome, Place, RunState, Scan, Target
from core.store import Ask, Choice
from tests.bot.listening import TEAM, Bot

TAGS = re.compile(r"<[^>]*>")


class Reader:
    """A window of a browser, without scripts."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.url = bot.url.removesuffix("/slack/events")
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, *, origin: str | None = None) -> httpx.Response:
        """Send a form of our own page, or of the page of somebody else."""
        given = self.url if origin is None else origin
        return self.http.post(path, data=fields or {}, headers={"Origin": given} if given else {})

    def sign_in(self, *scopes: Scope, user: str = "U0ADA", channels: tuple[str, ...] = (), team: str = TEAM) -> str:
        """Sign in with a new token; returns its public id."""
        made, text = self.bot.store.tokens.create(
            team=team,
            user=user,
            name=user,
            scopes=scopes or (Scope.SCAN,),
            channels=channels,
            lasts=timedelta(hours=1),
            by="a test",
        )
        answer = self.post("/sign-in", {"token": text})
        assert answer.status_code == 303, answer.text
        return made.id

    def by_slack(self, user: str, *, then: str = "", allow: bool = True) -> httpx.Response:
        """Go to Slack, say yes (or no) there as that person, and come back."""
        away = self.get("/sign-in/slack", params={"then": then} if then else {})
        assert away.status_code == 303, away.text
        place = urlsplit(away.headers["location"])
        with httpx.Client() as elsewhere:
            page = elsewhere.get(away.headers["location"])
            assert "Allow as" in page.text, page.text
            query = {name: values[0] for name, values in parse_qs(place.query).items()}
            answer = elsewhere.get(
                f"{place.scheme}://{place.netloc}/openid/connect/allow", params=query | {"user": user}
            )
        back = urlsplit(answer.headers["location"])
        came = back.query if allow else f"error=access_denied&state={query['state']}"
        return self.get(f"{back.path}?{came}")


def words(answer: httpx.Response) -> str:
    """What a page says: its text, without the tags."""
    main = answer.text.partition("<main")[2]
    return " ".join(html.unescape(TAGS.sub(" ", main.partition(">")[2])).split())


def scanned(
    bot: Bot,
    target: Target,
    found: Mapping[str, list[Finding]],
    *,
    user: str = "U0ADA",
    channel: str = "",
    team: str = TEAM,
) -> Scan:
    """A scan that has ended, with these findings of these collectors."""
    choices = tuple(Choice(name, f"{name}/{target.value}/{user}") for name in found)
    place = Place(team, channel)
    (opened,) = bot.store.scans.open([Ask(target, choices, Asker(user, user), place, "web")])
    for run in opened.scan.runs:
        if run.state is RunState.CLOSED:
            continue
        held = bot.store.runs.claim(run.id, lease=30)
        assert held is not None
        bot.store.runs.save(held, found[run.collector])
        outcome = Outcome.FOUND if found[run.collector] else Outcome.NOTHING
        assert bot.store.runs.close(held, outcome)
    return bot.store.scans.get(opened.scan.id)
