"""One question is asked once at a time, and its answer is lent to whoever asks the same."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core import clock
from core.models import Outcome, Run
from core.store import Store
from tests.core.stores import LONG, claimed, finding, opened, reclaimed, run_of, together, values

KEY = "key-dns"


def answered(store: Store, outcome: Outcome, *, age: float = 0.0, text: str = "192.0.2.10") -> Run:
    """A run that got such an answer so many seconds ago."""
    run = claimed(store, opened(store, "dns"))
    store.runs.save(run, [finding(text)])
    store.runs.close(run, outcome, answered_at=clock.now() - timedelta(seconds=age))
    return store.runs.get(run.id)


def lent(store: Store, lender: Run) -> Run:
    run = claimed(store, opened(store, "dns"))
    assert store.runs.close(
        run, lender.outcome or Outcome.FAILED, answered_at=lender.answered_at, cached=True, same_as=lender
    )
    return store.runs.get(run.id)


def test_of_many_that_ask_the_same_one_leads_and_all_know_which(store: Store) -> None:
    held = [claimed(store, opened(store, "dns")) for _ in range(10)]
    leaders = together(10, lambda n: store.runs.lead(held[n], KEY, lease=LONG))
    assert len(set(leaders)) == 1
    assert leaders[0] in {run.id for run in held}


def test_who_leads_goes_on_leading(store: Store) -> None:
    first, second = (claimed(store, opened(store, "dns")) for _ in range(2))
    assert store.runs.lead(first, KEY, lease=LONG) == first.id
    assert store.runs.lead(second, KEY, lease=LONG) == first.id
    assert store.runs.lead(first, KEY, lease=LONG) == first.id


def test_another_question_has_another_leader(store: Store) -> None:
    first, second = (claimed(store, opened(store, "dns")) for _ in range(2))
    store.runs.lead(first, KEY, lease=LONG)
    assert store.runs.lead(second, "key-other", lease=LONG) == second.id


def test_a_leader_that_went_quiet_is_followed_by_the_next(store: Store) -> None:
    quiet, second, third = (claimed(store, opened(store, "dns")) for _ in range(3))
    store.runs.lead(quiet, KEY, lease=LONG)
    reclaimed(store, second, third)
    assert store.runs.lead(second, KEY, lease=LONG) == second.id
    assert store.runs.lead(third, KEY, lease=LONG) == second.id


def test_a_leader_that_is_looked_after_keeps_leading(store: Store) -> None:
    first, second = (claimed(store, opened(store, "dns")) for _ in range(2))
    store.runs.lead(first, KEY, lease=LONG)
    reclaimed(store, first, second)
    assert store.runs.lead(second, KEY, lease=LONG) == first.id


@pytest.mark.parametrize("end", ["closed", "given back"])
def test_a_leader_that_ended_leaves_the_lead(store: Store, end: str) -> None:
    first, second = (claimed(store, opened(store, "dns")) for _ in range(2))
    store.runs.lead(first, KEY, lease=LONG)
    if end == "closed":
        store.runs.close(first, Outcome.FAILED, reason="timeout")
    else:
        store.runs.give_back([first])
    assert store.runs.lead(second, KEY, lease=LONG) == second.id


@pytest.mark.parametrize(
    ("outcome", "age", "fresh"),
    [
        (Outcome.FOUND, 500, True),
        (Outcome.FOUND, 1500, False),
        (Outcome.NOTHING, 50, True),
        (Outcome.NOTHING, 500, False),
        (Outcome.PARTIAL, 50, True),
        (Outcome.PARTIAL, 500, False),
        (Outcome.FAILED, 0, False),
        (Outcome.CANCELLED, 0, False),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_its_outcome_deserves(
    store: Store, outcome: Outcome, age: float, fresh: bool
) -> None:
    answered(store, outcome, age=age)
    assert (store.runs.answered(KEY, life=1000, life_nothing=100) is not None) is fresh


def test_an_answer_from_the_future_is_not_used(store: Store) -> None:
    answered(store, Outcome.FOUND, age=-3600)  # by a worker whose clock was wrong: who knows how old it is
    assert store.runs.answered(KEY, life=1000, life_nothing=100) is None


def test_the_newest_answer_is_the_one_that_is_used(store: Store) -> None:
    answered(store, Outcome.FOUND, age=60)
    newest = answered(store, Outcome.NOTHING, age=10)
    answered(store, Outcome.FOUND, age=30)
    used = store.runs.answered(KEY, life=1000, life_nothing=100)
    assert used is not None
    assert used.id == newest.id


def test_an_answer_to_another_question_is_not_used(store: Store) -> None:
    answered(store, Outcome.FOUND)
    assert store.runs.answered("key-other", life=1000, life_nothing=1000) is None


def test_a_run_that_still_runs_is_no_answer(store: Store) -> None:
    claimed(store, opened(store, "dns"))
    assert store.runs.answered(KEY, life=1000, life_nothing=1000) is None


def test_a_lent_answer_shows_the_findings_and_their_age(store: Store) -> None:
    first = answered(store, Outcome.FOUND, age=300)
    borrower = lent(store, first)
    assert (borrower.found, borrower.cached, borrower.outcome) == (1, True, Outcome.FOUND)
    assert borrower.findings == first.findings
    assert borrower.age_s is not None
    assert borrower.age_s >= 300
    shown = run_of(store.scans.get(borrower.scan_id))
    assert shown.findings == first.findings


def test_lending_keeps_the_age_of_the_first_answer(store: Store) -> None:
    first = answered(store, Outcome.FOUND, age=300)
    second = lent(store, lent(store, first))
    assert second.answered_at == first.answered_at
    assert store.runs.answered(KEY, life=299, life_nothing=299) is None


def test_lending_is_never_chained(store: Store) -> None:
    first = answered(store, Outcome.FOUND)
    second = lent(store, first)
    third = lent(store, second)
    assert third.findings == second.findings == first.findings
    found = store.database.read(
        lambda db: db.exec_driver_sql("SELECT DISTINCT same_as FROM run WHERE same_as <> ''").scalars().all()
    )
    assert found == [first.id]


def test_one_scan_may_show_own_and_lent_findings_side_by_side(store: Store) -> None:
    lender = answered(store, Outcome.FOUND)
    scan = opened(store, "dns", "crtsh")
    store.runs.close(claimed(store, scan, "dns"), Outcome.FOUND, same_as=lender)
    own = claimed(store, scan, "crtsh")
    store.runs.save(own, [finding("192.0.2.99")])
    store.runs.close(own, Outcome.FOUND)
    shown = store.scans.get(scan.id)
    assert [[each.value for each in run.findings] for run in shown.runs] == [["192.0.2.10"], ["192.0.2.99"]]
    assert values(store, own) == ["192.0.2.99"]


def test_times_come_back_in_utc_to_the_microsecond(store: Store) -> None:
    moment = datetime.fromisoformat("2026-11-23T13:00:00.000123+01:00")
    run = claimed(store, opened(store, "dns"))
    store.runs.close(run, Outcome.NOTHING, answered_at=moment)
    kept = store.runs.get(run.id).answered_at
    assert kept is not None
    assert kept.isoformat() == "2026-11-23T12:00:00.000123+00:00"
