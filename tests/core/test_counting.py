"""What the record's changes add to the metrics: each once, when its transaction stands, and nothing otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.metrics import TALLY
from core.models import Outcome, Priority
from core.store import Store, TooOften
from core.store.database import after
from core.store.rates import Rates
from core.store.tables import run as runs
from core.store.tables import scan as scans
from tests.core.stores import ADA, NO_KEY, PLACE, ask, choices, claimed, opened, reclaimed, vacated

Counted = dict[tuple[str, ...], float]


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    """What was counted before is not this test's."""
    TALLY.take()
    yield
    TALLY.take()


def counted(*names: str) -> Counted:
    """What was counted since of these metrics: (the labels' values) to the amount; of a histogram, how many."""
    found: Counted = {}
    for each in TALLY.take():
        if each.name in names and each.part != "sum":
            key = (each.name.removeprefix("gumshoe_"), *each.labels.values())
            found[key] = found.get(key, 0) + each.amount
    return found


RUNS, ANSWERS = "gumshoe_runs_total", "gumshoe_answers_total"
STARTED, ENDED, SECONDS = "gumshoe_scans_started_total", "gumshoe_scans_ended_total", "gumshoe_scan_seconds"


def test_a_scan_is_counted_when_it_is_opened_and_when_its_last_run_is_closed(store: Store) -> None:
    scan = opened(store, "dns", "crtsh", priority=Priority.BULK, door="api")
    assert counted(STARTED, ENDED, RUNS) == {("scans_started_total", "api", "domain", "bulk"): 1}
    assert store.runs.close(claimed(store, scan), Outcome.FOUND)
    assert counted(STARTED, ENDED, RUNS) == {("runs_total", "dns", "found", ""): 1}
    assert store.runs.close(claimed(store, scan, "crtsh"), Outcome.FAILED, reason="down")
    assert counted(STARTED, ENDED, RUNS, SECONDS) == {
        ("runs_total", "crtsh", "failed", "down"): 1,
        ("scans_ended_total", "api", "domain", "finished"): 1,
        ("scan_seconds", "api", "domain", "finished"): 1,
    }


def test_a_run_that_was_closed_by_somebody_else_is_not_counted_again(store: Store) -> None:
    scan = opened(store, "dns")
    held = claimed(store, scan)
    assert store.runs.close(held, Outcome.NOTHING)
    assert not store.runs.close(held, Outcome.FOUND)
    assert counted(RUNS, ENDED) == {
        ("runs_total", "dns", "nothing", ""): 1,
        ("scans_ended_total", "slack", "domain", "finished"): 1,
    }


def test_answers_are_counted_by_where_they_came_from_and_only_questions_by_their_seconds(store: Store) -> None:
    first = claimed(store, opened(store, "dns"))
    store.runs.close(first, Outcome.FOUND, answered_at=clock.now())
    kept = claimed(store, opened(store, "dns"))
    store.runs.close(kept, Outcome.FOUND, answered_at=clock.now(), cached=True, same_as=first)
    shared = claimed(store, opened(store, "dns"))
    store.runs.close(shared, Outcome.FOUND, answered_at=clock.now(), same_as=first)
    assert counted(ANSWERS, "gumshoe_run_seconds") == {
        ("answers_total", "dns", "asked"): 1,
        ("answers_total", "dns", "kept"): 1,
        ("answers_total", "dns", "shared"): 1,
        ("run_seconds", "dns"): 1,
    }


def test_what_was_skipped_from_the_start_is_closed_and_nobody_to_ask_ends_a_scan(store: Store) -> None:
    opened(store, chosen=[NO_KEY])
    assert counted(RUNS, STARTED, ENDED) == {
        ("runs_total", "keyed", "skipped", "no_key"): 1,
        ("scans_started_total", "slack", "domain", "interactive"): 1,
        ("scans_ended_total", "slack", "domain", "finished"): 1,
    }


def test_a_question_that_came_again_starts_nothing(store: Store) -> None:
    for _ in range(2):
        store.scans.open([ask("dns", keys=("trigger:1",))])
    assert counted(STARTED) == {("scans_started_total", "slack", "domain", "interactive"): 1}


def test_what_the_rates_refuse_is_not_counted(store: Store) -> None:
    opened(store, "dns")
    TALLY.take()
    with pytest.raises(TooOften):
        store.scans.open([ask("crtsh")], rates=Rates(ADA.user, PLACE, 1, 100))
    assert counted(STARTED, RUNS, ENDED) == {}


def test_cancelling_closes_what_waits_and_the_rest_ends_the_scan(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    held = claimed(store, scan)
    store.scans.cancel(scan.id, by="U0ADA")
    assert counted(RUNS, ENDED) == {("runs_total", "crtsh", "cancelled", "cancelled"): 1}
    store.runs.close(held, Outcome.CANCELLED, reason="cancelled")
    assert counted(RUNS, ENDED) == {
        ("runs_total", "dns", "cancelled", "cancelled"): 1,
        ("scans_ended_total", "slack", "domain", "cancelled"): 1,
    }


def test_another_round_is_counted_as_begun(store: Store) -> None:
    scan = opened(store, "dns")
    store.runs.close(claimed(store, scan), Outcome.FOUND)
    TALLY.take()
    assert store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)[1]
    assert not store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)[1]
    assert counted(STARTED, ENDED, RUNS) == {("scans_started_total", "slack", "domain", "interactive"): 1}


def test_lost_leases_runs_given_back_and_put_off_are_counted(store: Store) -> None:
    scan = opened(store, "dns")
    store.runs.give_back([claimed(store, scan)])
    held = claimed(store, scan)
    assert store.runs.put_off(held, 5.0, reason="rate_limited", message="Later.")
    assert not store.runs.put_off(held, 5.0, reason="rate_limited", message="Later.")
    store.runs.give_back([held])  # it is not ours any more
    store.database.write(lambda db: db.execute(runs.update().values(after=None)).rowcount)
    for _ in range(2):
        claimed(store, scan)
        assert reclaimed(store) == [scan.id]
    assert counted(
        "gumshoe_leases_lost_total", "gumshoe_runs_given_back_total", "gumshoe_runs_put_off_total", RUNS
    ) == {
        ("runs_given_back_total",): 1,
        ("runs_put_off_total", "dns"): 1,
        ("leases_lost_total", "run"): 2,
        ("runs_total", "dns", "failed", "worker_lost"): 1,
    }


def test_a_desk_that_nobody_attends_to_is_a_lost_lease(store: Store) -> None:
    scan = opened(store, "dns")
    assert store.desk.sit(scan.id, lease=0.0)
    vacated(store)
    assert counted("gumshoe_leases_lost_total") == {("leases_lost_total", "desk"): 1}


def test_what_is_told_after_a_transaction_is_told_once_and_only_when_it_stands(store: Store) -> None:
    told: list[str] = []

    def work(db: sa.Connection) -> None:
        after(db, lambda: told.append("done"))

    def broken(db: sa.Connection) -> None:
        work(db)
        raise KeyError

    with pytest.raises(KeyError):
        store.database.write(broken)
    assert told == []
    store.database.write(work)
    store.database.write(lambda db: db.execute(sa.select(1)).scalar())
    assert told == ["done"]


def test_the_age_of_what_waits_is_counted_from_when_it_was_asked_for(store: Store) -> None:
    scan = opened(store, "dns", "crtsh", priority=Priority.BULK)
    hour = clock.now() - timedelta(hours=1)
    store.database.write(lambda db: db.execute(scans.update().values(round_at=hour, changed_at=hour)).rowcount)
    store.overdue.queued(older_than=0.0)  # sent again: no younger for that
    waiting = store.backlog.look()
    assert (waiting.runs[Priority.BULK].many, waiting.runs[Priority.INTERACTIVE].many) == (2, 0)
    assert 3600 <= waiting.runs[Priority.BULK].age < 3700
    assert (waiting.threads.many, waiting.scans[Priority.BULK]) == (1, 1)
    assert 3600 <= waiting.threads.age < 3700

    # One that rests for its source is not due; the other is held.
    held = claimed(store, scan)
    store.runs.put_off(claimed(store, scan, "crtsh"), 500.0, reason="rate_limited", message="Later.")
    waiting = store.backlog.look()
    assert (waiting.runs[Priority.BULK].many, waiting.resting, waiting.running) == (0, 1, 1)
    assert waiting.runs[Priority.BULK].age == 0

    # Once it is due, it is as old as that.
    due = clock.now() - timedelta(seconds=40)
    store.database.write(lambda db: db.execute(runs.update().where(runs.c.id != held.id).values(after=due)).rowcount)
    assert 40 <= store.backlog.look().runs[Priority.BULK].age < 100
