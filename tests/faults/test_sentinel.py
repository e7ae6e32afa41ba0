"""The master dies, freezes or is replaced in the middle of scans: the other one takes over, and nobody restarts us."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.faults.breaking import ask, asked, assert_told_once, ended
from tests.faults.sentinels import MASTER, Redundant
from tests.running import Gumshoe
from tests.servers import Sandbox, Sources, until

BOTH = "example.org collectors=crtsh,whois fresh"
QUICK = "example.com collectors=whois"
CERTIFICATES = "crt.sh"
ELSEWHERE = "C0CASE17"  # Slack lets one channel have a message a second


@pytest.fixture(scope="module")
def redundant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redundant]:
    with Redundant(tmp_path_factory.mktemp("sentinels")) as servers:
        yield servers


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, redundant: Redundant, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("system"), redundant, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe, redundant: Redundant) -> Gumshoe:
    """The running system before an empty workspace, over a master and the replica that follows it."""
    until("a master and a replica", redundant.whole, within=60)
    system.start_over()
    return system


def in_flight(gumshoe: Gumshoe) -> list[str]:
    """A scan whose worker waits for a slow source, and one that is being told."""
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2)
    waits = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    return [waits, ask(gumshoe, "192.0.2.10 collectors=whois", channel=ELSEWHERE)]


def assert_refused(gumshoe: Gumshoe) -> None:
    """A command is answered in time, the answer says why and what to do, and nothing is started."""
    before = len(gumshoe.scans())
    answer = gumshoe.sandbox.command(QUICK, user="U0BOB")
    assert answer["status"] == "ok", answer
    text = answer["ephemeral"]["text"]
    assert "does not answer" in text or "has no master at this moment" in text
    assert "Try again in a minute" in text
    assert len(gumshoe.scans()) == before


def assert_healed(gumshoe: Gumshoe, *ids: str) -> None:
    """These scans end once, all found at the first attempt, and are told once; so does a new one; the very same
    processes live."""
    after = until("a command to be taken again", lambda: taken(gumshoe), within=60)
    for scan_id in (*ids, after):
        scan = ended(gumshoe, scan_id)
        assert {(str(run.outcome), run.attempt) for run in scan.runs} == {("found", 1)}
        assert_told_once(gumshoe, scan, channel=scan.place.channel)
    paths = [each["path"] for each in gumshoe.sources.asked(CERTIFICATES)]
    assert len(paths) == len(set(paths)), "a source was asked the same twice"
    assert {part.process.poll() for part in gumshoe.parts.values()} == {None}, "a part ended with Redis"


def taken(gumshoe: Gumshoe) -> str:
    """Ask; the new scan's id once we are not refused."""
    before = {scan.id for scan in gumshoe.scans()}
    answer = gumshoe.sandbox.command(QUICK, user="U0BOB")
    assert answer["status"] == "ok", answer
    return next((scan.id for scan in gumshoe.scans() if scan.id not in before), "")


@pytest.mark.fault("The master of a Redis with Sentinels is killed during scans", keeps=("lost", "twice", "answer"))
def test_a_master_that_is_killed_is_replaced_and_no_scan_is_lost(gumshoe: Gumshoe, redundant: Redundant) -> None:
    ids, old = in_flight(gumshoe), redundant.master
    redundant.servers[old].kill()
    assert_refused(gumshoe)
    until("another master", lambda: redundant.master != old)
    assert_healed(gumshoe, *ids)

    redundant.start(old)  # it does not know yet that it is not the master any more
    until("the old master to follow the new one", redundant.whole, within=60)
    assert redundant.role(old) == "slave"


@pytest.mark.fault(
    "The machine of a master freezes with a Sentinel on it, and thaws when there is another master",
    keeps=("lost", "twice", "answer"),
)
def test_a_master_that_freezes_with_a_sentinel_is_replaced_and_follows_when_it_thaws(
    gumshoe: Gumshoe, redundant: Redundant
) -> None:
    ids, old = in_flight(gumshoe), redundant.master
    machine = [redundant.servers[old], redundant.sentinels[redundant.sentinel_ports[0]]]
    for part in machine:
        part.signal(signal.SIGSTOP)
    assert_refused(gumshoe)
    until("the other one to be master", lambda: redundant.role(redundant.other_than(old)) == "master")
    assert_healed(gumshoe, *ids)

    for part in machine:
        part.signal(signal.SIGCONT)
    assert_healed(gumshoe)  # while the thawed one still takes itself for the master
    until("the old master to follow the new one", redundant.whole, within=60)
    assert redundant.role(old) == "slave"


@pytest.mark.fault("Sentinel makes the replica the master while both live", keeps=("lost", "twice", "answer"))
def test_a_master_that_becomes_a_replica_under_us_is_left(gumshoe: Gumshoe, redundant: Redundant) -> None:
    ids, old = in_flight(gumshoe), redundant.master
    redundant.ask_sentinel("SENTINEL", "FAILOVER", MASTER)
    until("another master", lambda: redundant.master != old)
    until("the old one to take no writes", lambda: redundant.role(old) == "slave", within=60)
    assert_healed(gumshoe, *ids)
