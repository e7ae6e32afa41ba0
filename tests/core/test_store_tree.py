"""Trees of pivots in the record: who came of whom, how far they may grow, and what is to pivot by itself."""

from __future__ import annotations

from typing import Any

import pytest

from core.belongs import Belongs
from core.models import Kind, Scan, Target
from core.store import Ask, Opened, Room, Store, TooFar
from tests.core.stores import NO_KEY, ask, choices, closed_all, opened, together

ROOM = Room(hops=3, scans=50)


def pivot(parent: Scan, value: str, *, room: Room = ROOM, **more: Any) -> Ask:
    hops = parent.belongs.hops + 1
    belongs = Belongs(parent=parent.id, parent_finding="f" * 32, hops=hops)
    return ask("dns", target=Target(Kind.IP, value), belongs=belongs, room=room, **more)


def pivoted(store: Store, parent: Scan, value: str, **more: Any) -> Opened:
    (done,) = store.scans.open([pivot(parent, value, **more)])
    return done


def test_a_tree_is_known_from_each_of_its_scans(store: Store) -> None:
    root = opened(store, "dns")
    child = pivoted(store, root, "192.0.2.1").scan
    grandchild = pivoted(store, child, "192.0.2.2").scan
    assert [kin.scan.id for kin in store.trees.trail(grandchild.id)] == [root.id, child.id]
    assert [kin.scan.id for kin in store.trees.children(root.id)] == [child.id]
    assert store.trees.root(grandchild.id) == root.id
    for each in (root, child, grandchild):
        assert [kin.scan.id for kin in store.trees.whole(each.id).members] == [root.id, child.id, grandchild.id]
    assert store.trees.trail(root.id) == []
    with pytest.raises(KeyError):
        store.trees.whole("nothing")


def test_the_thread_of_each_is_known_once_it_stands(store: Store) -> None:
    root = opened(store, "dns")
    seat = store.desk.sit(root.id, lease=30)
    assert seat is not None
    store.desk.note(seat, "parent", state="said", channel="C0GENERAL", ts="1700000000.000100")
    child = pivoted(store, root, "192.0.2.1").scan
    (kin,) = store.trees.trail(child.id)
    assert (kin.channel, kin.ts) == ("C0GENERAL", "1700000000.000100")
    before = store.scans.get(root.id).version
    below = store.desk.sit(child.id, lease=30)
    assert below is not None
    store.desk.note(below, "parent", state="sending", channel="C0GENERAL")
    assert store.scans.get(root.id).version == before
    store.desk.note(below, "parent", state="said", channel="C0GENERAL", ts="1700000001.000100")
    assert store.scans.get(root.id).version == before + 1  # the parent's thread can lead there now


def test_a_parent_has_something_new_to_say_when_a_child_begins_and_when_it_ends(store: Store) -> None:
    root = opened(store, "dns")
    versions = [store.scans.get(root.id).version]
    child = pivoted(store, root, "192.0.2.1").scan
    versions.append(store.scans.get(root.id).version)
    closed_all(store, child.id)
    versions.append(store.scans.get(root.id).version)
    assert versions == sorted(set(versions))


def test_a_target_that_the_tree_has_already_is_not_scanned_twice(store: Store) -> None:
    root = opened(store, "dns")
    child = pivoted(store, root, "192.0.2.1")
    again = pivoted(store, child.scan, "192.0.2.1", keys=("another",))
    assert (child.new, again.new, again.scan.id) == (True, False, child.scan.id)
    assert pivoted(store, child.scan, "192.0.2.1", keys=("another",)).scan.id == child.scan.id
    assert not pivoted(store, root, "192.0.2.1").new
    assert pivoted(store, opened(store, "dns"), "192.0.2.1").new  # another tree


def test_a_tree_grows_no_deeper_and_no_larger_than_it_may_and_then_nothing_is_written(store: Store) -> None:
    root = opened(store, "dns")
    child = pivoted(store, root, "192.0.2.1", room=Room(1, 50)).scan
    with pytest.raises(TooFar, match="2 pivots away from where it began; at most 1"):
        pivoted(store, child, "192.0.2.2", room=Room(1, 50))
    with pytest.raises(TooFar, match="has had 1 pivots already") as refused:
        store.scans.open([pivot(root, "192.0.2.3", room=Room(3, 1))])
    assert refused.value.rule == "pivot budget"
    assert len(store.trees.whole(root.id).members) == 2
    gone = Belongs(parent="gone", hops=1)
    with pytest.raises(TooFar, match="no longer in my record"):
        store.scans.open([ask("dns", target=Target(Kind.IP, "192.0.2.9"), belongs=gone, room=ROOM)])


def test_no_two_find_room_for_the_last_one(store: Store) -> None:
    root = opened(store, "dns")

    def grow(number: int) -> bool:
        try:
            return pivoted(store, root, f"192.0.2.{number}", room=Room(3, 2)).new
        except TooFar:
            return False

    assert sorted(together(6, grow)) == [False] * 4 + [True] * 2


def deep(store: Store, **more: Any) -> Scan:
    ((scan, _, _),) = store.scans.open([ask("dns", depth=1, **more)])
    return scan


def test_what_is_to_pivot_is_due_when_it_has_ended_and_claimed_once(store: Store) -> None:
    scan = deep(store)
    assert store.pivotings.waiting() == []
    assert store.pivotings.take(scan.id, lease=30) is None
    closed_all(store, scan.id)
    assert store.pivotings.waiting() == [scan.id]
    claims = together(4, lambda _: store.pivotings.take(scan.id, lease=30))
    assert sorted(claims, key=str) == [0, None, None, None]
    assert store.pivotings.waiting() == []  # somebody is at it
    assert store.pivotings.take(scan.id, lease=30) is None


def test_a_claim_that_nobody_ends_is_over_by_itself(store: Store) -> None:
    scan = deep(store)
    closed_all(store, scan.id)
    assert store.pivotings.take(scan.id, lease=0) == 0
    assert store.pivotings.waiting() == [scan.id]


def test_more_is_asked_for_once_for_each_batch(store: Store) -> None:
    scan = deep(store)
    closed_all(store, scan.id)
    assert store.pivotings.take(scan.id, lease=30) == 0
    store.pivotings.done(scan.id, batch=0, left=7)
    assert store.pivotings.left(scan.id) == (7, "")
    assert [store.pivotings.more(scan.id) for _ in range(2)] == [True, False]
    assert store.pivotings.take(scan.id, lease=30) == 1
    store.pivotings.done(scan.id, batch=1, left=3, why="It may not grow.")
    assert store.pivotings.left(scan.id) == (3, "It may not grow.")
    assert not store.pivotings.more(scan.id)


def test_a_scan_that_is_stopped_pivots_no_more_and_one_that_nobody_could_be_asked_about_at_once(store: Store) -> None:
    stopped = deep(store)
    store.scans.cancel(stopped.id, by="U0ADA")
    assert store.pivotings.waiting() == []
    mute = deep(store, chosen=[NO_KEY], target=Target(Kind.IP, "192.0.2.1"))
    assert store.pivotings.waiting() == [mute.id]


def test_a_later_round_does_not_pivot_again(store: Store) -> None:
    scan = deep(store)
    closed_all(store, scan.id)
    batch = store.pivotings.take(scan.id, lease=30)
    assert batch == 0
    store.pivotings.done(scan.id, batch=batch, left=0)
    store.scans.new_round(scan.id, choices("dns"), by="U0ADA", after=1, fresh=True)
    closed_all(store, scan.id)
    assert store.pivotings.waiting() == []


def test_a_collector_is_switched_off_for_a_reason_and_on_again(store: Store) -> None:
    assert store.switches.off("T1") == {}
    store.switches.turn_off("T1", "dns", reason="it lies", by="U0ADA")
    store.switches.turn_off("T1", "dns", reason="it still lies", by="U0BOB")
    off = store.switches.off("T1")
    assert [(name, each.reason, each.by) for name, each in off.items()] == [("dns", "it still lies", "U0BOB")]
    assert store.switches.off("T2") == {}
    assert [store.switches.turn_on("T1", "dns") for _ in range(2)] == [True, False]
