"""Consent in the record: many clicks open one round, with its audit row in one transaction; later rounds keep it."""

from __future__ import annotations

import pytest

from core.models import Place, Scan
from core.store import Choice, Rates, Store, TooOften
from tests.core.stores import PLACE, asked_again, choices, closed_all, opened, together

WAITS = Choice("reader", "key-reader", "needs_consent", "What a page says. Asks you first.", touches=True)
READS = Choice("reader", "key-reader", touches=True)
RATES = Rates("U0BOB", PLACE, 100, 100)


def waiting(store: Store) -> Scan:
    """A scan whose one active collector was not asked."""
    scan = opened(store, chosen=[*choices("dns"), WAITS])
    closed_all(store, scan.id)
    return scan


def allowed(store: Store, scan: Scan, *, rates: Rates = RATES, after: int = 1) -> bool:
    """Somebody presses the button."""
    return store.scans.new_round(
        scan.id, [READS], by=rates.user, after=after, fresh=False, active="confirmed by a button", rates=rates
    )[1]


def touched(store: Store) -> list[tuple[object, ...]]:
    rows = store.audit.listed(team=PLACE.team)
    return [(row["user"], row["rule"], row["subject"]) for row in rows if row["verb"] == "touch"]


def test_of_many_clicks_at_the_same_moment_one_opens_the_round_and_the_target_is_touched_once(store: Store) -> None:
    scan = waiting(store)
    assert sum(together(8, lambda _: allowed(store, scan))) == 1
    again = store.scans.get(scan.id)
    assert (again.round, again.active_by, again.active_round) == (2, "U0BOB", 2)
    assert [(run.collector, run.reason) for run in again.runs] == [("dns", ""), ("reader", "")]
    assert touched(store) == [("U0BOB", "confirmed by a button", "domain example.com: reader")]


def test_who_has_no_room_left_allows_nothing(store: Store) -> None:
    scan = waiting(store)
    with pytest.raises(TooOften):
        allowed(store, scan, rates=Rates("U0BOB", Place("T0SANDBOX", "C0GENERAL"), 0, 100))
    again = store.scans.get(scan.id)
    assert (again.round, again.active_by, touched(store)) == (1, "", [])


def test_a_later_round_keeps_who_allowed_it_and_says_that_it_was_asked_again(store: Store) -> None:
    scan = waiting(store)
    allowed(store, scan)
    closed_all(store, scan.id)
    rates = Rates("U0ADA", PLACE, 100, 100)
    store.scans.new_round(scan.id, [READS], by="U0ADA", after=2, fresh=True, rates=rates)
    again = store.scans.get(scan.id)
    assert (again.round, again.active_by, again.active_round) == (3, "U0BOB", 2)
    assert [row[:2] for row in touched(store)] == [("U0ADA", "asked again"), ("U0BOB", "confirmed by a button")]


def test_consent_in_words_is_written_with_the_scan(store: Store) -> None:
    scan = opened(store, chosen=[READS], active="asked with the word active", options=("transfers", "walks"))
    assert (scan.active_by, scan.active_round, scan.options) == ("U0ADA", 1, ("transfers", "walks"))
    assert touched(store) == [("U0ADA", "asked with the word active", "domain example.com: reader")]


def test_what_is_skipped_touches_nobody(store: Store) -> None:
    opened(store, chosen=[WAITS], active="asked with the word active")
    assert touched(store) == []


def test_the_same_words_count_as_a_repeat_only_with_the_same_options_and_consent(store: Store) -> None:
    first = opened(store, "dns", options=("walks",))
    within = {"repeat_within": 60.0}
    repeated = asked_again(store, "dns", options=("walks",), **within)
    assert repeated is not None
    assert repeated.id == first.id
    assert asked_again(store, "dns", **within) is None
    assert asked_again(store, "dns", options=("walks",), active="asked with the word active", **within) is None
