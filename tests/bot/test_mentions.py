"""@Gumshoe in messages and threads, where slash commands do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from collectors import known
from tests.bot.conftest import Start
from tests.bot.listening import Bot, words_of

ME = "<@U0GUMSHOE>"


def mention(bot: Bot, words: str, *, user: str = "U0ADA", channel: str = "C0GENERAL", thread_ts: str = "") -> str:
    """Somebody names the bot; returns what they are told alone."""
    answer = bot.sandbox.post("message", user=user, channel=channel, text=words, thread_ts=thread_ts)
    assert answer["status"] == "ok", answer
    bot.settle()
    told = bot.sandbox.get("messages", channel=channel, user=user)["messages"]
    told += bot.sandbox.get("messages", channel=channel, user=user, thread_ts=thread_ts or answer["ts"])["messages"]
    mine = [each for each in told if each.get("is_ephemeral")]
    return words_of(mine[-1]) if mine else ""


def say(bot: Bot, text: str, channel: str = "C0GENERAL") -> str:
    ts: str = bot.sandbox.post("message", user="U0BOB", channel=channel, text=text)["ts"]
    return ts


def test_a_target_in_a_mention_is_scanned_in_that_message_s_thread(bot: Bot) -> None:
    told = mention(bot, f"{ME} what about example.com?")
    (scan,) = bot.scans()
    assert "Started: example[.]com" in told
    assert scan.target.value == "example.com"
    assert scan.place.thread_ts != ""


def test_options_in_a_mention_mean_what_they_mean_in_a_command(bot: Bot) -> None:
    mention(bot, f"{ME} example.com collectors=dns fresh #case-17")
    (scan,) = bot.scans()
    assert [run.collector for run in scan.runs] == ["dns"]
    assert (scan.fresh, scan.tag) == (True, "case-17")


@pytest.mark.parametrize(
    ("words", "consents"),
    [
        ("can you find out whether example.com is active", False),
        ("example.com is still active, I think", False),
        ("example.com active", True),
        ("please scan example.com and example.net --active", False),
        ("Scan example.com, example.net active", True),
    ],
)
def test_a_sentence_in_which_something_is_active_allows_nothing(bot: Bot, words: str, consents: bool) -> None:
    mention(bot, f"{ME} {words}")
    assert {bool(scan.active_by) for scan in bot.scans()} == {consents}


def test_a_wrong_collector_in_a_mention_is_corrected(bot: Bot) -> None:
    assert "Did you mean dns?" in mention(bot, f"{ME} example.com collectors=dsn")
    assert bot.scans() == []


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (ME, "How to use /scan"),
        (f"{ME} help", "How to use /scan"),
        (f"{ME} STATUS", "Nothing is running"),
        (f"{ME} collectors", f"{len(known())} collectors"),
        (f"{ME} history", "I know of no scan"),
        (f"{ME} cancel", "no scan running"),
        (f"{ME} thank you", "Write a target after my name"),
        (f"{ME} scan this", "There is no message above this one"),
        (f"{ME} 10.0.0.1", "private"),
    ],
)
def test_a_mention_without_a_target_is_answered_in_private_and_starts_nothing(
    bot: Bot, words: str, answer: str
) -> None:
    assert answer in mention(bot, words)
    assert bot.scans() == []
    assert [each for each in bot.sandbox.messages() if each["user"] == "U0GUMSHOE" and not each["is_ephemeral"]] == []


@pytest.mark.parametrize("words", ["scan this", "please scan this.", "Scan", "scan the thread", "scan it fresh"])
def test_scan_this_means_the_thread_s_first_message(bot: Bot, words: str) -> None:
    root = say(bot, "seen today: hxxp://example[.]org/x and 203[.]0[.]113[.]66")
    mention(bot, f"{ME} {words}", thread_ts=root)
    assert sorted(scan.target.value for scan in bot.scans()) == ["203.0.113.66", "http://example.org/x"]
    assert {scan.place.thread_ts for scan in bot.scans()} == {root}


def test_scan_this_over_a_message_that_names_nothing_says_so(bot: Bot) -> None:
    root = say(bot, "good morning")
    assert "nothing in this thread's first message" in mention(bot, f"{ME} scan this", thread_ts=root)


def test_scan_this_without_the_scope_to_read_names_another_way(start_bot: Start) -> None:
    bot = start_bot()
    bot.sandbox.post("token", scopes=["chat:write", "commands", "app_mentions:read", "files:write", "users:read"])
    root = say(bot, "look at example.com")
    assert "Use the message shortcut" in mention(bot, f"{ME} scan this", thread_ts=root)
    assert bot.scans() == []


@pytest.mark.parametrize("same_ids", [True, False])
def test_a_mention_delivered_again_starts_nothing_and_is_answered_once(bot: Bot, same_ids: bool) -> None:
    mention(bot, f"{ME} example.com")
    bot.end(bot.scans()[0])
    bot.sandbox.post("redeliver", kind="event", times=3, same_ids=same_ids)
    bot.settle()
    assert len(bot.scans()) == 1
    assert len(bot.sandbox.calls("chat.postEphemeral")) == 1


def test_a_guest_s_mention_is_refused_in_private(bot: Bot) -> None:
    assert "Guests may not ask me" in mention(bot, f"{ME} example.com", user="U0GUEST")
    assert bot.scans() == []
    assert bot.audit()[0][:3] == ("U0GUEST", "scan", "refused")


def test_somebody_of_another_workspace_who_mentions_us_is_refused(bot: Bot) -> None:
    told = mention(bot, f"{ME} example.com", user="U0STRANGER", channel="C0SHARED")
    assert "other workspaces" in told
    assert bot.scans() == []


def test_the_bot_does_not_answer_itself_or_scan_its_own_name(bot: Bot) -> None:
    mention(bot, f"{ME} {ME} example.com {ME}")
    assert [scan.target.value for scan in bot.scans()] == ["example.com"]


def test_more_targets_than_can_be_asked_are_counted(bot: Bot) -> None:
    names = " ".join(f"h{number}.example.com" for number in range(12))
    assert "12 targets; at most 10" in mention(bot, f"{ME} {names}")
    assert bot.scans() == []


def event(**more: Any) -> dict[str, Any]:
    return {"type": "app_mention", "user": "U0ADA", "channel": "C0GENERAL", "text": f"{ME} example.com"} | more


def test_two_deliveries_side_by_side_start_one_scan(bot: Bot) -> None:
    body = {"type": "event_callback", "team_id": "T0SANDBOX", "api_app_id": "A0GUMSHOE"}
    for number in range(2):
        payload = body | {"event_id": f"Ev{number}", "event": event(ts="1700000000.000100")}
        assert bot.sandbox.post("forge", kind="event", payload=payload)["status"] == "ok"
    bot.settle()
    assert len(bot.scans()) == 1
