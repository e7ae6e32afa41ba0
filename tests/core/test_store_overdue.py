"""What nobody holds any more is found again: runs of lost workers, scans whose task is lost, threads that lag."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.models import Outcome, Place, Run, RunState, Scan, ScanStatus
from core.store import Overdue, Seat, Store
from core.store.tables import Moment
from tests.core.stores import (
    LONG,
    NO_KEY,
    asked_again,
    choices,
    claimed,
    opened,
    reclaimed,
    run_of,
    together,
    vacated,
)


def seat_at(store: Store, scan: Scan) -> Seat:
    seat = store.desk.sit(scan.id, lease=LONG)
    assert seat is not None
    return seat


def test_a_run_whose_worker_was_lost_waits_for_another(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    first = claimed(store, scan)
    kept = claimed(store, scan, "crtsh")
    assert reclaimed(store, kept) == [scan.id]
    assert store.runs.get(first.id).state is RunState.QUEUED
    assert store.runs.get(kept.id).state is RunState.RUNNING
    assert claimed(store, scan).attempt == 2


def test_a_run_whose_worker_was_lost_twice_is_closed_as_failed(store: Store) -> None:
    scan = opened(store, "dns")
    for _ in range(2):
        claimed(store, scan)
        assert reclaimed(store) == [scan.id]
    closed = run_of(store.scans.get(scan.id))
    assert (closed.outcome, closed.reason) == (Outcome.FAILED, "worker_lost")
    assert "lost twice" in closed.message
    assert store.scans.get(scan.id).status is ScanStatus.FINISHED
    assert reclaimed(store) == []


def test_a_worker_that_stops_properly_spends_no_attempt(store: Store) -> None:
    scan = opened(store, "dns")
    for _ in range(5):
        store.runs.give_back([claimed(store, scan)])
    claimed(store, scan)
    reclaimed(store)
    assert run_of(store.scans.get(scan.id)).state is RunState.QUEUED


def test_a_lost_run_of_a_cancelled_scan_is_closed_as_cancelled(store: Store) -> None:
    scan = opened(store, "dns")
    claimed(store, scan)
    store.scans.cancel(scan.id, by="U0ADA")
    assert reclaimed(store) == [scan.id]
    ended = store.scans.get(scan.id)
    assert run_of(ended).outcome is Outcome.CANCELLED
    assert ended.status is ScanStatus.CANCELLED
    assert ended.finished_at is not None


def test_a_lost_leader_does_not_keep_others_waiting(store: Store) -> None:
    scan, other = opened(store, "dns"), claimed(store, opened(store, "dns"))
    for _ in range(2):
        store.runs.lead(claimed(store, scan), "key-dns", lease=LONG)
        reclaimed(store)
    assert store.runs.lead(other, "key-dns", lease=LONG) == other.id


def test_several_sweepers_at_once_count_a_lost_run_once(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    for name in ("dns", "crtsh"):
        claimed(store, scan, name)
    reclaimed(store)
    for name in ("dns", "crtsh"):
        claimed(store, scan, name)
    sweepers = [Overdue(store.database) for _ in range(6)]
    for _ in range(2):
        together(6, lambda n: sweepers[n].reclaim(lease=0.0))
    ended = store.scans.get(scan.id)
    assert [run.reason for run in ended.runs] == ["worker_lost", "worker_lost"]
    assert ended.status is ScanStatus.FINISHED
    again, was_opened = store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)
    assert was_opened
    assert again.round == 2


def test_a_late_worker_and_the_sweeper_close_a_run_once(store: Store) -> None:
    for _ in range(5):
        scan = opened(store, "dns")
        run = claimed(store, scan)
        store.overdue.reclaim(lease=0.0)

        def late(number: int, run: Run = run) -> bool:
            if number:
                return store.runs.close(run, Outcome.NOTHING)
            return bool(store.overdue.reclaim(lease=0.0))

        got = together(2, late)
        state = store.runs.get(run.id).state
        assert state is (RunState.CLOSED if got[1] else RunState.QUEUED)


def test_work_that_waits_long_is_named_once_a_period(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    assert store.overdue.queued(older_than=LONG) == []
    assert store.overdue.queued(older_than=-1.0) == [scan.id]
    claimed(store, scan, "dns")
    store.scans.cancel(scan.id, by="U0ADA")
    assert store.overdue.queued(older_than=-1.0) == []


def test_asking_for_waiting_work_starts_its_period_anew(store: Store) -> None:
    scan = opened(store, "dns")
    before = queued_at(store, scan)
    store.overdue.queued(older_than=-1.0)
    assert queued_at(store, scan) > before


def queued_at(store: Store, scan: Scan) -> str:
    query = "SELECT queued_at FROM run WHERE scan_id = '" + scan.id + "'"
    return str(store.database.read(lambda db: db.exec_driver_sql(query).scalar_one()))


def test_a_thread_lags_until_it_says_what_the_record_knows(store: Store) -> None:
    scan = opened(store, "dns")
    assert (store.overdue.untold(), store.desk.lagging()) == ([scan.id], 1)
    seat = seat_at(store, scan)
    assert (store.overdue.untold(), store.desk.lagging()) == ([], 1)  # somebody is at it
    assert store.desk.leave(seat)
    assert (store.overdue.untold(), store.desk.lagging()) == ([], 0)
    claimed(store, scan)
    assert store.overdue.untold() == [scan.id]


def test_a_thread_whose_teller_was_lost_is_found(store: Store) -> None:
    scan = opened(store, "dns")
    lost, kept = seat_at(store, scan), seat_at(store, opened(store, "dns"))
    vacated(store, kept)
    assert store.overdue.untold() == [scan.id]
    assert store.desk.stay(lost, lease=LONG) is None
    assert store.desk.stay(kept, lease=LONG) is not None


def test_a_thread_that_was_put_off_is_left_alone_until_then(store: Store) -> None:
    now, later = opened(store, "dns"), opened(store, "dns")
    store.desk.put_off(seat_at(store, now), seconds=-1.0)
    store.desk.put_off(seat_at(store, later), seconds=LONG)
    assert store.overdue.untold() == [now.id]


def test_a_scan_without_a_thread_never_lags(store: Store) -> None:
    opened(store, "dns", place=Place(), door="terminal")
    opened(store, chosen=[NO_KEY], place=Place(), door="terminal")
    assert (store.overdue.untold(), store.desk.lagging()) == ([], 0)


def test_tidying_forgets_old_deliveries_only(store: Store) -> None:
    opened(store, keys=("trigger-1",))
    store.overdue.tidy()
    assert asked_again(store, keys=("trigger-1",)) is not None
    store.overdue.tidy(keep=timedelta(seconds=-1))
    assert asked_again(store, keys=("trigger-1",)) is None


def test_tidying_forgets_flights_that_ended(store: Store) -> None:
    ended, flying = (claimed(store, opened(store, "dns")) for _ in range(2))
    store.runs.close(ended, Outcome.NOTHING)
    store.runs.lead(ended, "key-ended", lease=LONG)  # it thought that it was still at it
    store.runs.lead(flying, "key-flying", lease=LONG)
    store.overdue.tidy()
    left = store.database.read(lambda db: db.exec_driver_sql("SELECT key FROM flight").scalars().all())
    assert left == ["key-flying"]


@pytest.mark.parametrize("seconds", [-7200, 7200])
def test_a_moment_that_a_wrong_clock_wrote_keeps_nothing_waiting(store: Store, seconds: int) -> None:
    """A clock that was set back leaves moments of the future: what was queued or put off then is due now."""
    scan, later = opened(store, "dns"), opened(store, "dns")
    store.desk.put_off(seat_at(store, later), seconds=LONG)
    wrong = {"id": scan.id, "later": later.id, "then": clock.now() + timedelta(seconds=seconds)}
    wrong["due"] = clock.now() + timedelta(seconds=seconds + LONG)
    store.database.write(lambda db: db.execute(_text(QUEUED_THEN), wrong).rowcount)
    store.database.write(lambda db: db.execute(_text(PUT_OFF_THEN), wrong).rowcount)
    assert store.overdue.queued(older_than=LONG) == [scan.id]
    assert later.id in store.overdue.untold()
    assert store.overdue.queued(older_than=LONG) == []


QUEUED_THEN = "UPDATE run SET queued_at = :then WHERE scan_id = :id"
PUT_OFF_THEN = "UPDATE scan SET desk_since = :then, desk_after = :due WHERE id = :later"


def _text(statement: str) -> sa.TextClause:
    return sa.text(statement).bindparams(
        *(sa.bindparam(name, type_=Moment()) for name in ("then", "due") if f":{name}" in statement)
    )
