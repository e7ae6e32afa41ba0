"""Every process of ours is killed, frozen or stopped in the middle of a scan: it still ends once."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
import redis

from tests.faults.breaking import ask, asked, assert_told_once, ended, freeze, publish, replace_part, slots, thread_of
from tests.running import Gumshoe, buttons_of
from tests.servers import Redis, Sandbox, Sources, until

BOTH = "example.org collectors=crtsh,whois fresh"
ONE = "example.org collectors=crtsh fresh"
CERTIFICATES = "crt.sh"


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis of these tests alone."""
    with Redis(tmp_path_factory.mktemp("queue")) as server:
        yield server


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, queue: Redis, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("system"), queue, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace, whatever the test before killed started again."""
    system.start_over()
    for name in [name for name, part in system.parts.items() if part.process.poll() is not None]:
        system.start(name)
    return system


@pytest.mark.fault("The worker is killed in the middle of a collector", keeps=("lost", "twice"))
def test_a_killed_worker_costs_one_more_question_and_nothing_else(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="hang", times=1)
    scan_id = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    until("the registry's answer to be told", lambda: "reply/1/whois" in slots(gumshoe, scan_id))
    replace_part(gumshoe, "worker")

    scan = ended(gumshoe, scan_id)
    assert {run.collector: (str(run.outcome), run.attempt) for run in scan.runs} == {
        "crtsh": ("found", 2),
        "whois": ("found", 1),
    }
    assert_told_once(gumshoe, scan)
    paths = [each["path"] for each in gumshoe.sources.asked("rdap") if each["protocol"] == "http"]
    assert len(paths) == len(set(paths)), "a closed run was asked again"


@pytest.mark.fault("A run kills its worker twice", keeps=("lost", "twice", "honest"))
def test_a_run_that_kills_its_worker_twice_is_closed_as_failed(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="hang")
    scan_id = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    replace_part(gumshoe, "worker")
    asked(gumshoe, CERTIFICATES, times=2)
    until("the other to be found", lambda: "found" in {run.outcome for run in gumshoe.store.scans.get(scan_id).runs})
    replace_part(gumshoe, "worker")

    scan = ended(gumshoe, scan_id)
    lost = next(run for run in scan.runs if run.collector == "crtsh")
    assert (str(lost.outcome), lost.reason) == ("failed", "worker_lost")
    assert "lost twice" in lost.message
    assert "found" in {str(run.outcome) for run in scan.runs}
    assert_told_once(gumshoe, scan)
    assert "rerun_failed" in buttons_of(thread_of(gumshoe, scan_id)[0])
    assert len(gumshoe.sources.asked(CERTIFICATES)) == 2


@pytest.mark.fault("The bot is killed and started again", keeps=("lost", "twice"))
def test_a_bot_that_restarts_does_not_disturb_the_scan(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=3)
    scan_id = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    replace_part(gumshoe, "bot")

    scan = ended(gumshoe, scan_id)
    assert_told_once(gumshoe, scan)
    gumshoe.click("rerun", thread_of(gumshoe, scan_id)[0])  # a button made before the restart
    assert_told_once(gumshoe, ended(gumshoe, scan_id, number=2))


@pytest.mark.fault("The worker gets SIGTERM in the middle of a collector", keeps=("lost", "twice"))
def test_a_worker_told_to_stop_gives_its_runs_back(gumshoe: Gumshoe, queue: Redis) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="hang", times=1)
    scan_id = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    assert gumshoe.parts["worker"].stop() == 0
    states = {run.collector: (str(run.state), run.attempt) for run in gumshoe.store.scans.get(scan_id).runs}
    assert states["crtsh"] == ("queued", 0), "a run given back is not an attempt"
    with redis.Redis.from_url(queue.url) as client:
        assert client.llen("scan"), "the stopping worker hands over itself: nobody has to find out"
    gumshoe.start("worker")

    scan = ended(gumshoe, scan_id)
    assert {run.attempt for run in scan.runs} == {1}
    assert {str(run.outcome) for run in scan.runs} == {"found"}
    assert_told_once(gumshoe, scan)


@pytest.mark.fault("The worker is frozen past its lease and thaws", keeps=("lost", "twice"))
def test_a_worker_frozen_past_its_lease_finds_its_late_answer_refused(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2, times=1)
    scan_id = ask(gumshoe, ONE)
    asked(gumshoe, CERTIFICATES)
    frozen = gumshoe.parts["frozen"] = gumshoe.parts["worker"]
    freeze(gumshoe, frozen)
    gumshoe.start("worker")
    scan = ended(gumshoe, scan_id)
    (run,) = scan.runs
    assert (str(run.outcome), run.attempt) == ("found", 2)

    frozen.signal(signal.SIGCONT)
    until(
        "the frozen worker to see that it lost the run",
        lambda: "late result" in (out := frozen.output()) or "run stopped" in out,
    )
    assert gumshoe.parts.pop("frozen").stop() == 0
    assert gumshoe.store.runs.get(run.id).closed_at == run.closed_at
    assert_told_once(gumshoe, ended(gumshoe, scan_id))


@pytest.mark.fault("The same task is delivered five times at once", keeps=("twice",))
def test_the_same_task_five_times_at_once_is_one_scan(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2)
    scan_id = ask(gumshoe, ONE)
    asked(gumshoe, CERTIFICATES)
    for task in ("tasks.scan.run", "tasks.report.deliver"):
        publish(gumshoe, task, scan_id, times=5)
    scan = ended(gumshoe, scan_id)
    for task in ("tasks.scan.run", "tasks.report.deliver"):
        publish(gumshoe, task, scan_id, times=5)
    ended(gumshoe, ask(gumshoe, "example.com collectors=whois"))  # behind them in the same queues

    paths = [each["path"] for each in gumshoe.sources.asked(CERTIFICATES)]
    assert len(paths) == len(set(paths))
    assert {run.attempt for run in scan.runs} == {1}
    assert_told_once(gumshoe, scan)


@pytest.mark.fault("Beat is killed", keeps=("lost",))
def test_without_beat_scans_still_end(gumshoe: Gumshoe) -> None:
    gumshoe.parts["beat"].kill()
    scan_id = ask(gumshoe, BOTH)
    scan = ended(gumshoe, scan_id)
    assert_told_once(gumshoe, scan)


@pytest.mark.fault("Redis loses a queued task", keeps=("lost", "twice"))
def test_a_task_that_redis_lost_is_sent_again(gumshoe: Gumshoe, queue: Redis) -> None:
    # Redis hands a message to a waiting worker before the worker's books know of it; a power cut there takes both.
    gumshoe.parts["worker"].kill()
    scan_id = ask(gumshoe, "example.org collectors=whois fresh")
    with redis.Redis.from_url(queue.url) as client:
        until("the task to wait", lambda: client.llen("scan"))
        assert client.delete("scan")
    gumshoe.start("worker")
    scan = ended(gumshoe, scan_id)
    assert {run.attempt for run in scan.runs} == {1}
    assert_told_once(gumshoe, scan)


@pytest.mark.fault("A scan is cancelled while its worker is dead", keeps=("lost", "twice", "honest"))
def test_a_scan_cancelled_while_its_worker_is_dead_ends_as_cancelled(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="hang")
    scan_id = ask(gumshoe, ONE)
    asked(gumshoe, CERTIFICATES)
    parent = until("the thread to open", lambda: thread_of(gumshoe, scan_id))[0]
    gumshoe.parts["worker"].kill()
    gumshoe.click("cancel", parent)

    scan = ended(gumshoe, scan_id)
    assert str(scan.status) == "cancelled"
    assert [(str(run.outcome), run.attempt) for run in scan.runs] == [("cancelled", 1)]
    assert_told_once(gumshoe, scan)
    assert "cancel" not in buttons_of(thread_of(gumshoe, scan_id)[0])
