"""The place a thread stands in closes or vanishes in the middle: the asker learns it once, and Post Again works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.breaking import ask, assert_told_once, called, ended, slot_of, slots, thread_of
from tests.running import Gumshoe, said
from tests.servers import Redis, Sandbox, Sources, until

BOTH = "example.org collectors=crtsh,whois fresh"
CERTIFICATES = "crt.sh"
PEOPLE = ["U0ADA", "U0BOB", "U0GUMSHOE"]
CLOSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {  # what happens, how it is mended, what is said
    "C0KICKED": ({"bot_is_member": False}, {"bot_is_member": True}, "not a member"),
    "C0HIDDEN": (
        {"bot_is_member": False, "is_private": True},
        {"bot_is_member": True, "is_private": True},
        "cannot see that channel",
    ),
    "C0QUIET": ({"post_error": "restricted_action"}, {"post_error": ""}, "do not let me post"),
    "C0CONNECT": (
        {"is_ext_shared": True, "post_error": "team_access_not_granted"},
        {"is_ext_shared": True, "post_error": ""},
        "do not let me post",
    ),
}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("system"), redis_server, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace."""
    system.start_over()
    return system


def scan_in(gumshoe: Gumshoe, *channels: str) -> dict[str, str]:
    """A scan in each of these new channels, up to where its thread is open and a source still thinks."""
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2)
    for channel in channels:
        gumshoe.sandbox.post("channel", id=channel, members=PEOPLE)
    ids = {channel: ask(gumshoe, BOTH, channel=channel) for channel in channels}
    until("the first replies", lambda: all("reply/1/whois" in slots(gumshoe, ids[each], each) for each in channels))
    return ids


@pytest.mark.fault(
    "The bot is removed, the channel turns private, read-only or shared with another company",
    keeps=("lost", "twice", "honest"),
)
def test_a_channel_that_closes_is_told_to_the_asker_once_and_posted_to_again(gumshoe: Gumshoe) -> None:
    ids = scan_in(gumshoe, *CLOSED)
    for channel, (change, _, _) in CLOSED.items():
        gumshoe.sandbox.post("channel", id=channel, **change)
    until("the asker to be told of each", lambda: len(gumshoe.direct("U0ADA")) == len(CLOSED))
    until("the scans to end", lambda: all(gumshoe.store.scans.get(each).finished_at for each in ids.values()))
    told = {channel: each for each in gumshoe.direct("U0ADA") for channel in CLOSED if channel in str(each["blocks"])}
    for channel, (_, mend, words) in CLOSED.items():
        assert words in told[channel]["text"]
        gumshoe.sandbox.post("channel", id=channel, **mend)
        gumshoe.click("post_again", told[channel], channel=told[channel]["channel"])
    for channel, scan_id in ids.items():
        assert_told_once(gumshoe, ended(gumshoe, scan_id), channel=channel)
    assert len([each for each in gumshoe.direct("U0ADA") if not each.get("is_ephemeral")]) == len(CLOSED)


@pytest.mark.fault("The channel is deleted in the middle of a scan", keeps=("lost", "honest"))
def test_a_deleted_channel_ends_the_scan_and_is_told_again_when_asked_again(gumshoe: Gumshoe) -> None:
    (scan_id,) = scan_in(gumshoe, "C0DOOMED").values()
    gumshoe.sandbox.post("channel", id="C0DOOMED", deleted=True)
    until("the asker to be told", lambda: gumshoe.direct("U0ADA"))
    until("the scan to end", lambda: gumshoe.store.scans.get(scan_id).finished_at)
    (told,) = gumshoe.direct("U0ADA")
    assert "If it still exists" in told["text"]
    gumshoe.click("post_again", told, channel=told["channel"])
    until("the asker to be told that it did not help", lambda: len(gumshoe.direct("U0ADA")) == 2)
    assert gumshoe.store.scans.get(scan_id).undelivered


@pytest.mark.fault("The conversation with the asker is closed as well as the channel", keeps=("lost", "honest"))
def test_an_asker_who_cannot_be_written_to_finds_it_in_the_status(gumshoe: Gumshoe) -> None:
    ((channel, scan_id),) = scan_in(gumshoe, "C0KICKED").items()
    gumshoe.sandbox.post("channel", id="D0ADA", post_error="messages_tab_disabled")
    gumshoe.sandbox.post("channel", id=channel, bot_is_member=False)
    until("the trouble to be noted", lambda: gumshoe.store.scans.get(scan_id).undelivered)
    until("the scan to end", lambda: gumshoe.store.scans.get(scan_id).finished_at)
    told = gumshoe.sandbox.command("status")["ephemeral"]
    assert "not a member" in str(told["blocks"])
    gumshoe.sandbox.post("channel", id=channel, bot_is_member=True)
    gumshoe.click("post_again:0", told)
    assert_told_once(gumshoe, ended(gumshoe, scan_id), channel=channel)


@pytest.mark.fault("A person deletes the whole thread", keeps=("lost", "twice", "honest"))
def test_a_deleted_thread_leaves_nothing_in_the_channel_and_is_opened_anew_when_wanted(gumshoe: Gumshoe) -> None:
    ((channel, scan_id),) = scan_in(gumshoe, "C0CASE17").items()
    for each in reversed(thread_of(gumshoe, scan_id, channel)):
        gumshoe.sandbox.post("message/delete", channel=channel, ts=each["ts"])
    until("the asker to be told", lambda: gumshoe.direct("U0ADA"))
    ended(gumshoe, scan_id)
    assert slots(gumshoe, scan_id, channel) == []
    (told,) = gumshoe.direct("U0ADA")
    assert "The thread was deleted" in told["text"]
    gumshoe.click("post_again", told, channel=told["channel"])
    until("a new thread", lambda: "summary/1" in slots(gumshoe, scan_id, channel))
    assert_told_once(gumshoe, ended(gumshoe, scan_id), channel=channel)


@pytest.mark.fault("A person deletes a reply", keeps=("lost", "twice"))
def test_a_deleted_reply_is_not_posted_again(gumshoe: Gumshoe) -> None:
    ((channel, scan_id),) = scan_in(gumshoe, "C0CASE17").items()
    (reply,) = [each for each in thread_of(gumshoe, scan_id, channel) if slot_of(each).endswith("reply/1/whois")]
    gumshoe.sandbox.post("message/delete", channel=channel, ts=reply["ts"])
    ended(gumshoe, scan_id)
    assert Counter(slots(gumshoe, scan_id, channel)) == Counter(["parent", "reply/1/crtsh", "summary/1"])


@pytest.mark.fault("A message of ours may no longer be edited", keeps=("lost", "twice"))
def test_a_parent_that_may_no_longer_be_edited_keeps_its_thread_going(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2)
    refused = {"edit_window_closed": "example.com", "cant_update_message": "example.org"}
    for code, target in refused.items():
        shown = target.replace(".", "[.]")
        gumshoe.sandbox.fault("chat.update", "error", code=code, times=9, match=shown)
    ids = [ask(gumshoe, f"{target} collectors=crtsh fresh") for target in refused.values()]
    for scan_id in ids:
        ended(gumshoe, scan_id)
        assert Counter(slots(gumshoe, scan_id)) == Counter(["parent", "reply/1/crtsh", "summary/1"])
    assert Counter(each["error"] for each in gumshoe.sandbox.calls("chat.update")) == dict.fromkeys(refused, 1)


@pytest.mark.fault("Slack refuses a message as malformed, in a reply and in an edit", keeps=("lost", "twice", "honest"))
def test_a_message_that_slack_refuses_is_said_in_plain_words_once(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=2)  # the parent is there before the scan ends
    gumshoe.sandbox.fault("chat.postMessage", "error", code="invalid_blocks", match="/reply/1/crtsh")
    gumshoe.sandbox.fault("chat.update", "error", code="msg_too_long", match="Re-Run")
    scan_id = ask(gumshoe, "example.org collectors=crtsh fresh")
    ended(gumshoe, scan_id)
    assert Counter(slots(gumshoe, scan_id)) == Counter(["parent", "reply/1/crtsh", "summary/1"])
    parent, reply, summary = (str(each["blocks"]) for each in said(thread_of(gumshoe, scan_id)))
    plain = "refused the full form"
    assert [plain in each for each in (parent, reply, summary)] == [True, True, False]
    assert len(called(gumshoe, "chat.postMessage", match=f"{scan_id}/reply/1/crtsh")) == 2
    assert len([each for each in called(gumshoe, "chat.update") if "Re-Run" in str(each["args"])]) == 1


@pytest.mark.fault("The scope for files is taken away in the middle of a scan", keeps=("lost", "honest"))
def test_a_file_that_cannot_be_attached_is_missed_in_its_thread(gumshoe: Gumshoe) -> None:
    granted = gumshoe.sandbox.get("state")["scopes"]
    gumshoe.sandbox.post("token", scopes=[scope for scope in granted if scope != "files:write"])
    scan_id = ask(gumshoe, "example.com collectors=dns fresh")
    ended(gumshoe, scan_id)
    assert Counter(slots(gumshoe, scan_id)) == Counter(["parent", "reply/1/dns", "without/file/1/dns/0", "summary/1"])
    (missed,) = [each for each in thread_of(gumshoe, scan_id) if "/without/" in slot_of(each)]
    assert "files:write" in missed["text"]


@pytest.mark.fault("The scope to post is taken away, then the account is shut", keeps=("lost", "twice", "honest"))
def test_an_installation_that_may_say_nothing_is_told_by_status(gumshoe: Gumshoe) -> None:
    granted = gumshoe.sandbox.get("state")["scopes"]
    ((channel, scan_id),) = scan_in(gumshoe, "C0CASE17").items()
    gumshoe.sandbox.post("token", scopes=[scope for scope in granted if scope != "chat:write"])
    until("the scope to be missed", lambda: "chat:write" in gumshoe.store.scans.get(scan_id).undelivered)
    gumshoe.sandbox.post("token", scopes=granted, inactive=True)
    gumshoe.store.desk.again(scan_id)  # what Post Again does
    until("the account to be missed", lambda: "my token" in gumshoe.store.scans.get(scan_id).undelivered)
    gumshoe.sandbox.post("token", inactive=False)
    gumshoe.store.desk.again(scan_id)
    assert_told_once(gumshoe, ended(gumshoe, scan_id), channel=channel)


@pytest.mark.fault("The token is replaced, and the parts are started with the new one", keeps=("lost", "twice"))
def test_a_thread_goes_on_under_a_new_token(gumshoe: Gumshoe) -> None:
    ((channel, scan_id),) = scan_in(gumshoe, "C0CASE17").items()
    token = "xoxb-replaced-" + scan_id
    gumshoe.sandbox.post("token", secret=token)
    until("the old one to be refused", lambda: gumshoe.store.scans.get(scan_id).undelivered)
    gumshoe.env["SLACK_BOT_TOKEN"] = token
    for name in ("notifier", "bot"):
        gumshoe.parts[name].stop()
        gumshoe.start(name)
    gumshoe.store.desk.again(scan_id)
    assert_told_once(gumshoe, ended(gumshoe, scan_id), channel=channel)
