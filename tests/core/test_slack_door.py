"""The door to Slack: what is posted can be found again, budgets bind, and each call does what it says."""

from __future__ import annotations

import pytest

from core.blocks import Attachment
from core.errors import AmbiguousPost, MissingScope, Throttled
from core.pace import LocalPace
from core.slack import Slack
from core.slack.door import PAGE
from tests.core.slack_doors import AGAIN, CHANNEL, HELLO, trouble, upload
from tests.servers import Sandbox


async def test_a_post_says_where_it_is_and_carries_its_slot(workspace: Sandbox, slack: Slack) -> None:
    posted = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    assert (posted.channel, posted.waited) == (CHANNEL, 0)
    (message,) = workspace.messages()
    assert (message["ts"], message["text"]) == (posted.ts, "Hello")
    assert message["metadata"] == {"event_type": "gumshoe_slot", "event_payload": {"slot": "abcdefgh/parent"}}
    assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)


async def test_a_reply_goes_into_its_thread(workspace: Sandbox, slack: Slack) -> None:
    root = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    reply = await slack.post(CHANNEL, HELLO, slot="abcdefgh/reply/1/dns", thread_ts=root.ts)
    assert [each["ts"] for each in workspace.messages(thread_ts=root.ts)] == [root.ts, reply.ts]
    assert [each["ts"] for each in workspace.messages()] == [root.ts]


async def test_a_post_to_a_person_says_which_channel_it_went_to(slack: Slack) -> None:
    assert (await slack.post("U0ADA", HELLO, slot="abcdefgh/asker")).channel == "D0ADA"


async def test_an_edit_replaces_a_message(workspace: Sandbox, slack: Slack) -> None:
    posted = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    assert await slack.edit(CHANNEL, posted.ts, AGAIN, patient=True)
    (message,) = workspace.messages()
    assert message["text"] == "Hello again"
    assert message["metadata"]["event_payload"] == {"slot": "abcdefgh/parent"}


async def test_a_message_is_found_by_its_slot(slack: Slack) -> None:
    root = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    reply = await slack.post(CHANNEL, HELLO, slot="abcdefgh/reply/1/dns", thread_ts=root.ts)
    assert await slack.find(CHANNEL, "abcdefgh/parent") == root.ts
    assert await slack.find(CHANNEL, "abcdefgh/reply/1/dns", thread_ts=root.ts) == reply.ts
    assert await slack.find(CHANNEL, "abcdefgh/reply/1/dns") is None
    assert await slack.find(CHANNEL, "abcdefgh/summary/1", thread_ts=root.ts) is None


async def test_only_what_is_young_enough_is_found(slack: Slack) -> None:
    posted = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    assert await slack.find(CHANNEL, "abcdefgh/parent", since=float(posted.ts) - 60) == posted.ts
    assert await slack.find(CHANNEL, "abcdefgh/parent", since=float(posted.ts) + 60) is None


async def test_a_post_whose_answer_was_cut_off_is_found(workspace: Sandbox, slack: Slack) -> None:
    workspace.fault("chat.postMessage", "cut_after")
    error = await trouble(workspace, slack.post(CHANNEL, HELLO, slot="abcdefgh/parent"))
    assert isinstance(error, AmbiguousPost)
    assert await slack.find(CHANNEL, "abcdefgh/parent") == workspace.messages()[0]["ts"]


async def test_without_the_scope_nobody_may_look(workspace: Sandbox, slack: Slack) -> None:
    workspace.post("token", scopes=["chat:write"])
    error = await trouble(workspace, slack.find(CHANNEL, "abcdefgh/parent"))
    assert isinstance(error, MissingScope)
    assert error.needed == "channels:history"
    assert "channels:history" in str(error)


async def test_a_429_says_how_long_and_holds_the_method(workspace: Sandbox, slack: Slack) -> None:
    workspace.fault("chat.postMessage", "429", retry_after=1000)
    error = await trouble(workspace, slack.post(CHANNEL, HELLO, slot="abcdefgh/parent"))
    assert isinstance(error, Throttled)
    assert error.retry_after == 1000
    held = await trouble(workspace, slack.post("C0CASE17", HELLO, slot="abcdefgh/parent"))
    assert isinstance(held, Throttled)
    assert 900 < held.retry_after <= 1000
    assert len(workspace.calls("chat.postMessage")) == 1  # Slack was not asked again
    assert (await slack.whoami()).team == "T0SANDBOX"  # other methods are free


async def test_doors_that_share_a_pace_share_a_429(workspace: Sandbox) -> None:
    pace, ready = LocalPace(), workspace.ready
    one, other = (Slack(ready["bot_token"], base_url=ready["api_url"], pace=pace) for _ in range(2))
    workspace.fault("chat.update", "429", retry_after=600)
    posted = await one.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    assert isinstance(await trouble(workspace, one.edit(CHANNEL, posted.ts, AGAIN, patient=True)), Throttled)
    assert await other.edit(CHANNEL, posted.ts, AGAIN, patient=False) is False
    assert len(workspace.calls("chat.update")) == 1
    await one.close()
    await other.close()


async def test_an_impatient_edit_gives_way_when_the_budget_is_used(workspace: Sandbox, slack: Slack) -> None:
    posted = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    workspace.fault("chat.update", "429", retry_after=600)
    assert await slack.edit(CHANNEL, posted.ts, AGAIN, patient=False) is False
    assert await slack.edit(CHANNEL, posted.ts, AGAIN, patient=False) is False
    assert workspace.messages()[0]["text"] == "Hello"


async def test_a_file_goes_into_its_thread(workspace: Sandbox, slack: Slack) -> None:
    root = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    content = b'{"findings": []}\n' * 1000
    await upload(slack, Attachment("dns.json", "All of DNS", content), thread_ts=root.ts)
    (file,) = workspace.messages(thread_ts=root.ts)[1]["files"]
    assert (file["name"], file["title"], file["size"]) == ("dns.json", "All of DNS", len(content))


async def test_a_whisper_is_seen_by_one_person(workspace: Sandbox, slack: Slack) -> None:
    await slack.whisper(CHANNEL, "U0BOB", HELLO)
    assert [each["text"] for each in workspace.messages(user="U0BOB")] == ["Hello"]
    assert workspace.messages(user="U0ADA") == []


async def test_our_token_tells_who_we_are_and_what_we_may(slack: Slack) -> None:
    identity = await slack.whoami()
    assert (identity.team, identity.team_name, identity.user) == ("T0SANDBOX", "Example Corp", "U0GUMSHOE")
    assert {"chat:write", "commands", "files:write"} <= identity.scopes


@pytest.mark.parametrize(
    ("user", "guest", "stranger", "admin"),
    [("U0ADA", False, False, True), ("U0GUEST", True, False, False), ("U0STRANGER", False, True, False)],
)
async def test_the_guard_learns_who_somebody_is(
    slack: Slack, user: str, guest: bool, stranger: bool, admin: bool
) -> None:
    person = await slack.person(user)
    assert person is not None
    assert (person.user, person.guest, person.stranger, person.admin) == (user, guest, stranger, admin)


async def test_without_the_scope_nobody_is_known(workspace: Sandbox, slack: Slack) -> None:
    workspace.post("token", scopes=["chat:write"])
    assert await slack.person("U0ADA") is None


async def test_the_message_that_a_thread_began_with_can_be_read(workspace: Sandbox, slack: Slack) -> None:
    ts = workspace.post("message", user="U0ADA", channel=CHANNEL, text="Look at example[.]com")["ts"]
    assert await slack.text_of(CHANNEL, ts) == "Look at example[.]com"


async def test_a_home_is_published_and_a_trigger_that_is_none_is_refused(workspace: Sandbox, slack: Slack) -> None:
    await slack.publish_home("U0ADA", {"type": "home", "blocks": list(HELLO.blocks)})
    assert workspace.get("home", user="U0ADA")["type"] == "home"
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Scan"}, "blocks": list(HELLO.blocks)}
    error = await trouble(workspace, slack.open_view("1.2.nosuch", view))
    assert error.code == "invalid_trigger_id"


async def test_a_message_is_found_however_long_the_thread_is(workspace: Sandbox, slack: Slack) -> None:
    root = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    for number in range(PAGE + 10):
        workspace.post("message", user="U0ADA", channel=CHANNEL, text=f"Remark {number}", thread_ts=root.ts)
    posted = await slack.post(CHANNEL, AGAIN, slot="abcdefgh/reply", thread_ts=root.ts)
    assert await slack.find(CHANNEL, "abcdefgh/reply", thread_ts=root.ts) == posted.ts
