"""Scans watched live over the WebSocket: several at once, and what is said wrong is answered, not punished."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.web.callers import cookie_name
from bot.web.live import socket as door
from core.callers import Caller, Scope
from core.models import Outcome
from tests.bot.listening import TEAM, Bot
from tests.bot.watching import code_of_the_end, hear, hear_until, recorded, ring, say, talk, token, told_in
from tests.core.stores import PLACE, claimed, closed_all, finding, opened


@pytest.fixture
def ada(bot: Bot) -> str:
    return token(bot.store)


def where(bot: Bot) -> str:
    return bot.url.replace("/slack/events", "/api/v1/ws")


def test_several_scans_are_told_over_one_line(bot: Bot, ada: str, redis_url: str) -> None:
    first, second = opened(bot.store, "dns"), opened(bot.store, "crtsh")
    with talk(where(bot), ada) as line:
        say(line, type="subscribe", scans=[first.id, second.id, "nosuchid"])
        heard = hear_until(line, "subscribed")
        assert heard[-1].body["scans"] == [first.id, second.id]
        assert heard[-1].body["not_found"] == ["nosuchid"]
        for scan, name in ((first, "dns"), (second, "crtsh")):
            assert bot.store.runs.close(claimed(bot.store, scan, name), Outcome.FOUND, findings=[finding(scan.id)])
            ring(redis_url, scan)
            heard += hear_until(line, "end")
        assert told_in(heard) == [("dns", first.id), ("crtsh", second.id)]
        say(line, type="unsubscribe", scans=[first.id])
        assert hear_until(line, "unsubscribed")[-1].body["scans"] == [first.id]


def test_whoever_comes_back_says_which_event_was_the_last(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns")
    run = claimed(bot.store, scan)
    bot.store.runs.save(run, [finding(f"192.0.2.{n}") for n in range(3)])
    with talk(where(bot), ada) as line:
        say(line, type="subscribe", scans=[scan.id])
        before = hear_until(line, "finding")
    assert bot.store.runs.close(run, Outcome.FOUND, findings=[finding("192.0.2.9")])
    with talk(where(bot), ada) as line:
        say(line, type="subscribe", scans=[scan.id], after=[before[-1].cursor, "garbage"])
        after = hear_until(line, "end")
    assert told_in(before + after) == recorded(bot.store, scan)


def test_a_channel_is_told_in_summaries(bot: Bot, redis_url: str) -> None:
    bob = token(bot.store, user="U0BOB", channels=[PLACE.channel])
    with talk(where(bot), bob) as line:
        say(line, type="subscribe", channel=PLACE.channel)
        hear_until(line, "subscribed")
        scan = opened(bot.store, "dns")
        closed_all(bot.store, scan.id, Outcome.NOTHING)
        ring(redis_url, scan)
        heard = hear(line)
        while heard.body["scan"]["status"] != "finished":
            heard = hear(line)
        assert (heard.name, heard.body["task_id"], heard.body["status"]) == ("scan", scan.id, "SUCCESS")


def test_all_comes_back_to_where_it_was(bot: Bot, ada: str, redis_url: str) -> None:
    first = opened(bot.store, "dns")
    with talk(where(bot), ada) as line:
        say(line, type="subscribe", all=True)
        before = hear_until(line, "scan")[-1]
    closed_all(bot.store, first.id)
    second = opened(bot.store, "crtsh")
    closed_all(bot.store, second.id)
    with talk(where(bot), ada) as line:
        say(line, type="subscribe", all=True, after=before.cursor)
        missed: dict[str, str] = {}
        while set(missed) != {first.id, second.id}:
            heard = hear_until(line, "scan")[-1]
            missed[heard.body["task_id"]] = heard.body["scan"]["status"]
    assert set(missed.values()) == {"finished"}


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("{", "JSON object"),
        ("[]", "JSON object"),
        ("[" * 8000, "JSON object"),
        (b"\x00", "JSON object"),
        ("{}", '"type" must be one of'),
        ('{"type": ["subscribe"]}', '"type" must be one of'),
        ('{"type": "subscribe"}', "Say what"),
        ('{"type": "subscribe", "scans": "abc"}', "list of up to 100"),
        ('{"type": "subscribe", "scans": [1]}', "list of up to 100"),
        ('{"type": "subscribe", "channel": 3}', "channel id"),
        ('{"type": "subscribe", "all": true, "after": 7}', "event id"),
        (json.dumps({"type": "subscribe", "scans": [f"s{n}" for n in range(101)]}), "list of up to 100"),
    ],
)
def test_what_means_nothing_is_answered_and_the_line_stays_open(
    bot: Bot, ada: str, message: str | bytes, word: str
) -> None:
    with talk(where(bot), ada) as line:
        line.send(message)
        answer = hear(line)
        assert (answer.name, answer.body["status"]) == ("error", 422)
        assert word in answer.body["detail"]
        say(line, type="ping")
        assert hear(line).name == "pong"


def test_strangers_are_refused_before_they_are_connected(bot: Bot) -> None:
    scopeless = bot.store.tokens.create(team=TEAM, user="U", name="n", scopes=[], lasts=None, by="t")[1]
    for bearer, status in (("", 401), ("gum_x_y", 401), (scopeless, 403)):
        with pytest.raises(InvalidStatus) as refused:
            talk(where(bot), bearer)
        assert refused.value.response.status_code == status
        assert b"urn:gumshoe:problem:" in (refused.value.response.body or b"")


def test_a_browser_comes_with_its_cookie_from_a_page_of_ours_alone(bot: Bot) -> None:
    caller = Caller("U0ADA", TEAM, "Ada", frozenset({Scope.READ}))
    secret = bot.store.tokens.begin(caller, lasts=timedelta(hours=1))
    own = where(bot).removesuffix("/api/v1/ws")
    with talk(where(bot), Cookie=f"{cookie_name(bot.front)}={secret}", Origin=own) as line:
        say(line, type="ping")
        assert hear(line).name == "pong"
    for origin in ({"Origin": "https://evil.example"}, {}, {"Origin": "null"}):
        with pytest.raises(InvalidStatus) as refused:
            talk(where(bot), Cookie=f"{cookie_name(bot.front)}={secret}", **origin)
        assert refused.value.response.status_code == 403


def test_a_message_that_is_too_long_ends_the_line(bot: Bot, ada: str) -> None:
    with talk(where(bot), ada) as line:
        line.send("x" * 20_000)
        assert code_of_the_end(line) == 1009


def test_who_says_too_much_is_sent_home(bot: Bot, ada: str) -> None:
    with talk(where(bot), ada) as line:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(200):
                say(line, type="ping")
        assert code_of_the_end(line) == 4429


def test_who_wants_nothing_is_sent_home(bot: Bot, ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "IDLE_FOR", 0.1)
    monkeypatch.setattr(door, "GLANCE", 0.1)
    with talk(where(bot), ada) as line:
        assert code_of_the_end(line) == 4408
