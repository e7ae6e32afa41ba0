"""Looking back: who scanned a target before, as far as the reader may know, and what is held against what."""

from __future__ import annotations

from typing import Any

import pytest

from core.access import Reader, audience
from core.belongs import Belongs
from core.blocks.readers import is_direct
from core.change import Change
from core.errors import BadQuestion
from core.models import Asker, Fact, Finding, Kind, Outcome, Place, Scan, Target
from core.store import Store
from tasks import past
from tasks.beside import gather
from tests.core.stores import ADA, EXAMPLE, PLACE, choices, claimed, closed_all, finding, opened

BOB = Asker("U0BOB", "Bob Example")
ELSEWHERE = Place("T0SANDBOX", "C0CASE17")
DIRECT = Place("T0SANDBOX", "D0ADA")
EVERYBODY = audience(PLACE)


def looked(store: Store, *found: Finding, outcome: Outcome | None = None, **more: Any) -> Scan:
    """A scan by one collector that has ended."""
    scan = opened(store, "dns", **more)
    return ended(store, scan, *found, outcome=outcome)


def ended(store: Store, scan: Scan, *found: Finding, outcome: Outcome | None = None) -> Scan:
    said = outcome or (Outcome.FOUND if found else Outcome.NOTHING)
    assert store.runs.close(claimed(store, scan), said, findings=found)
    return store.scans.get(scan.id)


def again(store: Store, scan: Scan, *found: Finding, outcome: Outcome | None = None) -> Scan:
    """Another round of it."""
    reopened, _ = store.scans.new_round(scan.id, choices("dns"), by="U0BOB", after=scan.round, fresh=True)
    return ended(store, reopened, *found, outcome=outcome)


def changed(store: Store, scan: Scan) -> Change:
    """What its thread says."""
    change = gather(store, scan).change
    assert change is not None
    return change


def test_a_first_look_has_none_before_it(store: Store) -> None:
    looked(store, finding(), target=Target(Kind.DOMAIN, "other.example"))
    told = gather(store, looked(store, finding()))
    assert (told.before, told.change) == (None, None)


def test_the_last_look_in_the_channel_is_told_while_a_scan_runs_and_compared_when_it_ended(store: Store) -> None:
    looked(store, finding("192.0.2.1"))
    first = looked(store, finding("192.0.2.1"), finding("192.0.2.2"))
    second = opened(store, "dns", asker=BOB)
    told = gather(store, second)
    assert told.before is not None
    assert (told.before.scan_id, told.before.user, told.before.found, told.change) == (first.id, "U0ADA", 2, None)
    change = changed(store, ended(store, second, finding("192.0.2.1"), finding("192.0.2.3")))
    assert ([each.value for each in change.new], [each.value for each in change.gone]) == (["192.0.2.3"], ["192.0.2.2"])
    assert (change.known, change.scan_id, change.since) == (1, first.id, told.before.at)


def test_a_look_elsewhere_is_told_to_nobody_who_may_not_know_it(store: Store) -> None:
    looked(store, finding(), place=ELSEWHERE, asker=BOB)
    looked(store, finding(), place=ELSEWHERE)  # by the same person, and her channel's others may not know it
    looked(store, finding(), place=Place("T9OTHER", PLACE.channel))
    here = looked(store, finding())
    told = gather(store, here)
    assert (told.before, told.change) == (None, None)
    hers = past.before(store, here, Reader("T0SANDBOX", "U0ADA", frozenset({PLACE.channel})))
    assert hers is not None
    assert (hers.user, hers.channel) == ("U0ADA", ELSEWHERE.channel)


def test_what_is_red_is_told_to_nobody_but_those_whose_it_is(store: Store) -> None:
    secret = looked(store, finding(), asker=BOB, belongs=Belongs(tlp="red"))
    here = looked(store, finding())
    assert gather(store, here).before is None
    boss = Reader("T0SANDBOX", "U0BOSS", frozenset({PLACE.channel}), admin=True)
    assert past.before(store, here, boss) is None  # on purpose alone, and then it is noted
    bob = past.before(store, here, Reader("T0SANDBOX", "U0BOB"))
    assert bob is not None
    assert bob.scan_id == secret.id


def test_in_a_direct_message_ones_own_looks_anywhere_are_told(store: Store) -> None:
    looked(store, finding(), place=ELSEWHERE, asker=BOB)
    mine = looked(store, finding(), place=ELSEWHERE)
    here = looked(store, finding(), place=DIRECT)
    before = gather(store, here).before
    assert is_direct(DIRECT)
    assert before is not None
    assert before.scan_id == mine.id


def test_a_round_is_held_against_the_round_before(store: Store) -> None:
    looked(store, finding("192.0.2.9"))
    scan = looked(store, finding("192.0.2.1"))
    second = again(store, scan, finding("192.0.2.2"))
    change = changed(store, second)
    assert [each.value for each in (*change.new, *change.gone)] == ["192.0.2.2", "192.0.2.1"]
    assert (change.scan_id, change.round) == (scan.id, 1)


def test_what_is_done_to_an_earlier_look_afterwards_changes_no_message(store: Store) -> None:
    first = looked(store, finding("192.0.2.1"))
    second = looked(store, finding("192.0.2.2"))
    before = gather(store, second)
    again(store, first, finding("192.0.2.3"))
    looked(store, finding("192.0.2.4"))
    assert gather(store, second) == before


def test_a_look_that_was_still_running_or_came_to_nothing_is_passed_over(store: Store) -> None:
    answered = looked(store, finding("192.0.2.1"))
    looked(store, outcome=Outcome.FAILED)
    opened(store, "dns")
    before = gather(store, looked(store, finding("192.0.2.1"))).before
    assert before is not None
    assert before.scan_id == answered.id


def test_where_nobody_ever_answered_the_last_try_is_told_and_nothing_is_compared(store: Store) -> None:
    tried = looked(store, outcome=Outcome.FAILED)
    told = gather(store, looked(store, finding()))
    assert told.before is not None
    assert told.before.scan_id == tried.id
    assert told.change is not None
    assert (told.change.is_empty, told.change.incomparable) == (True, ("dns",))


def test_what_only_a_direct_message_shows_is_counted_in_a_channel(store: Store) -> None:
    secret = finding("Example", Fact.BREACH, direct_only=True)
    looked(store)
    change = changed(store, looked(store, secret, finding("192.0.2.1")))
    assert ([each.value for each in change.new], change.held) == (["192.0.2.1"], 1)
    looked(store, place=DIRECT)
    alone = changed(store, looked(store, secret, place=DIRECT))
    assert ([each.value for each in alone.new], alone.held) == (["Example"], 0)


def test_two_looks_are_named_by_scans_and_rounds_and_the_older_comes_first(store: Store) -> None:
    first = looked(store, finding())
    second = again(store, looked(store, finding()), finding())

    def names(*given: str) -> tuple[str, str]:
        was, is_ = past.chosen(store, EVERYBODY, EXAMPLE, given)
        return was.name, is_.name

    assert names() == (f"{second.id}/1", f"{second.id}/2")
    assert names(first.id) == (f"{first.id}/1", f"{second.id}/2")
    assert names("1") == (f"{second.id}/1", f"{second.id}/2")
    assert names(second.id, first.id) == (f"{first.id}/1", f"{second.id}/2")
    assert names(f"{second.id}/1", f"{first.id}/1") == (f"{first.id}/1", f"{second.id}/1")


@pytest.mark.parametrize("name", ["zzzzzzzz", "99", "not a name", "", "-1"])
def test_a_look_that_does_not_exist_is_refused_with_the_next_step(store: Store, name: str) -> None:
    again(store, looked(store, finding()), finding())
    with pytest.raises(BadQuestion, match="/scan history example"):
        past.chosen(store, EVERYBODY, EXAMPLE, [name])


def test_a_look_that_the_reader_may_not_see_is_none(store: Store) -> None:
    again(store, looked(store, finding()), finding())
    secret = looked(store, finding(), place=ELSEWHERE, asker=BOB)
    with pytest.raises(BadQuestion, match="I know of no look"):
        past.chosen(store, EVERYBODY, EXAMPLE, [secret.id])
    with pytest.raises(KeyError):
        past.earlier(store, EVERYBODY, store.scans.get(looked(store).id, all_rounds=True), 1, secret.id)


def test_a_reader_finds_their_looks_behind_many_of_others(store: Store) -> None:
    mine = looked(store, finding())
    for _ in range(60):
        closed_all(store, opened(store, "dns", place=ELSEWHERE, asker=BOB).id)
    assert [one.id for one in store.past.looks(EVERYBODY, EXAMPLE)] == [mine.id]
    assert ADA.user == mine.asker.user
