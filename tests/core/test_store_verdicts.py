"""Verdicts in the record: appended, taken back, carried over to every scan of the same target and to no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.access import Reader
from core.belongs import Belongs
from core.fingerprints import fingerprint
from core.models import Fact, Kind, Outcome, Place, Scan, Target
from core.playbooks import Playbook
from core.store import Store
from core.verdicts import Judgement
from tasks.explained import explain
from tasks.judged import judged_for, verdicts_for
from tasks.rules import rules
from tests.core.stores import PLACE, claimed, finding, opened, together

MARK = fingerprint(finding())
HERE = Reader(PLACE.team, "", frozenset({PLACE.channel}))


def judged(store: Store, scan: Scan, judgement: Judgement = Judgement.FALSE, user: str = "U0ADA") -> int:
    verdict, _ = store.verdicts.judge(scan, MARK, judgement, user=user)
    return verdict.number


def counting(store: Store, scan: Scan) -> list[tuple[str, str]]:
    told, _ = store.verdicts.of(scan.place.team, scan.target)
    return [(str(each.judgement), each.user) for each in told.values()]


def test_the_same_verdict_is_written_once_whoever_says_it_again(store: Store) -> None:
    scan = opened(store)
    first, new = store.verdicts.judge(scan, MARK, Judgement.FALSE, user="U0ADA")
    again, twice = store.verdicts.judge(scan, MARK, Judgement.FALSE, user="U0BOB")
    assert (new, twice) == (True, False)
    assert again == first
    assert counting(store, scan) == [("false", "U0ADA")]


def test_many_clicks_at_once_write_one_verdict(store: Store) -> None:
    scan = opened(store)
    told = together(6, lambda _: store.verdicts.judge(scan, MARK, Judgement.BENIGN, user="U0ADA"))
    assert sorted(new for _, new in told) == [False] * 5 + [True]
    assert len({verdict.number for verdict, _ in told}) == 1


def test_the_newest_verdict_counts_and_undoing_it_brings_back_the_one_before(store: Store) -> None:
    scan = opened(store)
    judged(store, scan, Judgement.FALSE)
    newer = judged(store, scan, Judgement.CONFIRMED, "U0BOB")
    assert counting(store, scan) == [("confirmed", "U0BOB")]
    assert store.verdicts.undo(scan, newer, user="U0ADA")[1] is True
    assert store.verdicts.undo(scan, newer, user="U0ADA")[1] is False
    assert counting(store, scan) == [("false", "U0ADA")]


def test_a_verdict_taken_back_counts_no_more_and_is_remembered_as_having_been(store: Store) -> None:
    scan = opened(store)
    store.verdicts.undo(scan, judged(store, scan), user="U0ADA")
    assert store.verdicts.of(scan.place.team, scan.target) == ({}, frozenset({MARK}))


def test_later_scans_of_the_target_have_the_verdict_and_others_have_not(store: Store) -> None:
    judged(store, opened(store))
    later = opened(store)
    assert counting(store, later) == [("false", "U0ADA")]
    assert counting(store, opened(store, target=Target(Kind.DOMAIN, "example.org"))) == []
    assert counting(store, opened(store, place=Place("T0OTHER", "C0GENERAL"))) == []


def test_a_verdict_is_undone_only_through_a_scan_of_its_target(store: Store) -> None:
    number = judged(store, opened(store))
    other = opened(store, target=Target(Kind.DOMAIN, "example.org"))
    with pytest.raises(KeyError):
        store.verdicts.undo(other, number, user="U0ADA")
    elsewhere = opened(store, place=Place("T0OTHER", "C0GENERAL"))
    with pytest.raises(KeyError):
        store.verdicts.undo(elsewhere, number, user="U0ADA")


def test_a_verdict_has_the_thread_told_anew(store: Store) -> None:
    scan = opened(store)
    seat = store.desk.sit(scan.id, lease=30)
    assert seat is not None
    assert store.desk.leave(seat)
    number = judged(store, scan)
    assert store.overdue.untold() == [scan.id]
    seat = store.desk.sit(scan.id, lease=30)
    assert seat is not None
    store.desk.leave(seat)
    store.verdicts.undo(scan, number, user="U0ADA")
    assert store.overdue.untold() == [scan.id]


def test_who_judged_in_a_room_that_these_readers_cannot_enter_is_not_named(store: Store) -> None:
    secret = opened(store, place=Place(PLACE.team, "C0SECRET"))
    judged(store, secret)
    scan = opened(store)
    told, _ = verdicts_for(store, scan, HERE)
    assert (told[MARK].user, told[MARK].judgement) == ("", Judgement.FALSE)
    told, _ = verdicts_for(store, scan, replace(HERE, channels=frozenset({"C0SECRET"})))
    assert told[MARK].user == "U0ADA"


def test_the_reply_in_which_a_finding_stands_is_found_by_its_message(store: Store) -> None:
    scan = opened(store)
    seat = store.desk.sit(scan.id, lease=30)
    assert seat is not None
    store.desk.note(seat, "reply/1/dns", state="said", channel=PLACE.channel, ts="1.5", digest="d")
    store.desk.note(seat, "parent", state="said", channel=PLACE.channel, ts="1.1", digest="d")
    assert store.verdicts.reply_at(PLACE.team, PLACE.channel, "1.5") == (scan.id, "dns")
    assert store.verdicts.reply_at(PLACE.team, PLACE.channel, "1.1") is None
    assert store.verdicts.reply_at(PLACE.team, "C0OTHER", "1.5") is None


def test_headlines_are_made_when_a_scan_has_ended_and_without_what_was_set_aside(store: Store) -> None:
    scan = opened(store, "dns")
    run = claimed(store, scan)
    inside = finding("10.1.2.3", role="address")
    store.runs.save(run, [inside])
    assert judged_for(store, store.scans.get(scan.id), HERE, alone=False).headlines == ()
    store.runs.close(run, Outcome.FOUND)
    whole = store.scans.get(scan.id)
    (told,) = judged_for(store, whole, HERE, alone=False).headlines
    assert (told.rule, told.evidence) == ("private-address-in-dns", (fingerprint(inside),))
    store.verdicts.judge(whole, fingerprint(inside), Judgement.BENIGN, user="U0ADA")
    assert judged_for(store, whole, HERE, alone=False).headlines == ()


PRIVATE = "private-address-in-dns"
ANOTHER = next(each.name for each in rules().rules if each.name != PRIVATE)


@pytest.mark.parametrize(("named", "told"), [((), {PRIVATE}), ((PRIVATE, ANOTHER), {PRIVATE}), ((ANOTHER,), set())])
def test_a_playbook_that_names_rules_makes_headlines_of_those_alone(
    store: Store, named: tuple[str, ...], told: set[str]
) -> None:
    book = Playbook("ours", 1, "", names=("dns",), rules=named)
    assert store.playbooks.add(PLACE.team, book, by="U0ADA")
    scan = opened(store, "dns", belongs=Belongs(playbook=book.versioned))
    run = claimed(store, scan)
    store.runs.save(run, [finding("10.1.2.3", role="address")])
    store.runs.close(run, Outcome.FOUND)
    whole = store.scans.get(scan.id)
    assert {each.rule for each in judged_for(store, whole, HERE, alone=False).headlines} == told
    gone = replace(whole, belongs=Belongs(playbook="gone@7"))
    assert {each.rule for each in judged_for(store, gone, HERE, alone=False).headlines} == {PRIVATE}


def test_an_address_that_is_masked_for_others_is_masked_where_it_is_explained(store: Store) -> None:
    ada = Target(Kind.EMAIL, "ada@example.com")
    scan = opened(store, "haveibeenpwned", target=ada)
    run = claimed(store, scan, "haveibeenpwned")
    paste = replace(finding("ada@example.com: a paste", Fact.PASTE), context="It names ada@example.com.")
    store.runs.save(run, [paste])
    store.runs.close(run, Outcome.FOUND)
    whole, mark = store.scans.get(scan.id), fingerprint(paste)
    told = explain(store, whole, mark, HERE, alone=False)
    assert told is not None
    assert (told.subject, told.evidence[0].fingerprint) == (mark, mark)
    assert "ada@example.com" not in told.about + told.evidence[0].finding.value
    alone = explain(store, whole, mark, HERE, alone=True)
    assert alone is not None
    assert "ada@example.com" in alone.about
