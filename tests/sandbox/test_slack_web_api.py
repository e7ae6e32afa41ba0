"""The stand-in workspace answers Web API calls as Slack does: tokens, scopes, channels, threads, edits, history."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.workspace_doors import Doors, open_doors

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


async def test_the_bot_learns_who_it_is_and_which_scopes_it_has(doors: Doors) -> None:
    answer = await doors.client.auth_test()
    assert answer["user_id"] == "U0GUMSHOE"
    assert answer["team_id"] == "T0SANDBOX"
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


@pytest.mark.parametrize(
    ("secret", "error"),
    [("", "not_authed"), ("xoxb-somebody-else", "invalid_auth"), ("xapp-sandbox-app", "not_allowed_token_type")],
)
async def test_a_wrong_token_is_refused_by_its_own_name(doors: Doors, secret: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    async with doors.http.post(f"{doors.api_url}chat.postMessage", headers=headers) as response:
        assert (await response.json())["error"] == error


@pytest.mark.parametrize(("state", "error"), [("revoked", "token_revoked"), ("inactive", "account_inactive")])
async def test_a_token_that_stopped_working_says_why(doors: Doors, state: str, error: str) -> None:
    await doors.post("token", **{state: True})
    assert (await doors.refused("auth.test"))["error"] == error


async def test_a_missing_scope_is_named(doors: Doors) -> None:
    await doors.post("token", scopes=["commands"])
    refusal = await doors.refused("chat.postMessage", channel="C0GENERAL", text="hello")
    assert refusal["error"] == "missing_scope"
    assert (refusal["needed"], refusal["provided"]) == ("chat:write", "commands")


async def test_reading_a_private_channel_needs_its_own_scope(doors: Doors) -> None:
    await doors.post("token", scopes=["channels:read"])
    await doors.client.conversations_info(channel="C0GENERAL")
    assert (await doors.refused("conversations.info", channel="C0PRIVATE"))["needed"] == "groups:read"


async def test_an_unknown_method_is_refused(doors: Doors) -> None:
    assert (await doors.refused("chat.shout"))["error"] == "unknown_method"


async def test_a_missing_argument_is_named(doors: Doors) -> None:
    refusal = await doors.refused("chat.postMessage", text="hello")
    assert refusal["error"] == "invalid_arguments"
    assert refusal["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("C0SECRET", "channel_not_found"),
        ("C0NOBOT", "not_in_channel"),
        ("C0ARCHIVE", "is_archived"),
        ("C0READONLY", "restricted_action"),
    ],
)
async def test_a_channel_the_bot_cannot_write_to_says_why(doors: Doors, channel: str, error: str) -> None:
    assert (await doors.refused("chat.postMessage", channel=channel, text="hello"))["error"] == error


async def test_with_the_public_scope_the_bot_posts_where_it_is_no_member_but_not_in_private(doors: Doors) -> None:
    await doors.post("token", scopes=["chat:write", "chat:write.public"])
    assert (await doors.client.chat_postMessage(channel="C0NOBOT", text="hello"))["ok"]
    assert (await doors.refused("chat.postMessage", channel="C0SECRET", text="hello"))["error"] == "channel_not_found"


async def test_a_post_to_a_person_lands_in_their_direct_messages(doors: Doors) -> None:
    answer = await doors.client.chat_postMessage(channel="U0ADA", text="hello")
    assert answer["channel"] == "D0ADA"
    assert [message["text"] for message in await doors.messages("D0ADA")] == ["hello"]


async def test_stamps_look_like_slack_s_and_always_rise(doors: Doors) -> None:
    stamps = [(await doors.client.chat_postMessage(channel="C0GENERAL", text="hello"))["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))
    assert all(len(fraction) == 6 for _, fraction in (stamp.split(".") for stamp in stamps))


async def test_a_form_body_works_like_json(doors: Doors) -> None:
    form = {"token": doors.bot_token, "channel": "C0GENERAL", "text": "hello", "blocks": '[{"type":"divider"}]'}
    async with doors.http.post(f"{doors.api_url}chat.postMessage", data=form) as response:
        told = await response.json()
    assert told["message"]["blocks"][0]["type"] == "divider"


async def test_a_reply_makes_its_parent_a_thread_and_is_counted(doors: Doors) -> None:
    parent = (await doors.client.chat_postMessage(channel="C0GENERAL", text="parent"))["ts"]
    first = await doors.client.chat_postMessage(channel="C0GENERAL", text="one", thread_ts=parent)
    await doors.client.chat_postMessage(channel="C0GENERAL", text="two", thread_ts=first["ts"])
    shown = await doors.messages()
    assert [message["text"] for message in shown] == ["parent"]
    assert shown[0]["reply_count"] == 2
    thread = await doors.messages(thread_ts=parent)
    assert [message["text"] for message in thread] == ["parent", "one", "two"]


async def test_a_reply_can_be_shown_in_the_channel_too(doors: Doors) -> None:
    parent = (await doors.client.chat_postMessage(channel="C0GENERAL", text="parent"))["ts"]
    await doors.client.chat_postMessage(channel="C0GENERAL", text="loud", thread_ts=parent, reply_broadcast=True)
    assert [message["text"] for message in await doors.messages()] == ["parent", "loud"]


async def test_a_reply_to_a_message_that_is_gone_lands_in_the_channel(doors: Doors) -> None:
    parent = (await doors.client.chat_postMessage(channel="C0GENERAL", text="parent"))["ts"]
    await doors.client.chat_delete(channel="C0GENERAL", ts=parent)
    answer = await doors.client.chat_postMessage(channel="C0GENERAL", text="late", thread_ts=parent)
    assert "thread_ts" not in answer["message"]


async def test_a_parent_with_replies_leaves_a_tombstone_that_cannot_be_edited(doors: Doors) -> None:
    parent = (await doors.client.chat_postMessage(channel="C0GENERAL", text="parent"))["ts"]
    await doors.client.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=parent)
    await doors.post("message/delete", channel="C0GENERAL", ts=parent)
    assert (await doors.messages())[0]["subtype"] == "tombstone"
    refusal = await doors.refused("chat.update", channel="C0GENERAL", ts=parent, text="edited")
    assert refusal["error"] == "message_not_found"


async def test_an_edit_is_marked_and_keeps_what_it_does_not_name(doors: Doors) -> None:
    ts = (await doors.client.chat_postMessage(channel="C0GENERAL", text="first", blocks=[{"type": "divider"}]))["ts"]
    await doors.client.chat_update(channel="C0GENERAL", ts=ts, text="second")
    shown = (await doors.messages())[0]
    assert (shown["text"], shown["blocks"][0]["type"]) == ("second", "divider")
    assert shown["edited"]["user"] == "U0GUMSHOE"
    await doors.client.chat_update(channel="C0GENERAL", ts=ts, text="third", blocks=[])
    assert "blocks" not in (await doors.messages())[0]


async def test_only_the_bot_s_own_messages_can_be_edited_or_deleted(doors: Doors) -> None:
    ts = (await doors.post("message", user="U0ADA", channel="C0GENERAL", text="mine"))["ts"]
    assert (await doors.refused("chat.update", channel="C0GENERAL", ts=ts, text="x"))["error"] == "cant_update_message"
    assert (await doors.refused("chat.delete", channel="C0GENERAL", ts=ts))["error"] == "cant_delete_message"
    gone = await doors.refused("chat.update", channel="C0GENERAL", ts="1.000001", text="x")
    assert gone["error"] == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_person_and_cannot_be_edited(doors: Doors) -> None:
    answer = await doors.client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="psst")
    seen = await doors.messages(user="U0ADA")
    assert [(message["text"], message["is_ephemeral"]) for message in seen] == [("psst", True)]
    assert await doors.messages(user="U0BOB") == []
    refusal = await doors.refused("chat.update", channel="C0GENERAL", ts=answer["message_ts"], text="x")
    assert refusal["error"] == "message_not_found"


async def test_an_ephemeral_message_needs_somebody_who_is_there(doors: Doors) -> None:
    refusal = await doors.refused("chat.postEphemeral", channel="C0PRIVATE", user="U0GUEST", text="psst")
    assert refusal["error"] == "user_not_in_channel"


async def test_history_is_newest_first_paged_and_tells_metadata_when_asked(doors: Doors) -> None:
    metadata = {"event_type": "scan", "event_payload": {"id": "s1"}}
    for text in ("one", "two", "three"):
        await doors.client.chat_postMessage(channel="C0GENERAL", text=text, metadata=metadata)
    page = await doors.client.conversations_history(channel="C0GENERAL", limit=2, include_all_metadata=True)
    assert [message["text"] for message in page["messages"]] == ["three", "two"]
    assert page["messages"][0]["metadata"] == metadata
    rest = await doors.client.conversations_history(
        channel="C0GENERAL", limit=2, cursor=page["response_metadata"]["next_cursor"]
    )
    assert [("metadata" in message, message["text"]) for message in rest["messages"]] == [(False, "one")]


async def test_a_thread_is_read_oldest_first_with_its_parent(doors: Doors) -> None:
    parent = (await doors.client.chat_postMessage(channel="C0GENERAL", text="parent"))["ts"]
    reply = (await doors.client.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=parent))["ts"]
    page = await doors.client.conversations_replies(channel="C0GENERAL", ts=reply)
    assert [message["text"] for message in page["messages"]] == ["parent", "reply"]
    refusal = await doors.refused("conversations.replies", channel="C0GENERAL", ts="1.000001")
    assert refusal["error"] == "thread_not_found"


async def test_joining_works_for_public_channels_only(doors: Doors) -> None:
    await doors.client.conversations_join(channel="C0NOBOT")
    assert (await doors.client.chat_postMessage(channel="C0NOBOT", text="hello"))["ok"]
    refusal = await doors.refused("conversations.join", channel="C0PRIVATE")
    assert refusal["error"] == "method_not_supported_for_channel_type"


async def test_channels_and_people_tell_what_a_guard_needs(doors: Doors) -> None:
    shared = (await doors.client.conversations_info(channel="C0SHARED"))["channel"]
    assert shared["is_ext_shared"] is True
    guest = (await doors.client.users_info(user="U0GUEST"))["user"]
    stranger = (await doors.client.users_info(user="U0STRANGER"))["user"]
    assert (guest["is_restricted"], stranger["is_stranger"], stranger["team_id"]) == (True, True, "T0OTHER")
    assert (await doors.refused("users.info", user="U0NOBODY"))["error"] == "user_not_found"
    members = (await doors.client.conversations_members(channel="C0PRIVATE"))["members"]
    assert "U0GUEST" not in members


async def test_direct_messages_are_opened_by_person(doors: Doors) -> None:
    assert (await doors.client.conversations_open(users="U0BOB"))["channel"]["id"] == "D0BOB"


async def test_a_permalink_names_channel_message_and_thread(doors: Doors) -> None:
    parent = (await doors.client.chat_postMessage(channel="C0GENERAL", text="parent"))["ts"]
    reply = (await doors.client.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=parent))["ts"]
    link = (await doors.client.chat_getPermalink(channel="C0GENERAL", message_ts=reply))["permalink"]
    assert link.endswith(f"/archives/C0GENERAL/p{reply.replace('.', '')}?thread_ts={parent}&cid=C0GENERAL")


async def test_a_reaction_is_shown_once(doors: Doors) -> None:
    ts = (await doors.client.chat_postMessage(channel="C0GENERAL", text="hello"))["ts"]
    await doors.client.reactions_add(channel="C0GENERAL", timestamp=ts, name="eyes")
    refusal = await doors.refused("reactions.add", channel="C0GENERAL", timestamp=ts, name="eyes")
    assert refusal["error"] == "already_reacted"
    assert (await doors.messages())[0]["reactions"] == [{"name": "eyes", "users": ["U0GUMSHOE"], "count": 1}]


async def test_unfurl_flags_are_recorded(doors: Doors) -> None:
    await doors.client.chat_postMessage(channel="C0GENERAL", text="one", unfurl_links=False, unfurl_media=False)
    await doors.client.chat_postMessage(channel="C0GENERAL", text="two")
    flags = [(message["unfurl_links"], message["unfurl_media"]) for message in await doors.messages()]
    assert flags == [(False, False), (True, True)]


async def test_metadata_has_a_shape(doors: Doors) -> None:
    wrong: list[Any] = ["text", {"event_payload": {}}, {"event_type": "scan", "event_payload": []}]
    errors = [
        (await doors.refused("chat.postMessage", channel="C0GENERAL", text="x", metadata=metadata))["error"]
        for metadata in wrong
    ]
    assert errors == ["invalid_metadata_format", "invalid_metadata_format", "invalid_metadata_schema"]


async def test_controls_without_ids_get_some(doors: Doors) -> None:
    block = {"type": "actions", "elements": [BUTTON, BUTTON]}
    await doors.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block, {"type": "divider"}])
    stored = (await doors.messages())[0]["blocks"]
    assert len({kept["block_id"] for kept in stored}) == 2
    assert len({element["action_id"] for element in stored[0]["elements"]}) == 2


async def test_traffic_is_recorded_without_tokens(doors: Doors) -> None:
    client = AsyncWebClient(base_url=doors.api_url, session=doors.http, retry_handlers=[])
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="C0NOBOT", text="hello", token=doors.bot_token)
    call = (await doors.get("calls", method="chat.postMessage"))["calls"][0]
    assert (call["ok"], call["error"], call["args"]["channel"]) == (False, "not_in_channel", "C0NOBOT")
    assert doors.bot_token not in str(call)
