"""Every method of Slack's Web API that we call is throttled, broken or silent: each call says what is true then."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest
import redis

from core.blocks import Attachment, Message
from core.errors import AmbiguousPost, SlackDown, SlackError, Throttled
from core.pace import LocalPace, Scaled
from core.slack import Slack
from tests.faults.breaking import ask, asked, assert_told_once, called, ended, publish, slot_of, slots, thread_of
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

CHANNEL = "C0GENERAL"
HELLO = Message("Hello", ({"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}},))
FILE = Attachment("dns.json", "All of DNS", b"{}")
HOME = {"type": "home", "blocks": list(HELLO.blocks)}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Scan"}, "blocks": list(HELLO.blocks)}
BROKEN = ("500", "503", "not_json", "not_object", "words", "cut_before", "cut_after")
BARE = {"chat.postMessage", "conversations.history", "conversations.replies", "files.getUploadURLExternal"}
BARE |= {"users.info", "auth.test"}  # where an answer without its fields is no answer
NO_BODY = {"upload", "response_url"}  # these answer with a status alone
TRACES = {"chat.postMessage", "chat.postEphemeral", "files.completeUploadExternal", "response_url"}
ACTS: dict[str, Callable[[Slack, str, str], Awaitable[object]]] = {  # method: a call of it, given a ts and a URL
    "chat.postMessage": lambda slack, ts, url: slack.post(CHANNEL, HELLO, slot="abcdefgh/parent"),
    "chat.update": lambda slack, ts, url: slack.edit(CHANNEL, ts, HELLO, patient=True),
    "chat.delete": lambda slack, ts, url: slack.withdraw(CHANNEL, ts),
    "chat.postEphemeral": lambda slack, ts, url: slack.whisper(CHANNEL, "U0ADA", HELLO),
    "conversations.history": lambda slack, ts, url: slack.find(CHANNEL, "abcdefgh/parent"),
    "conversations.replies": lambda slack, ts, url: slack.find(CHANNEL, "abcdefgh/reply", thread_ts=ts),
    "files.getUploadURLExternal": lambda slack, ts, url: slack.lay_down(FILE),
    "upload": lambda slack, ts, url: slack.lay_down(FILE),
    "files.completeUploadExternal": lambda slack, ts, url: slack.share(CHANNEL, "F1", "DNS", thread_ts=ts),
    "users.info": lambda slack, ts, url: slack.person("U0ADA"),
    "auth.test": lambda slack, ts, url: slack.whoami(),
    "views.open": lambda slack, ts, url: slack.open_view("1.2.t", MODAL),
    "views.publish": lambda slack, ts, url: slack.publish_home("U0ADA", HOME),
    "response_url": lambda slack, ts, url: slack.answer(url, HELLO),
}
BOTH = "example.org collectors=crtsh,whois fresh"
IN_FLIGHT = 0.7  # seconds after a 429 in which calls may arrive that left before anybody read it
QUICK = "example.org collectors=whois fresh"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Iterator[Gumshoe]:
    # A Redis of its own: a pause of an hour would else hold up whoever comes next.
    folder = tmp_path_factory.mktemp("system")
    with Redis(folder / "redis") as redis, Sandbox() as sandbox, Gumshoe(folder, redis, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace."""
    system.start_over()
    return system


@pytest.fixture(scope="module")
def workspace() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


@pytest.fixture
async def slack(workspace: Sandbox) -> AsyncIterator[Slack]:
    """A hasty door to an empty workspace."""
    workspace.post("reset")
    door = door_to(workspace, factor=0.01)
    yield door
    await door.close()


def door_to(workspace: Sandbox, *, factor: float = 1.0) -> Slack:
    """A process's own door, with all budgets unused."""
    pace = Scaled(LocalPace(), factor)
    return Slack(workspace.ready["bot_token"], base_url=workspace.ready["api_url"], pace=pace, timeout=5)


async def trouble(act: Awaitable[object]) -> SlackError:
    with pytest.raises(SlackError) as raised:
        await act
    return raised.value


def response_url(workspace: Sandbox) -> str:
    """Where a click would be answered; under a fault nothing looks whether it was one."""
    return f"{workspace.url}/response/response-1"


def forget_pauses(gumshoe: Gumshoe) -> None:
    """As if their time had passed."""
    with redis.Redis.from_url(gumshoe.env["REDIS_URL"]) as client:
        client.delete(*client.scan_iter("pace:slack:*"))


def sent(gumshoe: Gumshoe, scan_id: str) -> list[str]:
    """The slots of what was sent, as often as it was sent."""
    calls = called(gumshoe, "chat.postMessage", match=f"{scan_id}/")
    keys = [str(each["args"]["metadata"]["event_payload"]["slot"]) for each in calls]
    return [key.removeprefix(f"{scan_id}/") for key in keys]


def refusals(gumshoe: Gumshoe, scan_id: str) -> int:
    """How often this thread was put off."""
    lines = gumshoe.parts["notifier"].output().splitlines()
    return sum("thread not told" in line and scan_id in line for line in lines)


def summary_of(gumshoe: Gumshoe, scan_id: str) -> dict[str, Any]:
    """The first round's summary, whose buttons stay as they are."""
    return next(each for each in thread_of(gumshoe, scan_id) if slot_of(each).endswith("summary/1"))


def assert_pauses_kept(sandbox: Sandbox, seconds: Mapping[str, float]) -> None:
    """After a 429 nobody called that method before its time; each method met one."""
    for method, pause in seconds.items():
        calls = sandbox.calls(method)
        (refused,) = [each["at"] for each in calls if each["fault"] == "429"]
        later = [each["at"] - refused for each in calls if each["at"] > refused]
        assert later, f"{method} was never called again"
        early = [after for after in later if IN_FLIGHT < after < pause]
        assert not early, f"{method} was called too early: {early}"


@pytest.mark.fault(
    "Any method answers 500, no JSON, no object, nothing it should, or is cut off", keeps=("lost", "twice")
)
@pytest.mark.parametrize("method", ACTS)
async def test_each_broken_call_says_whether_something_may_have_been_stored(
    workspace: Sandbox, slack: Slack, method: str
) -> None:
    posted = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    expected = AmbiguousPost if method in TRACES else SlackDown
    kinds = [kind for kind in BROKEN if method not in NO_BODY or not kind.startswith(("not_", "words"))]
    for kind in [*kinds, *(["ok_only"] if method in BARE else [])]:
        workspace.fault(method, kind)
        error = await trouble(ACTS[method](slack, posted.ts, response_url(workspace)))
        assert type(error) is expected, kind


@pytest.mark.fault("A 429 to any method: with a pause, without, with nonsense, with an hour", keeps=("bounds",))
@pytest.mark.parametrize("method", ACTS)
async def test_no_method_is_called_before_the_pause_it_was_given_is_over(
    workspace: Sandbox, slack: Slack, method: str
) -> None:
    posted = await slack.post(CHANNEL, HELLO, slot="abcdefgh/parent")
    act = ACTS[method]
    workspace.fault(method, "429", retry_after="0")
    error = await trouble(act(slack, posted.ts, response_url(workspace)))
    assert isinstance(error, Throttled)
    assert error.retry_after == 0
    for given, pause in (("3600", 3600), ("", 5), ("soon", 5)):
        door = door_to(workspace)
        workspace.fault(method, "429", retry_after=given)
        error = await trouble(act(door, posted.ts, response_url(workspace)))
        assert isinstance(error, Throttled), given
        assert error.retry_after == pause
        before = len(workspace.calls(method))
        if pause > 60:  # a pause that is waited out is looked at with the whole system below
            assert isinstance(await trouble(act(door, posted.ts, response_url(workspace))), Throttled)
        assert len(workspace.calls(method)) == before
        await door.close()


@pytest.mark.fault("Slack tells nothing of somebody who asks, or of us", keeps=("in",))
async def test_nobody_passes_by_an_answer_that_tells_nothing(workspace: Sandbox, slack: Slack) -> None:
    for method in ("users.info", "auth.test"):
        for kind in ("ok_only", "not_object", "words"):
            workspace.fault(method, kind)
            assert type(await trouble(ACTS[method](slack, "", ""))) is SlackDown


@pytest.mark.fault("429 at every step of a thread, with two notifiers at once", keeps=("lost", "twice", "bounds"))
def test_a_thread_throttled_at_every_step_keeps_every_pause_and_says_everything_once(gumshoe: Gumshoe) -> None:
    pauses = {"chat.postMessage": 2, "chat.update": 3, "conversations.history": 2, "conversations.replies": 2}
    pauses |= {"files.getUploadURLExternal": 2, "upload": 2, "files.completeUploadExternal": 2}
    gumshoe.parts["other"] = gumshoe.parts.pop("notifier")
    gumshoe.start("notifier")
    gumshoe.sandbox.fault("chat.postMessage", "cut_after", match="/parent")
    gumshoe.sandbox.fault("chat.postMessage", "cut_after", match="/reply/1/dns")
    for method, pause in pauses.items():
        gumshoe.sandbox.fault(method, "429", retry_after=pause)
    ids = [ask(gumshoe, f"{target} collectors=dns") for target in ("example.com", "example.org", "example.net")]
    for scan_id in ids:
        assert_told_once(gumshoe, ended(gumshoe, scan_id))
    assert_pauses_kept(gumshoe.sandbox, pauses)
    assert not [each for each in thread_of(gumshoe, ids[0]) if "Delayed by Slack" in str(each.get("blocks"))]
    gumshoe.parts.pop("other").kill()


@pytest.mark.fault("429 to whatever answers a person: receipts, forms, clicks, the Home tab", keeps=("lost", "twice"))
def test_a_person_whose_answer_is_throttled_gets_it_once(gumshoe: Gumshoe) -> None:
    scan_id = ask(gumshoe, QUICK)
    ended(gumshoe, scan_id)
    for method in ("chat.postEphemeral", "views.open", "views.publish", "response_url"):
        gumshoe.sandbox.fault(method, "429", retry_after=2)

    gumshoe.sandbox.post("home", user="U0ADA")
    until("the home to be shown", lambda: gumshoe.sandbox.get("home", user="U0ADA"))
    for _ in range(2):  # the second is told that the first opened the round
        gumshoe.click("rerun", summary_of(gumshoe, scan_id))
    until("the click to be answered", lambda: "already run this" in str(gumshoe.whispers("U0ADA")))
    gumshoe.sandbox.post("message", user="U0ADA", channel=CHANNEL, text="<@U0GUMSHOE> help")
    until("the mention to be answered", lambda: "How to use" in str(gumshoe.direct("U0ADA")))
    gumshoe.sandbox.post("shortcut", user="U0ADA", callback_id="scan_anything")
    until(
        "the form to be missed", lambda: "did not open" in str([*gumshoe.whispers("U0ADA"), *gumshoe.direct("U0ADA")])
    )
    ended(gumshoe, scan_id, number=2)
    assert_pauses_kept(gumshoe.sandbox, {"views.publish": 2, "response_url": 2})
    assert Counter(each["fault"] for each in gumshoe.sandbox.calls("chat.postEphemeral"))["429"] == 1


@pytest.mark.fault("The answer to a click is cut off after Slack stored it", keeps=("twice",))
def test_an_answer_to_a_click_that_was_cut_off_stands_once(gumshoe: Gumshoe) -> None:
    scan_id = ask(gumshoe, QUICK)
    ended(gumshoe, scan_id)
    old = summary_of(gumshoe, scan_id)
    gumshoe.click("rerun", old)
    ended(gumshoe, scan_id, number=2)
    before = len(gumshoe.whispers("U0ADA"))
    gumshoe.sandbox.fault("response_url", "cut_after")
    gumshoe.click("rerun", old)
    until("the click to be answered", lambda: gumshoe.sandbox.calls("response_url"))
    gumshoe.click("rerun", old)
    until("the second to be answered", lambda: len(gumshoe.sandbox.calls("response_url")) == 2)
    assert len(gumshoe.whispers("U0ADA")) == before + 2
    assert gumshoe.direct("U0ADA") == []


@pytest.mark.fault("Slack asks for an hour's pause", keeps=("lost", "twice", "honest"))
def test_an_hours_pause_is_said_in_the_thread_or_to_the_asker_and_everything_follows(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=2)
    scan_id = ask(gumshoe, BOTH)
    until("the first reply", lambda: "reply/1/whois" in slots(gumshoe, scan_id))
    gumshoe.sandbox.fault("chat.postMessage", "429", retry_after=3600)
    until("the thread to say so", lambda: "Delayed by Slack" in str(thread_of(gumshoe, scan_id)[0]["blocks"]))
    until("it to be put off", lambda: refusals(gumshoe, scan_id))
    before = refusals(gumshoe, scan_id)
    publish(gumshoe, "tasks.report.deliver", scan_id)  # a late hint meets the same pause, which is no longer for it
    until("it to be put off again", lambda: refusals(gumshoe, scan_id) > before)
    later = ask(gumshoe, QUICK, channel="C0CASE17")
    until("the asker to be told", lambda: "make me wait" in str(gumshoe.whispers("U0ADA", "C0CASE17")))
    assert len(called(gumshoe, "chat.postMessage", match=later)) == 0
    assert "wait" in gumshoe.store.scans.get(later).undelivered

    gumshoe.parts["notifier"].kill()  # an hour later: nobody remembers the pause
    forget_pauses(gumshoe)
    gumshoe.start("notifier")
    for each in (scan_id, later):
        gumshoe.store.desk.again(each)
    assert_told_once(gumshoe, ended(gumshoe, scan_id))
    assert_told_once(gumshoe, ended(gumshoe, later), channel="C0CASE17")
    assert "held this thread back by 60 min" in str(thread_of(gumshoe, scan_id)[0]["blocks"])
    assert len(gumshoe.whispers("U0ADA", "C0CASE17")) == 2  # the receipt, and once that it is late


@pytest.mark.fault("A notifier is killed while threads wait for a pause to end", keeps=("lost", "twice"))
def test_messages_that_waited_in_a_killed_notifier_were_never_sent_and_need_no_search(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.fault("chat.postMessage", "429", retry_after=6)
    ids = [ask(gumshoe, QUICK, channel=channel) for channel in (CHANNEL, "C0CASE17", "C0SHARED")]
    until("the pause to begin", lambda: called(gumshoe, "chat.postMessage", fault="429"))
    asked(gumshoe, "example.org")
    gumshoe.parts["notifier"].kill()
    gumshoe.start("notifier")
    for scan_id, channel in zip(ids, (CHANNEL, "C0CASE17", "C0SHARED"), strict=True):
        assert_told_once(gumshoe, ended(gumshoe, scan_id), channel=channel)
    assert_pauses_kept(gumshoe.sandbox, {"chat.postMessage": 6})
    assert gumshoe.sandbox.calls("conversations.history") == []


@pytest.mark.fault(
    "Slack is silent for longer than we wait, and stores the message after that", keeps=("lost", "twice")
)
def test_what_slack_stores_after_we_stopped_listening_is_not_sent_again(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=2)
    for method, match in (
        ("chat.postMessage", "example[.]com"),  # a parent
        ("chat.postMessage", "/reply/1/whois"),  # a reply
        ("chat.update", "example[.]org"),  # mere progress, stored after the end
        ("files.completeUploadExternal", "C0CASE17"),
    ):
        gumshoe.sandbox.fault(method, "slow", seconds=26, match=match)  # we wait for 15
    asks = [("example.com collectors=whois", CHANNEL), ("192.0.2.10 collectors=whois", CHANNEL)]
    asks += [("example.org collectors=crtsh fresh", "C0SHARED"), ("example.net collectors=dns", "C0CASE17")]
    ids = {ask(gumshoe, text, channel=channel): channel for text, channel in asks}
    gumshoe.ended(len(ids), within=110)
    for scan_id, channel in ids.items():
        assert_told_once(gumshoe, gumshoe.store.scans.get(scan_id), channel=channel)
        assert Counter(sent(gumshoe, scan_id)) == Counter(slots(gumshoe, scan_id, channel))
    met = Counter(each["method"] for each in gumshoe.sandbox.calls() if each["fault"] == "slow")
    assert met == {"chat.postMessage": 2, "chat.update": 1, "files.completeUploadExternal": 1}
