"""Clocks are wrong or jump by an hour, of one machine among others or of the only one: nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.breaking import ask, asked, assert_told_once, called, ended
from tests.faults.clocks import HOUR, Clock
from tests.running import Gumshoe
from tests.servers import Postgres, Redis, Sandbox, Sources, until

ONE = "example.org collectors=crtsh fresh"
BOTH = "example.org collectors=crtsh,whois fresh"
CERTIFICATES = "crt.sh"
LEASE = 5.0  # longer than in other tests: faketime slows processes down
WRONG = pytest.mark.parametrize("wrong", [HOUR, -HOUR], ids=["ahead", "behind"])
CLOCKED = ("worker", "notifier", "bot")  # beat sleeps in a way that faketime breaks
ALL = (*CLOCKED, "beat")


class Machines:
    """A system whose parts have clocks: one each, or one for all."""

    def __init__(self, gumshoe: Gumshoe, clocks: dict[str, Clock]) -> None:
        self.gumshoe = gumshoe
        self.clocks = clocks

    def start(self, *names: str) -> None:
        for name in names:
            self.gumshoe.start(name, wait=False, env=self.clocks[name].env if name in self.clocks else None)
        for name in names:
            self.gumshoe.wait_for(name)

    def set(self, seconds: int, *names: str) -> None:
        for name in names or self.clocks:
            self.clocks[name].set(seconds)

    def renew(self) -> Gumshoe:
        """Right clocks, an empty record, and every part runs."""
        self.set(0)
        self.gumshoe.start_over()
        self.gumshoe.sandbox.post("settings", ack_timeout=20.0)  # how soon a bot answers is no matter of clocks
        parts = self.gumshoe.parts
        self.start(*(name for name in ALL if name not in parts or parts[name].process.poll() is not None))
        return self.gumshoe


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources, postgres: Postgres
) -> Iterator[Machines]:
    """Over Postgres: a machine for each part."""
    folder = tmp_path_factory.mktemp("cluster")
    with Sandbox() as sandbox:
        gumshoe = Gumshoe(
            folder, redis_server, sandbox, sources, RUN_LEASE=f"{LEASE:g}", DATABASE_URL=postgres.new_database()
        )
        try:
            yield Machines(gumshoe, {name: Clock(folder) for name in CLOCKED})
        finally:
            gumshoe.__exit__()


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Iterator[Machines]:
    """Over SQLite: one machine for all. With a Redis of its own, or the cluster's worker would take its hints."""
    folder = tmp_path_factory.mktemp("laptop")
    with Sandbox() as sandbox, Redis(tmp_path_factory.mktemp("queue")) as queue:
        gumshoe = Gumshoe(folder, queue, sandbox, sources, RUN_LEASE=f"{LEASE:g}")
        try:
            yield Machines(gumshoe, dict.fromkeys(CLOCKED, Clock(folder)))
        finally:
            gumshoe.__exit__()


@pytest.mark.fault("The worker's clock is an hour off", keeps=("lost", "twice", "honest"))
@WRONG
def test_a_worker_whose_clock_is_wrong_keeps_its_runs_and_is_missed_when_it_dies(cluster: Machines, wrong: int) -> None:
    gumshoe = cluster.renew()
    cluster.set(wrong, "worker")
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=LEASE + 2, times=1)
    first = ended(gumshoe, ask(gumshoe, ONE))
    assert [run.attempt for run in first.runs] == [1]
    assert len(gumshoe.sources.asked(CERTIFICATES)) == 1
    assert_told_once(gumshoe, first)

    gumshoe.sources.behave(host=CERTIFICATES, kind="hang", times=1)
    scan_id = ask(gumshoe, ONE)
    asked(gumshoe, CERTIFICATES, times=2)
    gumshoe.parts["worker"].kill()
    cluster.set(0, "worker")
    cluster.start("worker")
    again = ended(gumshoe, scan_id)
    assert [(str(run.outcome), run.reason, run.attempt) for run in again.runs] == [("found", "", 2)]
    assert_told_once(gumshoe, again)

    cached = ended(gumshoe, ask(gumshoe, ONE.removesuffix(" fresh")))
    (run,) = cached.runs
    assert run.cached
    assert 0 <= (run.closed_at - run.answered_at).total_seconds() < 60  # type: ignore[operator]  # both are set


@pytest.mark.fault("The notifier's clock is an hour ahead, and Slack is broken for a while", keeps=("lost", "twice"))
def test_a_notifier_whose_clock_is_wrong_tells_what_another_put_off(cluster: Machines) -> None:
    gumshoe = cluster.renew()
    cluster.set(HOUR, "notifier")
    gumshoe.sandbox.fault("chat.postMessage", "503", match="/reply/1/whois")
    scan_id = ask(gumshoe, "example.org collectors=whois fresh")
    until("Slack to be broken", lambda: called(gumshoe, "chat.postMessage", fault="503"))
    until("the thread to be put off", lambda: gumshoe.store.scans.get(scan_id).undelivered)
    gumshoe.parts["notifier"].kill()
    cluster.set(0, "notifier")
    cluster.start("notifier")
    assert_told_once(gumshoe, ended(gumshoe, scan_id))


@pytest.mark.fault(
    "The only machine's clock is set ahead or back by an hour in the middle of a scan", keeps=("lost", "twice")
)
def test_a_clock_that_is_set_takes_no_run_from_its_worker_and_hides_no_death(laptop: Machines) -> None:
    gumshoe = laptop.renew()
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=LEASE + 3, times=1)
    scan_id = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    laptop.set(HOUR)
    scan = ended(gumshoe, scan_id)
    assert {run.collector: run.attempt for run in scan.runs} == {"crtsh": 1, "whois": 1}
    assert len(gumshoe.sources.asked(CERTIFICATES)) == 1
    assert all(run.ms is not None and run.ms >= 0 for run in scan.runs)
    assert_told_once(gumshoe, scan)

    gumshoe.sources.behave(host=CERTIFICATES, kind="hang", times=1)
    second = ask(gumshoe, ONE)
    asked(gumshoe, CERTIFICATES, times=2)
    laptop.set(0)  # the mistake is mended: now it goes back by an hour
    gumshoe.parts["worker"].kill()
    laptop.start("worker")
    again = ended(gumshoe, second)
    assert [(str(run.outcome), run.attempt) for run in again.runs] == [("found", 2)]
    assert_told_once(gumshoe, again)
