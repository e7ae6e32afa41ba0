"""A scan meets deliveries, losses, deaths, cancels and re-runs in any order; it ends in a legal state, told once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core import clock
from core.errors import BadQuestion
from core.models import Asker, Finding, Kind, Outcome, Place, RunState, Target
from core.settings import load
from core.store import Overdue, migrate
from tasks import scan as verbs
from tests.core.stores import finding
from tests.faults.breaking import assert_told_once
from tests.faults.mortal import LEASE, Mortals, Question, Worker
from tests.servers import Sandbox

CHANNELS = ("C0GENERAL", "C0CASE17")
TARGETS = ("example.com", "example.org")
COLLECTORS = ("crtsh", "whois")
TROUBLES = ("429", "500", "503", "not_json", "cut_before", "cut_after")
METHODS = ("chat.postMessage", "chat.update")
OUTCOMES = (Outcome.FOUND, Outcome.NOTHING, Outcome.PARTIAL, Outcome.FAILED)
AHEAD = timedelta(minutes=50)  # of Slack's clock, which goes as ever
ENOUGH = 40  # rounds of healing after which everything has ended, or never will
LEGAL = """
SELECT s.id, s.open_runs, s.status, s.finished_at, s.told, s.wanted,
       (SELECT count(*) FROM run r WHERE r.scan_id = s.id AND r.round = s.round AND r.state <> 'closed') AS unclosed,
       (SELECT count(*) FROM run r WHERE r.scan_id = s.id AND r.round < s.round AND r.state <> 'closed') AS left_behind
FROM scan s
"""
SOURCES = "SELECT f.value, r.id, r.fence FROM finding f JOIN run r ON r.id = f.run_id WHERE r.state = 'closed'"


class AnyOrder(RuleBasedStateMachine):
    """Scans in two channels, workers that come and go, a clock that we move, a Slack that breaks."""

    sandbox: Sandbox
    folder: Path
    count = 0

    def __init__(self) -> None:
        super().__init__()
        AnyOrder.count += 1
        url = f"sqlite:///{self.folder / f'record-{AnyOrder.count}.sqlite3'}"
        migrate(url)
        self.sandbox.post("reset")
        self.mortals = Mortals(url, self.sandbox)
        self.store = self.mortals.store
        self.settings = load()
        self.places: dict[str, str] = {}  # scan to channel
        self.closed: dict[str, tuple[Any, ...]] = {}  # run to how it was closed: that never changes
        self.ahead = timedelta()
        self.overdue = Overdue(self.store.database, seconds=lambda: time.monotonic() + self.ahead.total_seconds())
        self.real = clock.now
        clock.now = self.time

    def time(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @initialize(fresh=st.booleans())
    def begin(self, fresh: bool) -> None:
        """Two scans are in the middle of it: their sources are asked, their threads are not open yet."""
        for number, channel in enumerate(CHANNELS):
            self.ask(TARGETS[number], channel, fresh, number)
            self.mortals.work(self.mortals.hire(), self._scan(number))
        self.mortals.settle()

    # What people do

    @rule(name=st.sampled_from(TARGETS), channel=st.sampled_from(CHANNELS), fresh=st.booleans(), key=st.integers(0, 3))
    def ask(self, name: str, channel: str, fresh: bool, key: int) -> None:
        if len(self.places) < 4:
            wish = verbs.Wish(
                (Target(Kind.DOMAIN, name),),
                Asker("U0ADA"),
                Place("T0SANDBOX", channel),
                "slack",
                names=COLLECTORS,
                fresh=fresh,
                keys=(f"trigger:{key}:{channel}",),  # now and then the same delivery once more
            )
            ((one, new, _),) = verbs.start(self.store, self.settings, wish)
            assert new == (one.id not in self.places), "one delivery made two scans"
            self.places[one.id] = channel

    @rule(pick=st.integers(0, 9))
    def cancel(self, pick: int) -> None:
        if not self.places:
            return
        verbs.cancel(self.store, self._scan(pick), by="U0BOB")

    @rule(pick=st.integers(0, 9), only=st.sampled_from(("all", "failed", *COLLECTORS)), after=st.integers(1, 3))
    def rerun(self, pick: int, only: str, after: int) -> None:
        if not self.places:
            return
        scan_id = self._scan(pick)
        before = self.store.scans.get(scan_id)
        try:
            again, opened = verbs.rerun(self.store, self.settings, scan_id, by="U0BOB", after=after, only=only)
        except BadQuestion:
            return  # nothing failed, so there is nothing to run again
        assert again.round == before.round + opened
        assert not opened or before.finished_at is not None, "a round began before the last one ended"

    # What sources do

    @rule(pick=st.integers(0, 9), outcome=st.sampled_from(OUTCOMES), many=st.integers(1, 3))
    def answer(self, pick: int, outcome: Outcome, many: int) -> None:
        if not self._waiting():
            return
        self._answer(self._asked(pick), outcome, many)

    @rule(pick=st.integers(0, 9))
    def a_source_says_a_part(self, pick: int) -> None:
        """It is saved while the rest is waited for."""
        if not self._waiting():
            return
        question = self._asked(pick)
        self.mortals.answer(question, None, self._findings(question, 1))

    # What the queue and the sweeper do

    @rule(pick=st.integers(0, 9), who=st.integers(0, 9), times=st.integers(1, 3))
    def run_task_arrives(self, pick: int, who: int, times: int) -> None:
        if not (self.places and self.mortals.workers):
            return
        for _ in range(times):
            self.mortals.work(self._worker(who), self._scan(pick))

    @rule(pick=st.integers(0, 9), who=st.integers(0, 9))
    def tell_task_arrives(self, pick: int, who: int) -> None:
        if not (self.places and self.mortals.workers):
            return
        if self._worker(who).life.thawed.is_set():
            self.mortals.tell(self._worker(who), self._scan(pick))

    @rule(pick=st.integers(0, 9), who=st.integers(0, 9), sent=st.booleans())
    def a_teller_dies(self, pick: int, who: int, sent: bool) -> None:
        """Just before its next call reaches Slack, or just after."""
        if not (self.places and len(self.mortals.workers) > 1):
            return
        if self._worker(who).life.thawed.is_set():
            self.mortals.tell(self._worker(who), self._scan(pick), dies="after" if sent else "before")

    @rule()
    def sweep(self) -> None:
        if not self.mortals.workers:
            return
        self._sweep()

    @rule(leases=st.sampled_from((0.3, 1.2, 3.0)))
    def time_passes(self, leases: float) -> None:
        if not (self.ahead < AHEAD):
            return
        self.ahead += timedelta(seconds=LEASE * leases)

    # What breaks

    @rule(who=st.integers(0, 9))
    def a_worker_is_killed(self, who: int) -> None:
        if not (len(self.mortals.workers) > 1):
            return
        self.mortals.bury(self._worker(who))

    @rule(who=st.integers(0, 9))
    def a_worker_is_stopped(self, who: int) -> None:
        if not (len(self.mortals.workers) > 1):
            return
        self.mortals.stop(self._worker(who))

    @rule()
    def a_worker_is_started(self) -> None:
        if not (len(self.mortals.workers) < 4):
            return
        self.mortals.hire()

    @rule(who=st.integers(0, 9))
    def a_worker_is_frozen_or_thaws(self, who: int) -> None:
        if not self.mortals.workers:
            return
        life = self._worker(who).life
        (life.thawed.clear if life.thawed.is_set() else life.thawed.set)()

    @rule(pick=st.integers(0, 9))
    def a_worker_oversleeps_its_lease_and_then_gets_its_answer(self, pick: int) -> None:
        if not (len(self.mortals.workers) > 1 and self.ahead < AHEAD and self._waiting()):
            return
        question = self._asked(pick)
        life = next(worker.life for worker in self.mortals.workers if question in worker.asked)
        life.thawed.clear()
        for _ in range(4):  # whoever sweeps must have seen its lease rest for as long as it is
            self._sweep()
        self.mortals.settle(but=life)
        life.thawed.set()
        self._answer(question, Outcome.FOUND, 2)

    @rule(method=st.sampled_from(METHODS), kind=st.sampled_from(TROUBLES))
    def slack_breaks(self, method: str, kind: str) -> None:
        self.sandbox.fault(method, kind, retry_after=1)

    # What must hold at every moment

    @invariant()
    def the_record_is_legal(self) -> None:
        for row in self.store.database.read(lambda db: db.exec_driver_sql(LEGAL).all()):
            assert row.open_runs == row.unclosed, "the count of open runs is wrong"
            assert row.left_behind == 0, "a round began before the last one ended"
            assert (row.finished_at is not None) == (row.open_runs == 0)
            assert row.told <= row.wanted
            assert row.status in (("finished", "cancelled") if row.finished_at else ("queued", "running", "cancelled"))

    @invariant()
    def a_closed_run_stays_as_it_was_closed(self) -> None:
        for scan_id in self.places:
            for run in self.store.scans.get(scan_id, all_rounds=True).runs:
                assert run.attempt <= 2
                assert (run.outcome is not None) == (run.state is RunState.CLOSED)
                if run.state is RunState.CLOSED:
                    now = (run.outcome, run.reason, run.closed_at, run.fence, [each.value for each in run.findings])
                    assert self.closed.setdefault(run.id, now) == now

    @invariant()
    def a_closed_run_holds_what_was_answered_to_whoever_held_it(self) -> None:
        for row in self.store.database.read(lambda db: db.exec_driver_sql(SOURCES).all()):
            question = self.mortals.asked[int(row.value.split(".")[1])]
            assert question.hold == (row.id, row.fence), "a late answer was taken"

    def teardown(self) -> None:
        try:
            self._heal()
            for scan_id, channel in self.places.items():
                assert_told_once(self, self.store.scans.get(scan_id), channel=channel)
        finally:
            self.mortals.close()
            clock.now = self.real

    def _heal(self) -> None:
        """The faults are over: workers live, sources answer, time passes, the sweeper sweeps."""
        httpx.delete(f"{self.sandbox.url}/control/fault").raise_for_status()
        for worker in self.mortals.workers:
            worker.life.thawed.set()
        self.mortals.hire()
        for _ in range(ENOUGH):
            if self._all_told():
                return
            self.ahead += timedelta(seconds=LEASE * 1.2)
            self._sweep()
            self.mortals.settle()
            for question in self._waiting():
                self._answer(question, Outcome.FOUND, 1)
            self.mortals.settle()
        raise AssertionError(f"it never ends: {self._legible()}")

    def _sweep(self) -> None:
        """What tasks.sweep sends, delivered to whoever is awake."""
        awake = [worker for worker in self.mortals.workers if worker.life.thawed.is_set()]
        if not awake:
            return
        for worker in awake:
            self.mortals.attend(worker)
        self.ahead += timedelta(seconds=LEASE * 0.45)
        overdue = self.overdue
        for number, scan_id in enumerate(sorted({*overdue.reclaim(lease=LEASE), *overdue.queued(older_than=15.0)})):
            self.mortals.work(awake[number % len(awake)], scan_id)
        overdue.vacate(lease=LEASE)
        for scan_id in overdue.untold():
            self.mortals.tell(awake[-1], scan_id)

    def _scan(self, pick: int) -> str:
        return list(self.places)[pick % len(self.places)]

    def _worker(self, who: int) -> Worker:
        return self.mortals.workers[who % len(self.mortals.workers)]

    def _waiting(self) -> list[Question]:
        awake = [worker for worker in self.mortals.workers if worker.life.thawed.is_set()]
        return [question for worker in awake for question in worker.asked if not question.answer.done()]

    def _asked(self, pick: int) -> Question:
        waiting = self._waiting()
        return waiting[pick % len(waiting)]

    def _answer(self, question: Question, outcome: Outcome, many: int) -> None:
        found = outcome in (Outcome.FOUND, Outcome.PARTIAL)
        self.mortals.answer(question, outcome, self._findings(question, many if found else 0))

    def _findings(self, question: Question, many: int) -> list[Finding]:
        """Each names the question it answers."""
        number = self.mortals.asked.index(question)
        return [finding(f"n{each}.{number}.example", Kind.DOMAIN) for each in range(many)]

    def _all_told(self) -> bool:
        scans = [self.store.scans.get(scan_id) for scan_id in self.places]
        return all(one.finished_at for one in scans) and not self.store.desk.lagging()

    def _legible(self) -> list[str]:
        told = self.store.database.read(lambda db: db.exec_driver_sql(LEGAL).all())
        return [str(row) for row in told]


@pytest.mark.fault(
    "Deliveries, losses, deaths, freezes, cancels, re-runs and Slack's troubles in any order (property test)",
    keeps=("lost", "twice", "honest"),
)
def test_a_scan_ends_in_a_legal_state_with_each_message_once_whatever_the_order(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        AnyOrder.sandbox, AnyOrder.folder = sandbox, tmp_path
        run_state_machine_as_test(
            AnyOrder,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                phases=[Phase.generate],  # a found order is long but clear; shortening it takes many minutes
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
