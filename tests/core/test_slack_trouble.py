"""Each way in which Slack can fail has its own name, and says whether something may have been stored."""

from __future__ import annotations

import pytest

from core.blocks import Attachment, Message
from core.errors import (
    AmbiguousPost,
    ChannelGone,
    Malformed,
    MessageGone,
    MissingScope,
    NotInChannel,
    PostingRestricted,
    Revoked,
    SlackDown,
    SlackError,
    ThreadGone,
    Throttled,
)
from core.pace import LocalPace
from core.slack import Slack
from tests.core.slack_doors import AGAIN, CHANNEL, HELLO, trouble, upload
from tests.faults.everywhere import Everywhere, answer
from tests.servers import HOST, Sandbox, free_port

REFUSALS = {
    "not_in_channel": NotInChannel,
    "channel_not_found": NotInChannel,
    "thread_not_found": ThreadGone,
    "is_archived": ChannelGone,
    "restricted_action": PostingRestricted,
    "restricted_action_read_only_channel": PostingRestricted,
    "restricted_action_thread_only_channel": PostingRestricted,
    "restricted_action_non_threadable_channel": PostingRestricted,
    "restricted_action_thread_locked": PostingRestricted,
    "team_access_not_granted": PostingRestricted,
    "messages_tab_disabled": PostingRestricted,
    "account_inactive": Revoked,
    "token_revoked": Revoked,
    "token_expired": Revoked,
    "invalid_auth": Revoked,
    "not_authed": Revoked,
    "org_login_required": Revoked,
    "missing_scope": MissingScope,
    "message_not_found": MessageGone,
    "cant_update_message": MessageGone,
    "edit_window_closed": MessageGone,
    "msg_too_long": Malformed,
    "msg_blocks_too_long": Malformed,
    "invalid_blocks": Malformed,
    "invalid_blocks_format": Malformed,
    "no_text": Malformed,
    "invalid_arguments": Malformed,
    "metadata_too_large": Malformed,
    "ratelimited": Throttled,
    "rate_limited": Throttled,
    "message_limit_exceeded": Throttled,
    "internal_error": AmbiguousPost,
    "fatal_error": AmbiguousPost,
    "service_unavailable": AmbiguousPost,
    "request_timeout": AmbiguousPost,
    "never_heard_of": SlackError,
}


@pytest.mark.parametrize("code", REFUSALS)
async def test_each_refusal_of_slack_has_its_own_name(workspace: Sandbox, slack: Slack, code: str) -> None:
    workspace.fault("chat.postMessage", "error", code=code)
    error = await trouble(workspace, slack.post(CHANNEL, HELLO, slot="abcdefgh/parent"))
    assert type(error) is REFUSALS[code]
    assert error.method == "chat.postMessage"
    assert error.code == ("ratelimited" if REFUSALS[code] is Throttled else code)
    assert str(error).endswith(".")
    assert workspace.messages() == []


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ("C0NOBOT", NotInChannel),
        ("C0SECRET", NotInChannel),
        ("C0NOWHERE", NotInChannel),
        ("C0ARCHIVE", ChannelGone),
        ("C0READONLY", PostingRestricted),
    ],
)
async def test_a_channel_where_we_cannot_post_is_told_apart(
    workspace: Sandbox, slack: Slack, channel: str, kind: type[SlackError]
) -> None:
    assert type(await trouble(workspace, slack.post(channel, HELLO, slot="abcdefgh/parent"))) is kind


async def test_a_revoked_token_is_told_with_what_to_do(workspace: Sandbox, slack: Slack) -> None:
    workspace.post("token", revoked=True)
    error = await trouble(workspace, slack.whoami())
    assert isinstance(error, Revoked)
    assert "install me again" in str(error)


async def test_a_message_that_was_deleted_cannot_be_edited(workspace: Sandbox, slack: Slack) -> None:
    posted = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    workspace.post("message/delete", channel=CHANNEL, ts=posted.ts)
    assert isinstance(await trouble(workspace, slack.edit(CHANNEL, posted.ts, AGAIN, patient=True)), MessageGone)


async def test_a_message_slack_does_not_understand_is_our_bug(workspace: Sandbox, slack: Slack) -> None:
    odd = Message("Hello", ({"type": "no such block"},))
    assert isinstance(await trouble(workspace, slack.post(CHANNEL, odd, slot="abcdefgh/parent")), Malformed)


@pytest.mark.parametrize("kind", ["500", "503", "not_json", "cut_before", "cut_after"])
async def test_a_post_that_breaks_may_have_been_stored(workspace: Sandbox, slack: Slack, kind: str) -> None:
    workspace.fault("chat.postMessage", kind)
    assert type(await trouble(workspace, slack.post(CHANNEL, HELLO, slot="abcdefgh/parent"))) is AmbiguousPost


@pytest.mark.parametrize("kind", ["500", "503", "not_json", "cut_before", "cut_after"])
async def test_an_edit_that_breaks_may_simply_be_repeated(workspace: Sandbox, slack: Slack, kind: str) -> None:
    posted = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    workspace.fault("chat.update", kind)
    assert type(await trouble(workspace, slack.edit(CHANNEL, posted.ts, AGAIN, patient=True))) is SlackDown
    assert await slack.edit(CHANNEL, posted.ts, AGAIN, patient=True)
    assert workspace.messages()[0]["text"] == "Hello again"


async def test_a_slack_that_never_answers_is_not_waited_for_for_ever(workspace: Sandbox, hasty: Slack) -> None:
    workspace.fault("chat.postMessage", "hang")
    workspace.fault("auth.test", "hang")
    assert type(await trouble(workspace, hasty.post(CHANNEL, HELLO, slot="abcdefgh/parent"))) is AmbiguousPost
    assert type(await trouble(workspace, hasty.whoami())) is SlackDown


async def test_a_slack_that_cannot_be_reached_has_stored_nothing(workspace: Sandbox) -> None:
    nowhere = f"http://{HOST}:{free_port()}/api/"
    away = Slack(workspace.ready["bot_token"], base_url=nowhere, pace=LocalPace())
    assert type(await trouble(workspace, away.post(CHANNEL, HELLO, slot="abcdefgh/parent"))) is SlackDown
    await away.close()


@pytest.mark.parametrize(
    ("step", "kind", "expected"),
    [
        ("files.getUploadURLExternal", "500", SlackDown),
        ("upload", "500", SlackDown),
        ("upload", "cut_before", SlackDown),
        ("files.completeUploadExternal", "cut_after", AmbiguousPost),
    ],
)
async def test_a_file_that_breaks_on_its_way_says_whether_it_may_be_there(
    workspace: Sandbox, slack: Slack, step: str, kind: str, expected: type[SlackError]
) -> None:
    root = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    workspace.fault(step, kind)
    attachment = Attachment("dns.json", "All of DNS", b"{}")
    assert type(await trouble(workspace, upload(slack, attachment, thread_ts=root.ts))) is expected


async def test_a_file_needs_its_scope(workspace: Sandbox, slack: Slack) -> None:
    workspace.post("token", scopes=["chat:write"])
    attachment = Attachment("dns.json", "All of DNS", b"{}")
    error = await trouble(workspace, upload(slack, attachment, thread_ts=""))
    assert isinstance(error, MissingScope)
    assert error.needed == "files:write"


@pytest.mark.parametrize(("kind", "body"), [("text/html", "<p>Log in</p>"), ("application/json", '["ok"]')])
async def test_a_page_in_place_of_slack_s_answer_is_a_broken_answer(kind: str, body: str) -> None:
    async with Everywhere.listen() as proxy:
        proxy.answers["/api/chat.postMessage"] = proxy.answers["/api/auth.test"] = answer(body=body, kind=kind)
        slack = Slack("xoxb-x", base_url=f"http://{HOST}:{proxy.port}/api/", pace=LocalPace())
        with pytest.raises(AmbiguousPost):
            await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
        with pytest.raises(SlackDown):
            await slack.whoami()
        await slack.close()
