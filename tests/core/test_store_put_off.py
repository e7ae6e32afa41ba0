"""Runs that were put off: nobody takes them before their time, and everybody finds them after it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core import clock
from core.models import Outcome, Run, RunState, ScanStatus
from core.store import MOST_PUT_OFF, Store
from tests.core.stores import LONG, claimed, opened, reclaimed, run_of

MINUTE = 60.0


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds by which the record's clock is ahead of now."""
    ahead = [0.0]
    real = clock.now

    def now() -> datetime:
        return real() + timedelta(seconds=ahead[0])

    monkeypatch.setattr(clock, "now", now)
    return ahead


def put_off(store: Store, run: Run, seconds: float = 4 * MINUTE) -> bool:
    return store.runs.put_off(run, seconds, reason="quota", message="Our budget is used up. Again in 4 min.")


def test_a_run_that_was_put_off_waits_and_its_scan_stays_open(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    run = claimed(store, scan)
    assert put_off(store, run)
    waits = store.runs.get(run.id)
    assert (waits.state, waits.reason, waits.attempt, waits.outcome) == (RunState.QUEUED, "quota", 0, None)
    assert waits.after is not None
    assert waits.put_off is not None
    assert (waits.after - waits.put_off).total_seconds() == 4 * MINUTE
    assert store.scans.get(scan.id).status is ScanStatus.RUNNING
    assert [each.collector for each, _ in store.runs.claim_waiting(scan.id, lease=LONG)] == ["crtsh"]
    assert store.runs.claim(run.id, lease=LONG) is None


def test_when_it_is_due_it_is_taken_like_any_other(store: Store, later: list[float]) -> None:
    scan = opened(store, "dns")
    first = claimed(store, scan)
    put_off(store, first)
    later[0] = 4 * MINUTE + 1
    ((again, _),) = store.runs.claim_waiting(scan.id, lease=LONG)
    assert (again.attempt, again.fence, again.after, again.reason, again.message) == (1, 2, None, "", "")
    assert again.put_off is not None  # since when counts on
    assert store.runs.close(first, Outcome.FOUND) is False  # who put it off holds it no more
    assert store.runs.close(again, Outcome.NOTHING)


def test_a_second_putting_off_counts_from_the_first(store: Store, later: list[float]) -> None:
    scan = opened(store, "dns")
    put_off(store, claimed(store, scan))
    since = run_of(store.scans.get(scan.id)).put_off
    later[0] = 5 * MINUTE
    put_off(store, claimed(store, scan))
    assert run_of(store.scans.get(scan.id)).put_off == since


def test_only_who_holds_a_run_puts_it_off(store: Store) -> None:
    scan = opened(store, "dns")
    lost = claimed(store, scan)
    assert reclaimed(store) == [scan.id]
    assert put_off(store, lost) is False
    assert store.runs.get(lost.id).after is None


def test_the_sweeper_sends_it_when_it_is_due_and_not_before(store: Store, later: list[float]) -> None:
    scan = opened(store, "dns")
    put_off(store, claimed(store, scan))
    later[0] = 3 * MINUTE
    assert store.overdue.queued(older_than=15) == []
    assert reclaimed(store) == []
    later[0] = 4 * MINUTE + 3
    assert store.overdue.queued(older_than=1000) == [scan.id]
    assert store.overdue.queued(older_than=1000) == []  # once; then as any other


def test_a_clock_that_was_set_back_does_not_make_it_wait_for_hours(store: Store, later: list[float]) -> None:
    later[0] = 10 * 3600
    scan = opened(store, "dns")
    put_off(store, claimed(store, scan), MOST_PUT_OFF)
    later[0] = 0
    assert store.overdue.queued(older_than=15) == [scan.id]
    assert len(store.runs.claim_waiting(scan.id, lease=LONG)) == 1


def test_a_scan_can_be_cancelled_while_its_run_waits(store: Store) -> None:
    scan = opened(store, "dns")
    put_off(store, claimed(store, scan))
    cancelled, changed = store.scans.cancel(scan.id, by="U0ADA")
    assert changed
    assert run_of(cancelled).outcome is Outcome.CANCELLED
    assert cancelled.finished_at is not None


def test_who_waits_for_the_same_answer_asks_itself(store: Store) -> None:
    """The flight is free while its run waits: others try, and are put off by the same budget."""
    first, second = opened(store, "dns"), opened(store, "dns", asker=opened(store, "whois").asker, tag="another")
    one, other = claimed(store, first), claimed(store, second)
    assert store.runs.lead(one, "key-dns", lease=LONG) == one.id
    assert store.runs.lead(other, "key-dns", lease=LONG) == one.id
    put_off(store, one)
    assert store.runs.lead(other, "key-dns", lease=LONG) == other.id
