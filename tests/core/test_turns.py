"""Who comes next among those nobody waits for: scheduled before bulk, everybody in turn, and nobody starves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.models import Priority
from core.turns import PATIENT, Queuer, Standing, in_turn

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def line(user: str, priority: Priority = Priority.BULK) -> Queuer:
    return ("T0SANDBOX", user, str(priority))


def standing(name: str, user: str, seconds: float, priority: Priority = Priority.BULK) -> Standing:
    return Standing(name, line(user, priority), NOW - timedelta(seconds=seconds))


def test_scheduled_comes_before_bulk_until_bulk_has_waited_a_minute() -> None:
    scheduled = standing("scheduled", "ada", 1, Priority.SCHEDULED)
    assert in_turn([standing("bulk", "bob", 59), scheduled], {}, most=1, now=NOW) == ["scheduled"]
    assert in_turn([standing("bulk", "bob", 61), scheduled], {}, most=1, now=NOW) == ["bulk"]


def test_two_who_ask_for_much_take_turns() -> None:
    many = [standing(f"a{number}", "ada", 50 - number) for number in range(9)]
    few = [standing(f"b{number}", "bob", 5 - number) for number in range(2)]
    assert in_turn([*many, *few], {}, most=5, now=NOW) == ["a0", "b0", "a1", "b1", "a2"]


def test_what_runs_already_counts() -> None:
    waiting = [standing("a", "ada", 50), standing("b", "bob", 5)]
    assert in_turn(waiting, {line("ada"): 3}, most=1, now=NOW) == ["b"]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 600), st.sampled_from(Priority)), max_size=40))
def test_within_a_line_nobody_is_overtaken_and_all_get_their_turn(asked: list[tuple[str, float, Priority]]) -> None:
    waiting = [standing(f"{number:03}", *each) for number, each in enumerate(asked)]
    order = in_turn(waiting, {}, most=len(waiting), now=NOW)
    assert sorted(order) == [each.scan_id for each in waiting]
    places = {each.scan_id: (each.line, -(NOW - each.since).total_seconds()) for each in waiting}
    for queuer in {each.line for each in waiting}:
        since = [places[scan_id][1] for scan_id in order if places[scan_id][0] == queuer]
        assert since == sorted(since)


@given(st.integers(1, 8), st.integers(0, 60))
def test_a_patient_one_goes_before_any_that_came_later_however_many_keep_coming(room: int, flood: int) -> None:
    """A line without a running scan that has waited for its minute is next, whatever newcomers there are."""
    old = standing("old", "ada", PATIENT.total_seconds() + 1)
    new = [standing(f"n{each:02}", f"user{each}", 1, Priority.SCHEDULED) for each in range(flood)]
    assert in_turn([*new, old], {}, most=room, now=NOW)[0] == "old"
