"""Slack says no, breaks, or cuts the line in the middle of a thread: nothing is lost and nothing stands twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.breaking import ask, asked, assert_told_once, called, ended, slot_of, slots, thread_of
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

BOTH = "example.org collectors=crtsh,whois fresh"
QUICK = "example.org collectors=whois"
CERTIFICATES = "crt.sh"
HISTORY = ("channels:history", "groups:history")
BROKEN = {  # how a call breaks, and the target in whose thread
    "500": ("example.com", "example[.]com"),
    "not_json": ("example.org", "example[.]org"),
    "cut_before": ("192.0.2.10", "192[.]0[.]2[.]10"),
    "cut_after": ("AS64496", "AS64496"),
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


@pytest.mark.fault("The notifier is killed between sending a message and storing its ts", keeps=("lost", "twice"))
@pytest.mark.parametrize("slot", ["parent", "reply/1/whois", "summary/1"])
def test_a_notifier_killed_between_posting_and_noting_it_finds_its_message_again(gumshoe: Gumshoe, slot: str) -> None:
    # The workspace stores the message only when the notifier that sent it is dead.
    gumshoe.sandbox.fault("chat.postMessage", "slow", seconds=4, match=f"/{slot}")
    scan_id = ask(gumshoe, BOTH)
    until("the message to be sent", lambda: called(gumshoe, "chat.postMessage", match=f"{scan_id}/{slot}"))
    assert gumshoe.store.desk.said(scan_id)[slot].state == "sending"
    gumshoe.parts["notifier"].kill()
    gumshoe.start("notifier")

    assert_told_once(gumshoe, ended(gumshoe, scan_id))
    assert len(called(gumshoe, "chat.postMessage", match=f"{scan_id}/{slot}")) == 1


@pytest.mark.fault("Posting breaks: 500, no JSON, cut before and after it was stored", keeps=("lost", "twice"))
def test_a_thread_that_breaks_at_every_step_says_everything_once(gumshoe: Gumshoe) -> None:
    for kind, (_, shown) in BROKEN.items():
        gumshoe.sandbox.fault("chat.postMessage", kind, times=2, match=shown)
    ids = [ask(gumshoe, f"{target} collectors=whois") for target, _ in BROKEN.values()]
    for scan_id in ids:
        assert_told_once(gumshoe, ended(gumshoe, scan_id))
    met = Counter(each["fault"] for each in gumshoe.sandbox.calls("chat.postMessage") if each["fault"] in BROKEN)
    assert met == dict.fromkeys(BROKEN, 2)


@pytest.mark.fault("A post is cut off where the history scope is missing", keeps=("lost", "honest"))
def test_a_message_that_may_stand_twice_says_so_where_we_may_not_look(gumshoe: Gumshoe) -> None:
    granted = gumshoe.sandbox.get("state")["scopes"]
    gumshoe.sandbox.post("token", scopes=[scope for scope in granted if scope not in HISTORY])
    gumshoe.sandbox.fault("chat.postMessage", "cut_after", match="/reply/1/whois")
    scan_id = ask(gumshoe, QUICK)
    ended(gumshoe, scan_id)
    assert Counter(slots(gumshoe, scan_id)) == {"parent": 1, "reply/1/whois": 2, "summary/1": 1}
    twice = [each for each in thread_of(gumshoe, scan_id) if slot_of(each).endswith("/reply/1/whois")]
    assert ["may stand here twice" in str(each["blocks"]) for each in twice] == [False, True]


@pytest.mark.fault("Slack answers 429 to a post or an edit", keeps=("lost", "twice"))
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_a_thread_that_slack_throttles_waits_as_long_as_it_was_told(gumshoe: Gumshoe, method: str) -> None:
    gumshoe.sandbox.fault(method, "429", retry_after=3)
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=1)
    scan_id = ask(gumshoe, BOTH)
    assert_told_once(gumshoe, ended(gumshoe, scan_id))
    refused, following, *_ = gumshoe.sandbox.calls(method)
    assert refused["fault"] == "429"
    assert following["at"] - refused["at"] >= 3


@pytest.mark.fault("The token is revoked in the middle of a scan", keeps=("lost", "twice", "honest"))
def test_a_revoked_token_is_told_by_status_and_the_answers_are_kept(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2)
    scan_id = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    until("the thread to open", lambda: thread_of(gumshoe, scan_id))
    gumshoe.sandbox.post("token", revoked=True)
    until("the trouble to be noted", lambda: gumshoe.store.scans.get(scan_id).undelivered)
    until("the scan to end", lambda: gumshoe.store.scans.get(scan_id).finished_at)
    told = gumshoe.sandbox.command("status")["ephemeral"]
    assert "no longer accepts my token" in str(told["blocks"])

    gumshoe.sandbox.post("token", revoked=False)
    gumshoe.store.desk.again(scan_id)  # what Post Again does
    assert_told_once(gumshoe, ended(gumshoe, scan_id))


@pytest.mark.fault("The channel is archived in the middle of a scan", keeps=("lost", "twice", "honest"))
def test_a_channel_archived_in_the_middle_is_told_to_the_asker_alone(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2)
    scan_id = ask(gumshoe, BOTH, channel="C0CASE17")
    until("the thread to open", lambda: thread_of(gumshoe, scan_id, "C0CASE17"))
    gumshoe.sandbox.post("channel", id="C0CASE17", is_archived=True)
    until("the scan to end", lambda: gumshoe.store.scans.get(scan_id).finished_at)
    until("the asker to be told", lambda: gumshoe.direct("U0ADA"))
    ended(gumshoe, scan_id)  # everything is said that can be said
    (told,) = gumshoe.direct("U0ADA")
    assert "archived" in told["text"]

    gumshoe.sandbox.post("channel", id="C0CASE17", is_archived=False)
    gumshoe.click("post_again", told, channel=told["channel"])
    until("the summary to be said", lambda: "summary/1" in slots(gumshoe, scan_id, "C0CASE17"))
    assert_told_once(gumshoe, ended(gumshoe, scan_id), channel="C0CASE17")


@pytest.mark.fault("A person deletes the parent message", keeps=("lost", "twice"))
def test_a_deleted_parent_leaves_its_thread_and_gets_no_successor(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=3)
    scan_id = ask(gumshoe, BOTH)
    until("the first reply", lambda: "reply/1/whois" in slots(gumshoe, scan_id))
    gumshoe.sandbox.post("message/delete", channel="C0GENERAL", ts=thread_of(gumshoe, scan_id)[0]["ts"])
    ended(gumshoe, scan_id)
    thread = [each for each in thread_of(gumshoe, scan_id) if not each.get("files")]
    assert [slot_of(each).removeprefix(f"{scan_id}/") for each in thread] == [
        "",  # Slack's words in its place: This message was deleted.
        "reply/1/whois",
        "reply/1/crtsh",
        "summary/1",
    ]
    assert sorted(slots(gumshoe, scan_id)) == ["reply/1/crtsh", "reply/1/whois", "summary/1"]


@pytest.mark.fault("Sharing a file is cut off after Slack stored it", keeps=("lost", "twice"))
def test_a_file_whose_sharing_was_cut_off_stands_once(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.fault("files.completeUploadExternal", "cut_after")
    assert_told_once(gumshoe, ended(gumshoe, ask(gumshoe, "example.com collectors=dns")))
