"""A scan is run again once, and cancelled at once."""

from __future__ import annotations

import pytest

from core.errors import StoreDown
from core.models import Outcome, Run, RunState, Scan, ScanStatus
from core.store import Choice, Store
from tests.core.stores import NO_KEY, choices, claimed, closed_all, opened, run_of, together


def test_running_again_opens_the_next_round(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    closed_all(store, scan.id)
    again, was_opened = store.scans.new_round(scan.id, choices("crtsh"), by="U0BOB", after=1, fresh=True)
    assert was_opened
    assert (again.round, again.round_by, again.fresh, again.status) == (2, "U0BOB", True, ScanStatus.QUEUED)
    assert again.finished_at is None
    assert [(run.collector, run.round) for run in again.runs] == [("dns", 1), ("crtsh", 2)]
    assert [run.collector for run in store.scans.get(scan.id, all_rounds=True).runs] == ["dns", "crtsh", "crtsh"]


def test_a_double_click_opens_one_round(store: Store) -> None:
    scan = opened(store, "dns")
    closed_all(store, scan.id)
    got = together(8, lambda _: store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)[1])
    assert sorted(got) == [False] * 7 + [True]
    assert store.scans.get(scan.id).round == 2


def test_no_round_begins_while_one_is_running(store: Store) -> None:
    scan = opened(store, "dns")
    assert store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)[1] is False
    claimed(store, scan)
    assert store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)[1] is False


def test_a_round_of_which_all_is_skipped_has_ended(store: Store) -> None:
    scan = opened(store, "dns")
    closed_all(store, scan.id)
    again, _ = store.scans.new_round(scan.id, [NO_KEY], by="U0ADA", after=1, fresh=True)
    assert (again.status, again.round) == (ScanStatus.FINISHED, 2)
    assert again.finished_at is not None


def test_a_cancelled_scan_can_be_run_again(store: Store) -> None:
    scan = opened(store, "dns")
    store.scans.cancel(scan.id, by="U0BOB")
    again, was_opened = store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)
    assert was_opened
    assert (again.status, again.cancelled_by) == (ScanStatus.QUEUED, "")
    closed_all(store, scan.id)
    assert store.scans.get(scan.id).status is ScanStatus.FINISHED


def test_a_new_round_forgets_what_kept_the_thread_from_being_told(store: Store) -> None:
    scan = opened(store, "dns")
    closed_all(store, scan.id)
    seat = store.desk.sit(scan.id, lease=60)
    assert seat is not None
    store.desk.put_off(seat, seconds=None, why="That channel is archived.")
    again, _ = store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)
    assert again.undelivered == ""
    assert store.overdue.untold() == [scan.id]


def test_cancelling_closes_what_waits_and_leaves_what_runs_to_its_worker(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    running = claimed(store, scan, "dns")
    cancelled, stopped = store.scans.cancel(scan.id, by="U0BOB")
    assert stopped
    assert (cancelled.status, cancelled.cancelled_by, cancelled.finished_at) == (ScanStatus.CANCELLED, "U0BOB", None)
    assert run_of(cancelled, "crtsh").outcome is Outcome.CANCELLED
    assert run_of(cancelled, "dns").state is RunState.RUNNING
    assert store.runs.close(running, Outcome.CANCELLED, reason="cancelled")
    ended = store.scans.get(scan.id)
    assert ended.status is ScanStatus.CANCELLED
    assert ended.finished_at is not None


def test_cancelling_what_waits_ends_the_scan_at_once(store: Store) -> None:
    scan = opened(store)
    cancelled, _ = store.scans.cancel(scan.id, by="U0ADA")
    assert {run.outcome for run in cancelled.runs} == {Outcome.CANCELLED}
    assert cancelled.finished_at is not None
    assert store.runs.claim(run_of(scan).id, lease=60) is None


def test_cancelling_twice_stops_once_and_keeps_who_did_it(store: Store) -> None:
    scan = opened(store)
    store.scans.cancel(scan.id, by="U0ADA")
    again, stopped = store.scans.cancel(scan.id, by="U0BOB")
    assert (stopped, again.cancelled_by) == (False, "U0ADA")


def test_an_ended_scan_cannot_be_cancelled(store: Store) -> None:
    scan = opened(store, "dns")
    closed_all(store, scan.id)
    again, stopped = store.scans.cancel(scan.id, by="U0ADA")
    assert (stopped, again.status) == (False, ScanStatus.FINISHED)


def test_a_scan_that_is_cancelled_while_it_is_claimed_still_ends(store: Store) -> None:
    for _ in range(5):
        scan = opened(store)
        race_to_cancel(store, scan)
        ended = store.scans.get(scan.id)
        assert ended.status is ScanStatus.CANCELLED
        assert ended.finished_at is not None
        assert {run.outcome for run in ended.runs} == {Outcome.CANCELLED}


def race_to_cancel(store: Store, scan: Scan) -> None:
    """Three workers claim its runs while somebody cancels it; what they got they close after that."""

    def act(number: int) -> Run | None:
        if number < len(scan.runs):
            return store.runs.claim(scan.runs[number].id, lease=60)
        store.scans.cancel(scan.id, by="U0ADA")
        return None

    for run in together(len(scan.runs) + 1, act):
        if run is not None:
            assert store.runs.close(run, Outcome.CANCELLED)


def test_two_collectors_of_one_name_in_one_round_are_refused_by_the_record(store: Store) -> None:
    scan = opened(store, "dns")
    closed_all(store, scan.id)
    with pytest.raises(StoreDown):
        store.scans.new_round(scan.id, [Choice("dns", "a"), Choice("dns", "b")], by="U0ADA", after=1, fresh=True)
    assert store.scans.get(scan.id).round == 1
