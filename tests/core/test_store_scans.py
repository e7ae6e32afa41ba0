"""Scans in the record: opened once, run again once, cancelled at once, found again."""

from __future__ import annotations

import random
from typing import Any

import pytest

from core.belongs import Belongs
from core.models import Asker, Kind, Outcome, Place, RunState, ScanStatus, Target
from core.store import Abandoned, Store
from tests.core.stores import (
    ADA,
    EXAMPLE,
    LONG,
    NAMES,
    NO_KEY,
    ask,
    asked_again,
    choices,
    claimed,
    closed_all,
    opened,
    run_of,
    together,
    waiting,
)

OTHER = Target(Kind.DOMAIN, "example.org")


def test_an_opened_scan_comes_back_as_it_was_asked_for(store: Store) -> None:
    place = Place("T0SANDBOX", "C0CASE17", "1764000000.000100")
    scan = opened(store, place=place, door="shortcut", fresh=True, tag="case-17")
    assert store.scans.get(scan.id) == scan
    assert (scan.target, scan.asker, scan.place, scan.door) == (EXAMPLE, ADA, place, "shortcut")
    assert (scan.fresh, scan.tag, scan.round, scan.status) == (True, "case-17", 1, ScanStatus.QUEUED)
    assert [(run.collector, run.state, run.outcome) for run in scan.runs] == [
        (name, RunState.QUEUED, None) for name in NAMES
    ]


def test_the_runs_of_a_scan_wait_in_the_order_of_the_plan(store: Store) -> None:
    scan = opened(store, "whois", "dns", "crtsh")
    assert waiting(store, scan) == ["whois", "dns", "crtsh"]
    assert [key for _, key in store.runs.claim_waiting(scan.id, lease=LONG)] == ["key-whois", "key-dns", "key-crtsh"]


def test_a_scan_nobody_made_is_a_key_error(store: Store) -> None:
    with pytest.raises(KeyError):
        store.scans.get("nosuchid")


def test_the_same_delivery_opens_one_scan(store: Store) -> None:
    scan = opened(store, keys=("trigger-1", "text-1"))
    for keys in (("trigger-1",), ("text-1",), ("trigger-2", "text-1"), ("trigger-2",)):
        again = asked_again(store, keys=keys)
        assert again is not None
        assert again.id == scan.id


def test_one_delivery_may_ask_for_several_targets(store: Store) -> None:
    asks = [ask(keys=("trigger-1",)), ask(target=OTHER, keys=("trigger-1",))]
    first = store.scans.open(asks)
    assert [created for _, created, _ in first] == [True, True]
    again = store.scans.open(asks)
    assert [(scan.id, created) for scan, created, _ in again] == [(scan.id, False) for scan, *_ in first]


def test_deliveries_without_keys_are_never_taken_for_one_another(store: Store) -> None:
    assert opened(store).id != opened(store).id


def test_ten_deliveries_of_one_command_at_once_open_one_scan(store: Store) -> None:
    def deliver(number: int) -> tuple[str, bool]:
        ((scan, created, _),) = store.scans.open([ask(keys=("trigger-1", f"other-{number}"))])
        return scan.id, created

    got = together(10, deliver)
    assert len({scan_id for scan_id, _ in got}) == 1
    assert sorted(created for _, created in got) == [False] * 9 + [True]
    assert len(store.scans.recent("T0SANDBOX")) == 1


def test_deliveries_that_name_their_keys_in_another_order_open_one_scan(store: Store) -> None:
    for number in range(5):
        keys = (f"first-{number}", f"second-{number}")
        got = together(2, lambda n, keys=keys: store.scans.open([ask(keys=keys if n else keys[::-1])])[0])  # type: ignore[misc] # the default is typed
        assert len({scan.id for scan, *_ in got}) == 1


def test_each_new_scan_is_in_the_audit(store: Store) -> None:
    scan = opened(store)
    (row,) = store.audit.listed(team="T0SANDBOX")
    told = {"user": "U0ADA", "verb": "scan", "subject": "domain example.com", "decision": "allowed"}
    assert {name: row[name] for name in told} == told
    assert row["scan_id"] == scan.id


def test_a_collector_without_its_key_is_skipped_with_its_reason(store: Store) -> None:
    scan = opened(store, chosen=[*choices("dns"), NO_KEY])
    skipped = run_of(scan, "keyed")
    assert (skipped.state, skipped.outcome) == (RunState.CLOSED, Outcome.SKIPPED)
    assert (skipped.reason, skipped.message) == ("no_key", "It needs a key.")
    assert skipped.closed_at is not None
    assert scan.status is ScanStatus.QUEUED


def test_a_scan_of_which_all_is_skipped_has_ended(store: Store) -> None:
    scan = opened(store, chosen=[NO_KEY])
    assert scan.status is ScanStatus.FINISHED
    assert scan.finished_at is not None
    assert store.overdue.untold() == [scan.id]  # its thread is told all the same


def test_a_caller_who_no_longer_waits_gets_nothing_written(store: Store) -> None:
    with pytest.raises(Abandoned):
        store.scans.open([ask(keys=("trigger-1",)), ask(target=OTHER)], willing=lambda: False)
    assert store.scans.recent("T0SANDBOX") == []
    assert store.audit.listed(team="T0SANDBOX") == []
    opened(store, keys=("trigger-1",))  # the delivery does not count as seen


def test_the_longest_address_there_is_can_be_scanned_and_found_again(store: Store) -> None:
    letters = random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=3980)
    longest = Target(Kind.URL, "https://example.com/" + "".join(letters))
    scan = opened(store, target=longest, keys=("trigger-1",))
    assert [each.id for each in store.scans.recent("T0SANDBOX", target=longest)] == [scan.id]
    assert asked_again(store, target=longest, keys=("trigger-1",)) is not None


def test_looking_back_gives_the_newest_of_this_workspace_first(store: Store) -> None:
    first, second = opened(store, target=OTHER), opened(store, asker=Asker("U0BOB"))
    opened(store, place=Place("T0OTHER", "C0SHARED"))
    assert [scan.id for scan in store.scans.recent("T0SANDBOX")] == [second.id, first.id]
    assert [scan.id for scan in store.scans.recent("T0SANDBOX", limit=1)] == [second.id]
    assert [scan.id for scan in store.scans.recent("T0SANDBOX", user="U0ADA")] == [first.id]
    assert [scan.id for scan in store.scans.recent("T0SANDBOX", target=EXAMPLE)] == [second.id]


def test_looking_back_shows_the_newest_run_of_each_collector(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    closed_all(store, scan.id)
    store.scans.new_round(scan.id, choices("crtsh"), by="U0ADA", after=1, fresh=True)
    runs = store.scans.recent("T0SANDBOX")[0].runs
    assert [(run.collector, run.round) for run in runs] == [("dns", 1), ("crtsh", 2)]


def test_a_scan_counts_as_open_until_its_last_run_has_stopped(store: Store) -> None:
    ended, stopping = opened(store, "dns"), opened(store, "dns")
    closed_all(store, ended.id)
    running = claimed(store, stopping)
    store.scans.cancel(stopping.id, by="U0ADA")
    assert [scan.id for scan in store.scans.recent("T0SANDBOX", only_open=True)] == [stopping.id]
    store.runs.close(running, Outcome.CANCELLED)
    assert store.scans.recent("T0SANDBOX", only_open=True) == []


def test_a_repeat_is_the_same_question_by_the_same_person_at_the_same_place(store: Store) -> None:
    scan = opened(store, "dns")
    again = asked_again(store, "dns", repeat_within=60)
    assert again is not None
    assert again.id == scan.id
    thread = Place("T0SANDBOX", "C0GENERAL", "1764000000.000100")
    others: list[dict[str, Any]] = [
        {"asker": Asker("U0BOB")},
        {"place": Place("T0SANDBOX", "C0CASE17")},
        {"place": thread},
        {"target": OTHER},
        {"repeat_within": 0.0},
    ]
    for other in others:
        assert asked_again(store, "dns", **{"repeat_within": 60, **other}) is None


def test_the_same_question_is_a_repeat_though_its_scan_has_ended_meanwhile(store: Store) -> None:
    scan = opened(store, "dns")
    closed_all(store, scan.id)
    again = asked_again(store, "dns", repeat_within=60)
    assert again is not None
    assert again.id == scan.id


@pytest.mark.parametrize("other", [{"chosen": choices("dns", "crtsh")}, {"fresh": True}, {"tag": "case-17"}])
def test_the_same_target_in_another_question_is_a_new_wish(store: Store, other: dict[str, Any]) -> None:
    opened(store, "dns")
    assert asked_again(store, **{"chosen": choices("dns"), "repeat_within": 60, **other}) is None


def test_a_look_of_a_watch_answers_nobody_who_asks(store: Store) -> None:
    opened(store, "dns", belongs=Belongs(watch="w4tch"))
    assert asked_again(store, "dns", repeat_within=60) is None


def test_asking_again_after_stopping_it_is_a_new_wish(store: Store) -> None:
    scan = opened(store, "dns")
    store.scans.cancel(scan.id, by="U0ADA")
    assert asked_again(store, "dns", repeat_within=60) is None


def test_a_repeat_delivered_again_is_still_the_same_scan(store: Store) -> None:
    scan = opened(store, "dns", keys=("trigger-1",))
    for _ in range(2):
        ((found, new, delivered),) = store.scans.open([ask("dns", keys=("trigger-2",), repeat_within=60)])
        assert (found.id, new) == (scan.id, False)
    assert delivered
