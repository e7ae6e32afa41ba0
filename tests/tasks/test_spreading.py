"""depth=1: once a scan has ended, what it leads to is looked up by itself: within limits, and each of it once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core import blocks
from core.home import Off
from core.language import speaking
from core.models import Asker, Finding, Kind, Place, Priority, Scan, Target
from core.settings import Settings, load
from core.store import Store, open_store
from tasks import queue, scan, spreading
from tasks.beside import gather
from tasks.choose import SWITCHED_OFF, choose
from tests.core.samples import SEAL, TITLES
from tests.core.stores import closed_all, finding

ADA = Asker("U0ADA", "Ada")
EXAMPLE = Target(Kind.DOMAIN, "example.com")
PLACE = Place("T0SANDBOX", "C0GENERAL")


@pytest.fixture
def record(tmp_path: Path) -> Any:
    store = open_store(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    yield store
    store.close()


@pytest.fixture(autouse=True)
def _no_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "send", lambda *_: None)
    monkeypatch.setattr(queue, "ring", lambda *_: True)


def settings(**more: Any) -> Settings:
    return load(allow_networks="192.0.2.0/24", **more)


def ended(store: Store, *found: Finding, asker: Asker = ADA, **more: Any) -> Scan:
    """A scan with depth=1 that has ended."""
    wish = scan.Wish((EXAMPLE,), asker, PLACE, "slack", names=("dns",), depth=1, tag="case-17", **more)
    ((one, _, _),) = scan.start(store, settings(), wish)
    claimed = store.runs.claim(store.scans.get(one.id).runs[0].id, lease=60)
    assert claimed is not None
    store.runs.save(claimed, list(found))
    closed = store.scans.get(one.id)
    assert store.runs.close(claimed, "found")  # type: ignore[arg-type]
    return store.scans.get(closed.id)


def addresses(count: int) -> list[Finding]:
    return [finding(f"192.0.2.{number}", role="address") for number in range(1, count + 1)]


def children(store: Store, one: Scan) -> list[str]:
    return [kin.scan.target.value for kin in store.trees.children(one.id)]


def test_the_addresses_of_a_domain_are_looked_up_by_those_who_do_not_touch_them(record: Store) -> None:
    one = ended(record, *addresses(2), finding("ns1.example.com", Kind.DOMAIN, role="name server"))
    new = spreading.spread(record, settings(), one.id)
    assert sorted(children(record, one)) == ["192.0.2.1", "192.0.2.2"]
    child = record.scans.get(new[0].id)
    assert (child.tag, child.place, child.asker.user) == ("case-17", PLACE, "U0ADA")
    assert (child.belongs.parent, child.belongs.hops, child.priority) == (one.id, 1, Priority.SCHEDULED)
    assert {run.reason for run in child.runs} <= {"", "no_key"}
    assert "needs_consent" not in {run.reason for run in child.runs}


def test_whoever_finishes_and_however_often_each_is_started_once(record: Store) -> None:
    one = ended(record, *addresses(3))
    first = spreading.spread(record, settings(), one.id)
    assert (len(first), spreading.spread(record, settings(), one.id)) == (3, [])


def test_what_a_killed_worker_began_is_gone_on_with_and_not_repeated(
    record: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = ended(record, *addresses(3))
    calls = []

    def dies(store: Store, given: Settings, wish: scan.Wish) -> list[Any]:
        calls.append(wish)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return scan.start(store, given, wish)

    monkeypatch.setattr(spreading, "LEASE", 0.0)
    monkeypatch.setattr(spreading, "start", dies)
    with pytest.raises(KeyboardInterrupt):
        spreading.spread(record, settings(), one.id)
    assert len(children(record, one)) == 2
    assert record.pivotings.waiting() == [one.id]
    monkeypatch.setattr(spreading, "start", scan.start)
    assert len(spreading.spread(record, settings(), one.id)) == 1
    assert len(children(record, one)) == 3
    assert record.pivotings.waiting() == []


def test_beyond_its_limit_it_asks_and_goes_on_with_the_next_ones(record: Store) -> None:
    one = ended(record, *addresses(7))
    few = settings(pivot_auto=3)
    assert len(spreading.spread(record, few, one.id)) == 3
    assert gather(record, one).left == 4
    assert record.pivotings.more(one.id)
    assert len(spreading.spread(record, few, one.id)) == 3
    assert gather(record, one).left == 1
    assert record.pivotings.more(one.id)
    assert len(spreading.spread(record, few, one.id)) == 1
    assert (len(children(record, one)), gather(record, one).left) == (7, 0)


def test_a_tree_that_may_not_grow_says_so_and_offers_no_more(record: Store) -> None:
    one = ended(record, *addresses(4))
    assert len(spreading.spread(record, settings(pivot_scans=2), one.id)) == 2
    beside = gather(record, one)
    assert (beside.left, "has had 2 pivots already" in beside.limit) == (2, True)
    assert not record.pivotings.more(one.id)
    other = ended(record, *addresses(1))
    assert spreading.spread(record, settings(pivot_hops=0), other.id) == []
    assert gather(record, other).left == 1


def test_why_no_more_was_pivoted_to_is_kept_in_english_and_told_in_the_reader_s_language(record: Store) -> None:
    one = ended(record, *addresses(4), asker=Asker("U0EVA", language="es"))
    assert len(spreading.spread(record, settings(pivot_scans=2), one.id)) == 2
    beside = gather(record, one)
    kept = f"What began with scan {one.id} has had 2 pivots already, which is all it may have."
    assert beside.limit == kept
    for language, says in (("en", kept), ("es", f"Lo que empezó con el escaneo {one.id} ya ha tenido 2 pivotes")):
        with speaking(language):
            shown = blocks.parent(one, titles=TITLES, seal=SEAL, beside=beside)
        assert says in json.dumps(shown.blocks, ensure_ascii=False)


def test_the_domain_of_an_e_mail_address_is_looked_up_and_nobody_else(record: Store) -> None:
    target = Target(Kind.EMAIL, "ada@example.com")
    wish = scan.Wish((target,), Asker("U0ADA"), PLACE, "slack", reason="a phishing wave", depth=1)
    ((one, _, _),) = scan.start(record, settings(), wish)
    closed_all(record, one.id)
    (child,) = spreading.spread(record, settings(), one.id)
    assert (child.target, child.reason) == (EXAMPLE, "a phishing wave")


def test_a_collector_that_is_switched_off_is_skipped_with_the_reason_in_every_door(record: Store) -> None:
    record.switches.turn_off("T0SANDBOX", "dns", reason="it lies today", by="U0ADA")
    wish = scan.Wish((EXAMPLE,), Asker("U0BOB"), PLACE, "slack")
    ((one, _, _),) = scan.start(record, settings(), wish)
    skipped = {run.collector: run for run in record.scans.get(one.id).runs if run.reason == SWITCHED_OFF}
    assert [run.message for run in skipped.values()] == ["An admin switched it off: it lies today"]
    assert list(skipped) == ["dns"]
    elsewhere = scan.Wish((EXAMPLE,), Asker("U0BOB"), Place("T0OTHER", "C1"), "slack", names=("dns",))
    ((other, _, _),) = scan.start(record, settings(), elsewhere)
    assert record.scans.get(other.id).runs[0].reason == ""
    off = {"dns": Off("it lies", "U0ADA", one.created_at)}
    (choice,) = choose(EXAMPLE, ("dns",), settings(), team="T", off=off)
    assert choice.reason == SWITCHED_OFF
