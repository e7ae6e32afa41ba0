"""The desk of a scan: one teller at a time, and every step of theirs written down."""

from __future__ import annotations

from core.models import Outcome, Scan
from core.store import Seat, Store
from tests.core.stores import LONG, claimed, opened, together, vacated


def seat_at(store: Store, scan: Scan) -> Seat:
    seat = store.desk.sit(scan.id, lease=LONG)
    assert seat is not None
    return seat


def replaced(store: Store, scan: Scan) -> tuple[Seat, Seat]:
    """The seat of a teller who went quiet, and of the one who came after."""
    quiet = seat_at(store, scan)
    vacated(store)
    return quiet, seat_at(store, scan)


def test_one_of_many_tellers_sits_down(store: Store) -> None:
    scan = opened(store, "dns")
    got = together(10, lambda _: store.desk.sit(scan.id, lease=LONG))
    assert len([seat for seat in got if seat is not None]) == 1


def test_nobody_sits_where_there_is_nothing_to_tell(store: Store) -> None:
    scan = opened(store, "dns")
    store.desk.leave(seat_at(store, scan))
    assert store.desk.sit(scan.id, lease=LONG) is None
    assert store.desk.sit("nosuchid", lease=LONG) is None


def test_a_teller_that_stays_keeps_the_desk_and_learns_what_is_new(store: Store) -> None:
    scan = opened(store, "dns")
    seat = seat_at(store, scan)
    claimed(store, scan)
    stayed = store.desk.stay(seat, lease=LONG)
    assert stayed is not None
    assert (stayed.fence, stayed.wanted) == (seat.fence, seat.wanted + 1)
    assert store.desk.sit(scan.id, lease=LONG) is None


def test_a_teller_that_was_replaced_can_do_nothing_more(store: Store) -> None:
    scan = opened(store, "dns")
    old, new = replaced(store, scan)
    assert store.desk.stay(old, lease=LONG) is None
    assert store.desk.note(old, "parent", state="said", ts="1764000000.000100") is False
    assert store.desk.leave(old) is False
    store.desk.put_off(old, seconds=None, why="never mind")
    assert store.desk.said(scan.id) == {}
    assert store.scans.get(scan.id).undelivered == ""
    assert store.desk.stay(new, lease=LONG) is not None


def test_a_teller_does_not_leave_while_there_is_news(store: Store) -> None:
    scan = opened(store, "dns")
    seat = seat_at(store, scan)
    run = claimed(store, scan)
    assert store.desk.leave(seat) is False
    stayed = store.desk.stay(seat, lease=LONG)
    assert stayed is not None
    assert store.desk.leave(stayed) is True
    store.runs.close(run, Outcome.NOTHING)
    assert store.overdue.untold() == [scan.id]


def test_leaving_forgets_what_was_in_the_way(store: Store) -> None:
    scan = opened(store, "dns")
    store.desk.put_off(seat_at(store, scan), seconds=60, why="I am not a member of that channel.")
    again = seat_at(store, scan)
    assert again.tries == 1
    assert store.scans.get(scan.id).undelivered == "I am not a member of that channel."
    store.desk.leave(again)
    assert store.scans.get(scan.id).undelivered == ""
    claimed(store, scan)
    assert seat_at(store, scan).tries == 0


def test_a_desk_that_was_put_off_is_free_and_counts_its_tries(store: Store) -> None:
    scan = opened(store, "dns")
    tries = []
    for _ in range(3):
        seat = seat_at(store, scan)
        tries.append(seat.tries)
        store.desk.put_off(seat, seconds=1)
    assert tries == [0, 1, 2]


def test_a_reason_stays_when_a_later_try_has_none(store: Store) -> None:
    scan = opened(store, "dns")
    store.desk.put_off(seat_at(store, scan), seconds=1, why="That channel is archived.")
    store.desk.put_off(seat_at(store, scan), seconds=1)
    assert store.scans.get(scan.id).undelivered == "That channel is archived."


def test_a_desk_put_off_for_good_waits_for_news(store: Store) -> None:
    scan = opened(store, "dns")
    store.desk.put_off(seat_at(store, scan), seconds=None, why="That channel is archived.")
    assert store.desk.sit(scan.id, lease=LONG) is None
    assert store.overdue.untold() == []
    claimed(store, scan)
    assert store.overdue.untold() == [scan.id]


def test_news_during_a_try_that_failed_for_good_is_not_lost(store: Store) -> None:
    scan = opened(store, "dns")
    seat = seat_at(store, scan)
    claimed(store, scan)
    store.desk.put_off(seat, seconds=None, why="That channel is archived.")
    assert store.overdue.untold() == [scan.id]


def test_telling_again_begins_anew(store: Store) -> None:
    scan = opened(store, "dns")
    store.desk.put_off(seat_at(store, scan), seconds=None, why="That channel is archived.")
    store.desk.again(scan.id)
    assert store.overdue.untold() == [scan.id]
    assert seat_at(store, scan).tries == 0


def test_a_slot_keeps_its_message_through_later_steps(store: Store) -> None:
    scan = opened(store, "dns")
    seat = seat_at(store, scan)
    store.desk.note(seat, "parent", state="sending", channel="C0GENERAL")
    assert store.desk.said(scan.id)["parent"].state == "sending"
    store.desk.note(seat, "parent", state="said", ts="1764000000.000100", digest="abc")
    store.desk.note(seat, "parent", state="gone", error="It was \x00 deleted.")
    said = store.desk.said(scan.id)["parent"]
    assert (said.channel, said.ts, said.state, said.digest) == ("C0GENERAL", "1764000000.000100", "gone", "abc")
    assert said.error == "It was \u2400 deleted."


def test_slots_of_a_scan_are_its_own(store: Store) -> None:
    first, second = opened(store, "dns"), opened(store, "dns")
    seat = seat_at(store, first)
    store.desk.note(seat, "parent", state="said", channel="C0GENERAL", ts="1764000000.000100")
    store.desk.note(seat, "reply/1/dns", state="said", channel="C0GENERAL", ts="1764000000.000200")
    assert sorted(store.desk.said(first.id)) == ["parent", "reply/1/dns"]
    assert store.desk.said(second.id) == {}
