"""Files on messages: the shortcut, mentions, "scan this", and who may have a file looked into."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from bot.files import on as files_on
from core.models import Kind
from tests.bot.listening import Bot, words_of
from tests.bot.test_mentions import ME, mention


def share(
    bot: Bot, text: str = "", *, channel: str = "C0GENERAL", thread_ts: str = "", user: str = "U0BOB", **odd: Any
) -> dict[str, Any]:
    """Somebody posts a message with a file on it."""
    file = {"name": "harbour.jpg", "content": b64encode(b"\xff\xd8\xff invented").decode(), **odd}
    answer = bot.sandbox.post("message", user=user, channel=channel, text=text, thread_ts=thread_ts, files=[file])
    bot.settle()
    return dict(answer)


def targets(bot: Bot) -> list[tuple[Kind, str]]:
    return [(scan.target.kind, scan.target.value) for scan in bot.scans()]


def test_a_mention_with_a_file_on_it_has_the_file_looked_into(bot: Bot) -> None:
    told = share(bot, ME)
    assert targets(bot) == [(Kind.FILE, told["files"][0])]
    assert [run.collector for run in bot.scans()[0].runs] == ["metadata"]
    assert bot.scans()[0].place.thread_ts == told["ts"]
    assert "harbour[.]jpg" in words_of(bot.sandbox.messages(user="U0BOB", thread_ts=told["ts"])[-1])


def test_words_in_a_mention_go_before_the_file_on_it(bot: Bot) -> None:
    share(bot, f"{ME} example.org")
    assert targets(bot) == [(Kind.DOMAIN, "example.org")]


def test_scan_this_finds_the_files_of_the_thread_s_first_message(bot: Bot) -> None:
    told = share(bot, "look at example.org")
    mention(bot, f"{ME} scan this", thread_ts=told["ts"])
    assert set(targets(bot)) == {(Kind.FILE, told["files"][0]), (Kind.DOMAIN, "example.org")}


def test_the_message_shortcut_offers_the_files_by_name(bot: Bot) -> None:
    told = share(bot, "the harbour")
    bot.sandbox.post("shortcut", user="U0ADA", callback_id="scan_message", channel="C0GENERAL", ts=told["ts"])
    bot.settle()
    view = bot.sandbox.get("modal", user="U0ADA")["view"]
    (group,) = [block["element"] for block in view["blocks"] if block.get("block_id") == "found_0"]
    (option,) = group["options"]
    assert option["value"] == f"file:{told['files'][0]}"
    assert "harbour" in option["description"]["text"]
    values = {"found_0": {"found_0": {"selected_options": group["options"]}}}
    assert bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)["errors"] in (None, {})
    bot.settle()
    assert targets(bot) == [(Kind.FILE, told["files"][0])]


def test_a_file_of_another_room_is_not_looked_into(bot: Bot) -> None:
    told = share(bot, channel="C0PRIVATE")
    answer = bot.sandbox.command(f"file:{told['files'][0]}")
    assert "not shared here" in words_of(answer["ephemeral"])
    assert bot.scans() == []


def test_whoever_shared_a_file_may_ask_for_it_anywhere(bot: Bot) -> None:
    told = share(bot, channel="C0PRIVATE", user="U0ADA")
    bot.sandbox.command(f"file:{told['files'][0]}")
    assert targets(bot) == [(Kind.FILE, told["files"][0])]


def test_a_file_where_the_bot_is_no_member_cannot_be_seen(bot: Bot) -> None:
    told = share(bot, channel="C0NOBOT")
    assert "shared nowhere where I am a member" in words_of(
        bot.sandbox.command(f"file:{told['files'][0]}")["ephemeral"]
    )
    assert bot.scans() == []


def test_files_that_are_not_slack_s_or_not_ours_are_refused_in_a_sentence(bot: Bot) -> None:
    for odd, sentence in (
        ({"mode": "external"}, "lies with another service"),
        ({"team": "T0OTHER"}, "belongs to another workspace"),
        ({"mode": "hidden_by_limit"}, "plan has reached its limit"),
    ):
        told = share(bot, **odd)
        file = bot.sandbox.get("messages", channel="C0GENERAL")["messages"][-1]["files"][0]["id"]
        assert sentence in words_of(bot.sandbox.command(f"file:{file}")["ephemeral"]), told
    assert bot.scans() == []


def test_a_deleted_file_is_said_to_be_gone(bot: Bot) -> None:
    file = share(bot, mode="tombstone")["files"][0]
    assert "deleted" in words_of(bot.sandbox.command(f"file:{file}")["ephemeral"])


def test_without_the_scope_the_missing_step_is_named(bot: Bot) -> None:
    told = share(bot)
    bot.sandbox.post("token", scopes=["chat:write", "commands", "users:read"])
    assert "lacks the scope files:read" in words_of(bot.sandbox.command(f"file:{told['files'][0]}")["ephemeral"])
    assert bot.scans() == []


@pytest.mark.usefixtures("hurried")
def test_a_slow_slack_starts_nothing(bot: Bot) -> None:
    told = share(bot)
    bot.sandbox.fault("files.info", "slow", seconds=4)
    assert "in time" in words_of(bot.sandbox.command(f"file:{told['files'][0]}")["ephemeral"])
    assert bot.scans() == []


def test_strange_files_on_an_event_are_left_out() -> None:
    message: dict[str, Any] = {
        "files": [None, 7, {}, {"id": "<!channel>"}, {"id": "F0000001", "mode": "tombstone"}, {"id": "F0000002"}]
    }
    from_message = [(each.value, each.notes) for each in files_on(message)]
    assert from_message == [("F0000002", ("a file",))]
    assert files_on({"files": "F0000001"}) == ()
