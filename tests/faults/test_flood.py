"""Fifty people ask five hundred times in twenty channels: everybody is answered, and what was promised is done once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from core.store import Store
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

PEOPLE, CHANNELS, EACH = 50, 20, 10
RATE = 8  # scans a person may start in a minute: the last questions of each are refused
LASTS = 30.0  # seconds in which all are asked: twice as fast as five hundred in a minute
MOST_GROWTH = 150_000  # kB a process may grow by
PARTS = ("bot", "worker", "notifier", "beat")


STARTED = "Started: example[.]org."


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    folder = tmp_path_factory.mktemp("system")
    with (
        Sandbox() as sandbox,
        Gumshoe(folder, redis_server, sandbox, sources, USER_SCANS_PER_MINUTE=str(RATE), SLACK_PACE="1") as running,
    ):
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe, redis_server: Redis) -> Gumshoe:
    """The running system before an empty workspace that holds us to Slack's published limits."""
    system.start_over()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()  # also our own count of what Slack allows: the workspace begins its own anew
    system.sandbox.post("settings", enforce_tiers=True)
    return system


def crowd(gumshoe: Gumshoe) -> tuple[list[str], list[str]]:
    told = gumshoe.sandbox.post("crowd", people=PEOPLE, channels=CHANNELS)
    return told["people"], told["channels"]


def question(number: int) -> str:
    """The same for two people in a row; names, addresses and networks in turn."""
    one = number // 2
    targets = (f"host{one}.example.org", f"192.0.2.{one % 250 + 1}", f"host{one}.example.com")
    return f"{targets[one % 3]} collectors={('whois', 'dns')[one % 3 != 1]}"


def memory(gumshoe: Gumshoe) -> dict[str, int]:
    """What each process of ours holds, in kB."""
    found = {}
    for name in PARTS:
        status = Path(f"/proc/{gumshoe.parts[name].process.pid}/status").read_text(encoding="ascii")
        found[name] = int(status.split("VmRSS:")[1].split()[0])
    return found


def asked_at_pace(gumshoe: Gumshoe, lasts: float) -> list[tuple[str, dict[str, Any]]]:
    """All that the crowd types, spread evenly over this time; each answer with who got it."""
    people, channels = crowd(gumshoe)
    began = time.monotonic()

    def type_it(number: int) -> tuple[str, dict[str, Any]]:
        user, at = people[number % PEOPLE], began + lasts * number / (PEOPLE * EACH)
        until("its moment", lambda: time.monotonic() >= at, within=2 * lasts + 10, every=0.02)
        return user, gumshoe.sandbox.command(question(number), user=user, channel=channels[number % CHANNELS])

    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(type_it, range(PEOPLE * EACH)))


def unended(store: Store) -> int:
    return len(store.scans.recent("T0SANDBOX", only_open=True, limit=1000))


@pytest.mark.fault(
    "Fifty people ask five hundred times within half a minute", keeps=("lost", "twice", "answer", "honest", "bounds")
)
def test_a_flood_is_answered_in_time_and_every_accepted_scan_ends_once(gumshoe: Gumshoe) -> None:
    before = memory(gumshoe)
    answers = asked_at_pace(gumshoe, LASTS)

    assert {answer["status"] for _, answer in answers} == {"ok"}
    assert max(answer["ack_ms"] for _, answer in answers) < 3000
    said = Counter(kind_of(answer["ephemeral"]["text"]) for _, answer in answers)
    assert said == {"started": PEOPLE * RATE, "refused": PEOPLE * (EACH - RATE)}
    started = Counter(user for user, answer in answers if kind_of(answer["ephemeral"]["text"]) == "started")
    assert set(started.values()) == {RATE}

    warned = [answer for _, answer in answers if "threads wait to be posted" in str(answer["ephemeral"]["blocks"])]
    assert len(warned) > len(answers) / 4, "threads lag, and nobody is told"

    until("every scan to end", lambda: not unended(gumshoe.store), within=120, every=0.5)
    scans = gumshoe.scans()
    assert len(scans) == PEOPLE * RATE
    assert {(str(run.state), run.attempt) for scan in scans for run in scan.runs} <= {("closed", 1), ("closed", 0)}
    refused = [call for call in gumshoe.sandbox.calls() if call["error"] == "ratelimited"]
    assert refused == [], "Slack's published limits were met before Slack had to say so"
    said_twice = {slot: times for slot, times in posted(gumshoe).items() if times > 1}
    assert said_twice == {}
    grown = {name: now - before[name] for name, now in memory(gumshoe).items()}
    assert max(grown.values()) < MOST_GROWTH, grown


def posted(gumshoe: Gumshoe) -> Counter[str]:
    """How often each slot was posted so far, in all channels."""
    calls = [call for call in gumshoe.sandbox.calls("chat.postMessage") if call["ok"]]
    return Counter(call["args"]["metadata"]["event_payload"]["slot"] for call in calls)


def kind_of(text: str) -> str:
    if text.startswith("Started"):
        return "started"
    # A slow machine's SQLite may not be written in time what was refused: then that is said, and nothing is started.
    too_many = f"You started {RATE} scans in the last minute; {RATE} are allowed."
    return "refused" if too_many in text or text == "The database does not answer. Try again in a minute." else text


@pytest.mark.fault("Fifty people ask in the same second", keeps=("lost", "twice", "answer"))
def test_a_burst_of_fifty_is_answered_in_time_and_is_one_question_to_the_source(gumshoe: Gumshoe) -> None:
    people, channels = crowd(gumshoe)

    def type_it(number: int) -> dict[str, Any]:
        user, channel = people[number], channels[number % CHANNELS]
        return gumshoe.sandbox.command("example.org collectors=whois", user=user, channel=channel)

    answers = gumshoe.at_once(type_it, times=PEOPLE)
    said = Counter((each["status"], each["ephemeral"]["text"]) for each in answers)
    # A slow machine may not learn in time who all these people are: then it says so, and starts nothing.
    assert set(said) <= {("ok", STARTED), ("ok", "Slack did not tell me in time who you are. Try again.")}
    assert said["ok", STARTED] >= PEOPLE / 2
    assert max(each["ack_ms"] for each in answers) < 3000
    until("every scan to end", lambda: not unended(gumshoe.store), within=60, every=0.2)
    assert len(gumshoe.scans()) == said["ok", STARTED]
    assert len({each["path"] for each in gumshoe.sources.asked("rdap")}) == len(gumshoe.sources.asked("rdap"))
    until("threads to be posted", lambda: len(posted(gumshoe)) >= said["ok", STARTED] / 2)
    assert set(posted(gumshoe).values()) == {1}
