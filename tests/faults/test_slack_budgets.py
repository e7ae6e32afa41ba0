"""Many scans at once stay inside what Slack allows a workspace, and one crowded channel does not hold up the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from core.blocks import Message
from core.broker import connect
from core.pace import SharedPace
from core.slack import Slack
from tests.faults.breaking import ask, assert_told_once, slot_of
from tests.faults.proxy import Proxy
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources

MINUTE = 60.0
PUBLISHED = {  # calls a minute, as Slack's documentation of each method says
    "chat.postMessage": 300,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "chat.postEphemeral": 100,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "users.info": 100,
    "views.publish": 100,
}
PEOPLE = ["U0ADA", "U0BOB", "U0GUMSHOE"]
NOISY, QUIET = "C0GENERAL", "C0QUIET"
CHANNELS = [f"C0LOAD{number:02}" for number in range(12)]
BOTH = "example.org collectors=crtsh,whois fresh"
QUICK = "example.com collectors=whois fresh"
HELLO = Message("Hello", ({"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}},))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Iterator[Gumshoe]:
    folder = tmp_path_factory.mktemp("system")
    with (
        Redis(folder / "redis") as redis,
        Sandbox() as sandbox,
        Gumshoe(folder, redis, sandbox, sources, SLACK_PACE="1") as running,
    ):
        yield running


SELDOM = 3  # 429s: calls in time that a loaded machine delivers late arrive together


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace that enforces Slack's limits, with two notifiers."""
    system.start_over()
    for channel in (*CHANNELS, QUIET):
        system.sandbox.post("channel", id=channel, members=PEOPLE)
    system.sandbox.post("settings", enforce_tiers=True)
    system.parts["other"] = system.parts.pop("notifier")
    system.start("notifier")
    return system


@pytest.fixture(scope="module")
def workspace() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


def most_in_a_minute(sandbox: Sandbox, method: str) -> int:
    """The most calls of a method in any sliding minute."""
    times = sorted(each["at"] for each in sandbox.calls(method))
    return max((sum(start <= each < start + MINUTE for each in times) for start in times), default=0)


@pytest.mark.fault("Dozens of scans at once in many channels, half of them in one", keeps=("lost", "twice", "bounds"))
def test_a_crowd_of_scans_stays_within_slacks_limits_and_a_quiet_channel_is_served(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=4)
    asks = [(BOTH, channel) for channel in CHANNELS]
    asks += [(f"192.0.2.{number} collectors=whois fresh", NOISY) for number in range(10, 20)]
    gumshoe.at_once(lambda number: gumshoe.sandbox.command(asks[number][0], channel=asks[number][1]), len(asks))
    crowd = {scan.id for scan in gumshoe.scans()}
    late = ask(gumshoe, QUICK, channel=QUIET)
    scans = gumshoe.ended(len(asks) + 1, within=100)
    for scan in scans:
        assert_told_once(gumshoe, scan, channel=scan.place.channel)
    met = [each["method"] for each in gumshoe.sandbox.calls() if each["error"] == "ratelimited"]
    assert len(met) <= SELDOM, f"Slack had to say no too often: {met}"
    counted = {method: most_in_a_minute(gumshoe.sandbox, method) for method in PUBLISHED}
    assert {method: count for method, count in counted.items() if count > PUBLISHED[method]} == {}
    assert late not in crowd
    noisy = {scan.id for scan in scans if scan.place.channel == NOISY}
    sent = [slot_of({"metadata": each["args"]["metadata"]}) for each in gumshoe.sandbox.calls("chat.postMessage")]
    after = sent[sent.index(f"{late}/summary/1") :]
    assert len([slot for slot in after if slot.split("/")[0] in noisy]) > 5, "the noisy channel was done before"


@pytest.fixture
async def doors(
    workspace: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Slack, Slack, Proxy]]:
    """Two processes' doors to a workspace that enforces its limits, over a line to Redis that can be cut."""
    workspace.post("reset")
    workspace.post("settings", enforce_tiers=True)
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(Redis(tmp_path_factory.mktemp("redis"), persistent=False))
        line = stack.enter_context(Proxy(redis.port))
        made = []
        for _ in range(2):
            client = connect(f"redis://127.0.0.1:{line.port}/0", timeout=0.5)
            stack.push_async_callback(client.aclose)
            door = Slack(workspace.ready["bot_token"], base_url=workspace.ready["api_url"], pace=SharedPace(client))
            stack.push_async_callback(door.close)
            made.append(door)
        yield made[0], made[1], line


@pytest.mark.fault("A backlog of edits in one channel, from two processes", keeps=("bounds",))
async def test_an_edit_in_a_quiet_channel_passes_the_backlog_of_a_noisy_one(
    workspace: Sandbox, doors: tuple[Slack, Slack, Proxy]
) -> None:
    one, other, _ = doors
    noisy = await one.post("C0GENERAL", HELLO, slot="abcdefgh/parent")
    quiet = await one.post("C0CASE17", HELLO, slot="hgfedcba/parent")
    backlog = [asyncio.create_task(door.edit("C0GENERAL", noisy.ts, HELLO, patient=True)) for door in (one, other) * 6]
    await asyncio.sleep(0)  # they stand in line
    assert await one.edit("C0CASE17", quiet.ts, HELLO, patient=True)
    assert len([each for each in backlog if not each.done()]) >= 5
    for each in backlog:
        each.cancel()
    await asyncio.gather(*backlog, return_exceptions=True)


@pytest.mark.fault("Redis goes away while calls wait for their turn", keeps=("lost", "bounds"))
async def test_without_redis_each_process_keeps_the_pace_and_the_pauses_it_knows(
    workspace: Sandbox, doors: tuple[Slack, Slack, Proxy]
) -> None:
    one, _, line = doors
    posted = await one.post("C0GENERAL", HELLO, slot="abcdefgh/parent")
    workspace.fault("chat.update", "429", retry_after=3)
    assert await one.edit("C0GENERAL", posted.ts, HELLO, patient=False) is False
    line.mode = "refuse"
    line.cut()
    edits = [one.edit("C0GENERAL", posted.ts, HELLO, patient=True) for _ in range(6)]
    assert all(await asyncio.gather(*edits))
    first, *rest = [each["at"] for each in workspace.calls("chat.update")]
    assert min(rest) - first >= 3
    assert max(Counter(int(each) for each in rest).values()) <= 4
