"""Slash commands, mentions and response URLs of the stand-in workspace, against a small Bolt app."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from tests.sandbox.bolt_apps import bolt_app, listening, over_socket
from tests.sandbox.workspace_doors import Doors, open_doors

ASK: dict[str, Any] = {"user": "U0ADA", "channel": "C0GENERAL", "text": "example.com"}


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


def app_that_answers(doors: Doors, answer: Any) -> tuple[AsyncApp, list[dict[str, Any]]]:
    """A `/scan` that acknowledges with this answer, and the commands it got."""
    app, seen = bolt_app(doors), []

    @app.command("/scan")
    async def scan(ack: Any, command: dict[str, Any]) -> None:
        seen.append(command)
        await (ack() if answer is None else ack(answer))

    return app, seen


async def respond(doors: Doors, url: str, **body: Any) -> tuple[int, str]:
    async with doors.http.post(url, json=body) as response:
        return response.status, await response.text()


async def response_url(doors: Doors) -> str:
    app, seen = app_that_answers(doors, None)
    async with over_socket(doors, app):
        await doors.post("command", **ASK)
    return str(seen[0]["response_url"])


async def test_the_words_of_an_ack_are_seen_by_the_asker_alone(doors: Doors) -> None:
    app, seen = app_that_answers(doors, "on it")
    async with over_socket(doors, app):
        told = await doors.post("command", **ASK)
    assert (told["status"], told["error"], told["ephemeral"]["text"]) == ("ok", None, "on it")
    assert told["ack_ms"] > 0
    assert [message["text"] for message in await doors.messages(user="U0ADA")] == ["on it"]
    assert await doors.messages(user="U0BOB") == []
    wanted = {"command": "/scan", "text": "example.com", "channel_name": "general", "user_id": "U0ADA"}
    assert wanted.items() <= seen[0].items()


async def test_an_ack_may_speak_to_the_channel(doors: Doors) -> None:
    app, _ = app_that_answers(doors, {"response_type": "in_channel", "text": "all hear this"})
    async with over_socket(doors, app):
        await doors.post("command", **ASK)
    assert [message["text"] for message in await doors.messages(user="U0BOB")] == ["all hear this"]


async def test_an_empty_ack_shows_nothing(doors: Doors) -> None:
    app, _ = app_that_answers(doors, None)
    async with over_socket(doors, app):
        told = await doors.post("command", **ASK)
    assert (told["status"], told["ephemeral"]) == ("ok", None)


async def test_blocks_in_an_ack_are_held_against_the_limits(doors: Doors) -> None:
    app, _ = app_that_answers(doors, {"text": "x", "blocks": [{"type": "hologram"}]})
    async with over_socket(doors, app):
        told = await doors.post("command", **ASK)
    assert told["error"] == "invalid_blocks"


async def test_without_an_ack_in_time_the_asker_reads_slack_s_own_line(doors: Doors) -> None:
    await doors.post("settings", ack_timeout=0.1)
    async with listening(doors, answers=False):
        told = await doors.post("command", **ASK)
    assert told["error"] == "operation_timeout"
    assert told["ephemeral"]["text"] == '/scan failed with the error "operation_timeout"'
    assert told["ephemeral"]["user"] == "USLACKBOT"


async def test_with_nobody_connected_the_command_cannot_be_dispatched(doors: Doors) -> None:
    assert (await doors.post("command", **ASK))["error"] == "dispatch_failed"


async def test_commands_do_not_work_in_threads(doors: Doors) -> None:
    told = await doors.post("command", **ASK, thread_ts="1.000001")
    assert told["error"] == "slash commands do not work in threads"


@pytest.mark.parametrize(
    ("channel", "user", "sentence"),
    [
        ("C0PRIVATE", "U0GUEST", "U0GUEST is not a member of C0PRIVATE; its members: U0ADA, U0BOB, U0EVA, U0GUMSHOE"),
        ("C0ARCHIVE", "U0ADA", "C0ARCHIVE is archived: nobody can write there"),
        ("C0MARS", "U0ADA", "there is no channel C0MARS"),
        ("C0GENERAL", "U0EVE", "there is no person U0EVE"),
    ],
)
async def test_people_act_where_they_are(doors: Doors, channel: str, user: str, sentence: str) -> None:
    assert (await doors.post("command", user=user, channel=channel, text="x"))["error"] == sentence


@pytest.mark.parametrize(("channel", "name"), [("C0SECRET", "privategroup"), ("D0ADA", "directmessage")])
async def test_a_command_works_where_the_bot_is_not_and_hides_private_names(
    doors: Doors, channel: str, name: str
) -> None:
    app, seen = app_that_answers(doors, "ok")
    async with over_socket(doors, app):
        await doors.post("command", user="U0ADA", channel=channel, text="x")
    assert seen[0]["channel_name"] == name


async def test_a_stranger_is_recognised_by_their_team(doors: Doors) -> None:
    app, seen = app_that_answers(doors, "ok")
    async with over_socket(doors, app):
        await doors.post("command", user="U0STRANGER", channel="C0SHARED", text="x")
    assert (seen[0]["team_id"], seen[0]["team_domain"]) == ("T0OTHER", "other-example")


async def test_a_mention_is_heard_in_a_thread_and_answered_there(doors: Doors) -> None:
    app = bolt_app(doors)

    @app.event("app_mention")
    async def heard(event: dict[str, Any], say: Any) -> None:
        await say(f"heard {event['text']}", thread_ts=event["thread_ts"])

    parent = (await doors.post("message", user="U0ADA", channel="C0GENERAL", text="look"))["ts"]
    async with over_socket(doors, app):
        text = "<@U0GUMSHOE> scan bob@example.com & https://example.org/a"
        await doors.post("message", user="U0ADA", channel="C0GENERAL", text=text, thread_ts=parent)
        await doors.until("call", lambda change: change["method"] == "chat.postMessage")
    answer = (await doors.messages(thread_ts=parent))[-1]
    linked = "<mailto:bob@example.com|bob@example.com> &amp; <https://example.org/a>"
    assert answer["text"] == f"heard <@U0GUMSHOE> scan {linked}"


@pytest.mark.parametrize("channel", ["C0NOBOT", "D0ADA"])
async def test_a_mention_is_not_heard_where_slack_does_not_tell_of_it(doors: Doors, channel: str) -> None:
    async with listening(doors) as listener:
        told = await doors.post("message", user="U0ADA", channel=channel, text="<@U0GUMSHOE> scan")
        assert told["status"] == "not_delivered"
        assert listener.requests.empty()


async def test_a_mention_without_the_scope_is_not_delivered(doors: Doors) -> None:
    await doors.post("token", scopes=["chat:write"])
    told = await doors.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> scan")
    assert told["status"] == "not_delivered"
    assert "not a valid command" in (await doors.post("command", **ASK))["error"]


async def test_a_response_url_answers_the_asker_and_works_five_times(doors: Doors) -> None:
    url = await response_url(doors)
    answers = [await respond(doors, url, text=f"answer {number}") for number in range(6)]
    assert answers[:5] == [(200, "ok")] * 5
    assert answers[5][0] == 404
    assert "used_url" in answers[5][1]
    assert len(await doors.messages(user="U0ADA")) == 5
    assert await doors.messages(user="U0BOB") == []


async def test_a_response_url_ends_after_half_an_hour(doors: Doors) -> None:
    url = await response_url(doors)
    await doors.post("clock", advance=30 * 60 + 1)
    status, body = await respond(doors, url, text="late")
    assert (status, "expired_url" in body) == (404, True)


async def test_a_response_url_may_speak_to_the_channel_and_into_a_thread_where_the_bot_is_not(doors: Doors) -> None:
    app, seen = app_that_answers(doors, None)
    async with over_socket(doors, app):
        await doors.post("command", user="U0ADA", channel="C0NOBOT", text="x")
    parent = (await doors.post("message", user="U0ADA", channel="C0NOBOT", text="look"))["ts"]
    url = seen[0]["response_url"]
    assert (await respond(doors, url, text="hello", response_type="in_channel", thread_ts=parent))[0] == 200
    assert [message["text"] for message in await doors.messages("C0NOBOT", thread_ts=parent)] == ["look", "hello"]


async def test_a_response_url_says_what_is_wrong_and_the_use_is_not_counted(doors: Doors) -> None:
    url = await response_url(doors)
    for body in ({}, {"text": "x", "blocks": [{"type": "hologram"}]}, {"delete_original": True}):
        assert (await respond(doors, url, **body))[0] == 400
    assert [(await respond(doors, url, text="x"))[0] for _ in range(5)] == [200] * 5


async def test_a_response_url_takes_more_text_in_blocks_than_a_post(doors: Doors) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
    assert (await respond(doors, await response_url(doors), text="x", blocks=blocks))[0] == 200
    refusal = await doors.refused("chat.postMessage", channel="C0GENERAL", text="x", blocks=blocks)
    assert refusal["error"] == "msg_blocks_too_long"


async def test_a_response_url_suffers_ordered_faults(doors: Doors) -> None:
    url = await response_url(doors)
    await doors.post("fault", method="response_url", kind="500")
    assert (await respond(doors, url, text="x"))[0] == 500
    assert (await respond(doors, url, text="x"))[0] == 200


async def test_the_same_command_can_be_delivered_again_with_the_same_or_other_ids(doors: Doors) -> None:
    app, seen = app_that_answers(doors, "ok")
    async with over_socket(doors, app):
        await doors.post("command", **ASK)
        await doors.post("redeliver", kind="command", times=2, same_ids=True)
        await doors.post("redeliver", kind="command", same_ids=False)
    triggers = [command["trigger_id"] for command in seen]
    assert (len(triggers), len(set(triggers[:3])), len(set(triggers))) == (4, 1, 2)


async def test_an_event_can_be_delivered_again_as_slack_retries_it(doors: Doors) -> None:
    mention = {"user": "U0ADA", "channel": "C0GENERAL", "text": "<@U0GUMSHOE> one"}
    async with listening(doors) as listener:
        await doors.post("message", **mention)
        await doors.post("message", **mention | {"text": "<@U0GUMSHOE> two"})
        await doors.post("redeliver", kind="event", last=2, scramble=True)
        await doors.post("redeliver", kind="event", same_ids=False)
        got = [await listener.request() for _ in range(5)]
    ids = [request.payload["event_id"] for request in got]
    assert ids[2:4] == [ids[1], ids[0]]
    assert got[2].retry_attempt == 1
    assert ids[4] not in ids[:4]
    assert got[4].payload["event"]["client_msg_id"] == got[1].payload["event"]["client_msg_id"]


async def test_nothing_is_redelivered_before_something_was_sent(doors: Doors) -> None:
    assert (await doors.post("redeliver"))["error"] == "nothing was delivered yet"
