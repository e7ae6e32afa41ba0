"""Budgets and runs that wait for them, while workers are killed and Redis forgets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from core.models import Outcome, RunState
from tests.faults.breaking import ask, asked, assert_told_once, ended, thread_of
from tests.running import Gumshoe
from tests.servers import Part, Redis, Sandbox, Sources, until

CERTIFICATES = "crt.sh"
SPOTTER = "api.certspotter.com"
FIVE = 5


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("queue"), persistent=False) as server:
        yield server


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, queue: Redis, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("system"), queue, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe, queue: Redis) -> Gumshoe:
    system.start_over()
    for name in [name for name, part in system.parts.items() if part.process.poll() is not None]:
        system.start(name)
    return system


def busy(gumshoe: Gumshoe, *, retry_after: int, times: int = 0) -> None:
    """Both sources of certificates ask to be left alone for a fiftieth of so many seconds, as pauses are scaled."""
    for host in (CERTIFICATES, SPOTTER):
        gumshoe.sources.behave(kind="status", host=host, status=429, retry_after=retry_after, times=times)


def waiting(gumshoe: Gumshoe, scan_id: str) -> bool:
    """The run waits for its source, and the thread says so."""
    (run,) = gumshoe.store.scans.get(scan_id).runs
    return run.state is RunState.QUEUED and run.after is not None and "waiting, as" in str(thread_of(gumshoe, scan_id))


@pytest.mark.fault("The worker is killed and Redis forgets everything while a run waits for its source to have room",
                   keeps=("lost", "twice"))  # fmt: skip
def test_a_run_that_waits_survives_its_worker_and_redis(gumshoe: Gumshoe, queue: Redis) -> None:
    busy(gumshoe, retry_after=200, times=1)
    scan_id = ask(gumshoe, "example.org collectors=crtsh fresh")
    until("the run to wait and the thread to say so", lambda: waiting(gumshoe, scan_id))
    gumshoe.parts["worker"].kill()
    with redis.Redis.from_url(queue.url) as client:
        assert client.flushall()
    gumshoe.start("worker")
    scan = ended(gumshoe, scan_id)
    assert [(run.outcome, run.attempt) for run in scan.runs] == [(Outcome.FOUND, 1)]
    assert len(gumshoe.sources.asked(CERTIFICATES)) == 2
    assert_told_once(gumshoe, scan)


@pytest.mark.fault("A scan is cancelled while its run waits for its source to have room", keeps=("lost", "twice"))
def test_a_run_that_waits_can_be_stopped(gumshoe: Gumshoe) -> None:
    busy(gumshoe, retry_after=100)
    scan_id = ask(gumshoe, "example.org collectors=crtsh fresh")
    until("the run to wait", lambda: gumshoe.store.scans.get(scan_id).runs[0].after is not None)
    asked(gumshoe, CERTIFICATES)
    gumshoe.sandbox.command("cancel")
    scan = ended(gumshoe, scan_id)
    assert [run.outcome for run in scan.runs] == [Outcome.CANCELLED]
    assert_told_once(gumshoe, scan)


@pytest.mark.fault("A source asks to be left alone for longer than anybody waits", keeps=("honest",))
def test_a_run_whose_source_stays_busy_ends_with_the_time(gumshoe: Gumshoe) -> None:
    busy(gumshoe, retry_after=1000)
    scan = ended(gumshoe, ask(gumshoe, "example.org collectors=crtsh fresh"))
    (run,) = scan.runs
    assert (run.outcome, run.reason) == (Outcome.FAILED, "rate_limited")
    assert "may be asked again in 16 min" in run.message
    assert len(gumshoe.sources.asked(CERTIFICATES)) == 1
    assert_told_once(gumshoe, scan)


def lines(parts: list[Part], word: str) -> int:
    return sum(part.output().split().count(word) for part in parts)


@pytest.mark.fault("Workers that share a month's budget are killed, and Redis forgets it in the middle",
                   keeps=("bounds",))  # fmt: skip
def test_workers_that_share_five_questions_ask_five_in_all(tmp_path: Path, queue: Redis) -> None:
    words = [sys.executable, "-m", "tests.faults.spender", queue.url]
    with ExitStack() as undo, redis.Redis.from_url(queue.url) as client:
        client.flushall()
        first = [Part(f"spender-{n}", [*words, str(FIVE), "1", "0"], tmp_path) for n in range(2)]
        for part in first:
            undo.callback(part.kill)
            until("a worker to ask once", lambda: lines([part], "done"))  # noqa: B023  waited for within the loop
        assert lines(first, "asked") == 2
        lasting = [Part(f"lasting-{n}", [*words, str(FIVE), "400", "0.05"], tmp_path) for n in range(3)]
        for part in lasting:
            undo.callback(part.kill)
        until("the budget to be used up for all", lambda: all(lines([part], "refused") >= 3 for part in lasting))
        assert lines([*first, *lasting], "asked") == FIVE
        lasting[0].kill()
        client.flushall()
        told = lines(lasting, "refused")
        until("the others to go on", lambda: lines(lasting, "refused") >= told + 6)
        assert lines([*first, *lasting], "asked") == FIVE
