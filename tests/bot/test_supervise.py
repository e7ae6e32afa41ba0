"""A supervisor starts workers by what waits, starts those anew that end, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.scaling import STARTS
from bot.supervise import GRACE, LONGEST_PAUSE, Fleet, resident
from core.models import Asker, Kind, Place, Priority, Target
from core.settings import load
from core.store import open_store
from tasks import scan as verbs
from tests.servers import Part, Redis, Sources, until

SLEEPS = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
CRASHES = "raise SystemExit(3)"


class Yard:
    """A fleet of small processes, and its clock."""

    def __init__(self, program: str = SLEEPS, *, most_memory: int = 0) -> None:
        self.now = 0.0
        self.program = program
        self.started: list[str] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.fleet = Fleet(self._start, most_memory=most_memory, seconds=lambda: self.now, tag="t")

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        self.started.append(name)
        process = subprocess.Popen([sys.executable, "-c", self.program], stdout=subprocess.PIPE)
        self.processes.append(process)
        return process

    def tend(self, seconds: float = 0.0) -> None:
        self.now += seconds
        self.fleet.tend()

    def gone(self, number: int) -> None:
        """Wait for the end of the process that was started as this one, and let the fleet see it."""
        self.processes[number].wait(10)
        self.fleet.tend()


@pytest.fixture
def yards() -> Iterator[list[Yard]]:
    made: list[Yard] = []
    yield made
    for yard in made:
        for process in yard.processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def test_it_grows_and_shrinks_by_telling_the_newest_to_stop(yards: list[Yard]) -> None:
    yards.append(yard := Yard())
    yard.fleet.resize(3)
    yard.tend()
    assert yard.started == ["scan1-t@%h", "scan2-t@%h", "scan3-t@%h"]
    yard.fleet.resize(1)
    for number in (1, 2):
        yard.gone(number)
    assert [process.poll() for process in yard.processes] == [None, -signal.SIGTERM, -signal.SIGTERM]
    assert yard.fleet.pids == [yard.processes[0].pid]
    yard.fleet.resize(2)
    yard.tend()
    assert yard.started[-1] == "scan4-t@%h", "a name was used twice"


def test_one_that_ends_by_itself_is_started_anew_ever_more_slowly(yards: list[Yard]) -> None:
    yards.append(yard := Yard(CRASHES))
    yard.fleet.resize(1)
    pauses = []
    for number in range(9):
        yard.tend()
        yard.gone(number)
        waited = 0.0
        while len(yard.started) == number + 1:
            yard.tend(0.5)
            waited += 0.5
        pauses.append(waited)
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE


def test_one_that_does_not_stop_is_killed_after_its_grace(yards: list[Yard]) -> None:
    yards.append(yard := Yard(STUBBORN))
    yard.fleet.resize(1)
    yard.tend()
    assert yard.processes[0].stdout is not None
    yard.processes[0].stdout.readline()  # it ignores SIGTERM from here on
    yard.fleet.stop()
    yard.tend(GRACE - 1)
    assert yard.processes[0].poll() is None
    yard.tend(2)
    yard.gone(0)
    assert yard.processes[0].poll() == -signal.SIGKILL
    assert yard.fleet.pids == []


def test_one_that_has_grown_too_large_is_replaced_and_only_one_at_a_time(yards: list[Yard]) -> None:
    yards.append(yard := Yard(most_memory=1))
    yard.fleet.resize(2)
    yard.tend()
    assert resident(os.getpid()) > 1
    yard.tend(STARTS)
    yard.gone(0)
    yard.tend()
    assert yard.started[2] == "scan1-t@%h"
    yard.tend(STARTS - 1)
    assert yard.processes[1].poll() is None
    assert len(yard.started) == 3


def test_real_workers_are_started_for_what_waits_healed_and_stopped(
    tmp_path: Path, redis_server: Redis, sources: Sources
) -> None:
    env = {
        "REDIS_URL": redis_server.url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'record.sqlite3'}",
        "DATA_DIR": str(tmp_path),
        "RUN_LEASE": "3",
        **sources.settings,
        "SOURCES_PACE": "0.001",
    }
    store, settings = open_store(env["DATABASE_URL"]), load(**{name.lower(): value for name, value in env.items()})
    sources.behave(host="crt.sh", kind="slow", seconds=1.5)
    targets = tuple(Target(Kind.DOMAIN, f"s{number}.example.net") for number in range(10))
    wish = verbs.Wish(targets, Asker("U0ADA"), Place(), "test", names=("crtsh",), priority=Priority.BULK)
    ids = [opened.scan.id for opened in verbs.start(store, settings, wish)]

    words = [sys.executable, "-m", "bot", "supervise", "--min", "1", "--max", "2", "--threads", "4"]
    supervisor = Part("supervise", words, tmp_path, env=env)
    try:
        until("two workers to be ready", lambda: supervisor.output().count(" ready.") == 2)
        refused = Part("second", words, tmp_path, env=env)
        assert refused.process.wait(30) == 1
        assert "Another supervisor runs" in refused.output()

        pids = workers_of(supervisor)
        os.kill(pids[0], signal.SIGKILL)
        until("a third to be ready", lambda: supervisor.output().count(" ready.") == 3)

        def swept_to_the_end() -> bool:
            store.overdue.reclaim(lease=3.0)  # as the notifier does, which is not here
            return all(store.scans.get(each).finished_at for each in ids)

        until("all scans to end", swept_to_the_end, within=60)
        assert {str(run.outcome) for each in ids for run in store.scans.get(each).runs} <= {"found", "nothing"}
        pids = workers_of(supervisor)
        assert len(pids) == 2
        assert supervisor.process.poll() is None
        os.kill(supervisor.process.pid, signal.SIGTERM)
        assert supervisor.process.wait(30) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    finally:
        for pid in workers_of(supervisor):
            os.kill(pid, signal.SIGKILL)
        supervisor.kill()
        store.close()


def workers_of(supervisor: Part) -> list[int]:
    """Its children."""
    path = Path(f"/proc/{supervisor.process.pid}/task/{supervisor.process.pid}/children")
    return [int(pid) for pid in path.read_text(encoding="ascii").split()] if path.exists() else []
