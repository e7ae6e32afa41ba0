"""What waits is read from the record: by priority, how much, for how long, and what comes next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.models import Asker, Kind, Outcome, Place, Priority, Target
from core.store import Ask, Choice, Store

DNS = (Choice("dns", "dns:1"),)


def written(store: Store, name: str, priority: Priority = Priority.BULK, *, user: str = "U0ADA") -> str:
    target = Target(Kind.DOMAIN, f"{name}.example.com")
    ask = Ask(target, DNS, Asker(user), Place("T0SANDBOX"), "test", priority=priority)
    (opened,) = store.scans.open([ask])
    return opened.scan.id


def counts(store: Store) -> dict[str, tuple[int, int]]:
    return {str(each.priority): (each.waiting, each.running) for each in store.turns.demand()}


def test_the_next_ones_are_in_turn_and_none_is_interactive(store: Store) -> None:
    written(store, "one", Priority.INTERACTIVE)
    first = [written(store, f"a{number}") for number in range(3)]
    other = written(store, "b", user="U0BOB")
    scheduled = written(store, "c", Priority.SCHEDULED, user="U0BOB")
    assert store.turns.following(3) == [scheduled, first[0], other]
    assert store.turns.following(9, besides=(first[0], other)) == [scheduled, first[1], first[2]]


def test_what_is_claimed_is_not_next_and_counts_for_its_line(store: Store) -> None:
    ids = [written(store, f"a{number}") for number in range(3)]
    other = written(store, "b", user="U0BOB")
    store.runs.claim_waiting(ids[0], lease=30)
    assert store.turns.following(2) == [other, ids[1]]


def test_the_demand_counts_what_waits_and_what_runs(store: Store) -> None:
    assert counts(store) == {"interactive": (0, 0), "scheduled": (0, 0), "bulk": (0, 0)}
    ids = [written(store, f"a{number}") for number in range(3)]
    written(store, "one", Priority.INTERACTIVE)
    ((run, _key),) = store.runs.claim_waiting(ids[0], lease=30)
    assert counts(store) == {"interactive": (1, 0), "scheduled": (0, 0), "bulk": (2, 1)}
    store.runs.close(run, Outcome.NOTHING)
    store.scans.cancel(ids[1], by="U0ADA")
    assert counts(store)["bulk"] == (1, 0)


def test_an_age_is_that_of_the_oldest_and_a_run_that_was_put_off_waits_from_then_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = clock.now()
    scan_id = written(store, "one")
    ((run, _key),) = store.runs.claim_waiting(scan_id, lease=30)
    store.runs.put_off(run, 100.0, reason="rate_limited", message="")
    assert counts(store)["bulk"] == (0, 0)
    assert store.turns.following(1) == []
    monkeypatch.setattr(clock, "now", lambda: asked + timedelta(seconds=150))
    (bulk,) = [each for each in store.turns.demand() if each.waiting]
    assert 45 < bulk.oldest < 55
    assert store.turns.following(1) == [scan_id]


def test_only_interactive_scans_need_a_hint_to_be_found_again(store: Store) -> None:
    written(store, "bulk")
    waits = written(store, "one", Priority.INTERACTIVE)
    assert store.overdue.queued(older_than=-1) == [waits]


def test_a_scan_knows_its_priority(store: Store) -> None:
    assert store.turns.priority(written(store, "one", Priority.SCHEDULED)) is Priority.SCHEDULED
    with pytest.raises(KeyError):
        store.turns.priority("nowhere")
