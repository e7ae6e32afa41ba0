"""Cases in the record: one in a place, whom they let see what, notes once, what is due, and how they are forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core import clock
from core.access import Reader, sees, sees_case
from core.belongs import Belongs
from core.callers import Caller, Scope
from core.cases import Case, Note, Tlp
from core.models import Asker, Outcome, Place, Scan
from core.store import Notice, Store
from core.store.tables import finding as findings
from core.store.tables import run as runs
from core.store.team import verdict
from tests.core.stores import PLACE, claimed, closed_all, finding, opened, run_of, together

TEAM = "T0SANDBOX"


@contextmanager
def after(days: int) -> Iterator[None]:
    """So many days later, by the clock that all go by."""
    then = clock.now() + timedelta(days=days)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: then)
        yield


def case(store: Store, **more: Any) -> Case:
    told: dict[str, Any] = {"title": "Phish wave", "purpose": "who is behind it", "tlp": Tlp.AMBER}
    told |= {"channel": PLACE.channel, "thread_ts": "", "opened_by": "U0ADA"} | more
    made, new = store.cases.open(Case(id="", team=TEAM, opened_at=clock.now(), **told))
    assert new
    return made


def scanned(store: Store, one: Case, user: str = "U0ADA", tlp: str = "amber", channel: str = "C0GENERAL") -> Scan:
    belongs = Belongs(case=one.id, tlp=tlp)
    return opened(store, "dns", asker=Asker(user), place=Place(TEAM, channel), belongs=belongs)


def test_a_place_has_one_open_case_whoever_comes_first(store: Store) -> None:
    def at_once(number: int) -> tuple[str, bool]:
        new = Case("", TEAM, f"Case {number}", "why", Tlp.GREEN, "C1", "", f"U{number}", clock.now())
        made, is_new = store.cases.open(new)
        return made.id, is_new

    told = together(4, at_once)
    assert sorted(new for _, new in told) == [False, False, False, True]
    assert len({case_id for case_id, _ in told}) == 1
    assert store.cases.close(told[0][0], by="U1")
    assert case(store, channel="C1").id != told[0][0]


def test_a_thread_s_own_case_comes_before_its_channel_s(store: Store) -> None:
    wide, narrow = case(store), case(store, thread_ts="17.5")
    bound = {ts: store.cases.bound(Place(TEAM, "C0GENERAL", ts)) for ts in ("", "17.5", "99.9")}
    assert {ts: found.id for ts, found in bound.items() if found} == {"": wide.id, "17.5": narrow.id, "99.9": wide.id}
    assert store.cases.bound(Place(TEAM, "C0OTHER")) is None
    assert store.cases.bound(Place("T0OTHER", "C0GENERAL")) is None
    store.cases.close(wide.id, by="U0ADA")
    assert store.cases.bound(Place(TEAM, "C0GENERAL")) is None
    here = store.cases.here(Place(TEAM, "C0GENERAL"))
    assert here is not None
    assert here.id == wide.id


def test_listing_rule_and_history_agree_for_every_reader_and_label(store: Store) -> None:
    amber, other = case(store), case(store, channel="C2", opened_by="U0BOB")
    store.cases.add_member(amber.id, "U0BOB", by="U0ADA")
    for one in (amber, other):
        for user in ("U0ADA", "U0EVE"):
            for tlp in ("red", "amber+strict", "green"):
                scanned(store, one, user, tlp, one.channel)
    opened(store, "dns", asker=Asker("U0EVE"), place=Place(TEAM, "C2"))  # from before there were labels
    store.cases.remove_member(other.id, "U0BOB")  # the last one stays
    every = [store.scans.get(each.id) for each in store.scans.recent(TEAM, limit=100)]
    for user in ("U0ADA", "U0BOB", "U0EVE", "U0NEW"):
        for channels in (frozenset[str](), frozenset({"C2"}), frozenset({"C0GENERAL", "C2"})):
            for scopes in (frozenset({Scope.READ}), frozenset({Scope.ADMIN})):
                caller = Caller(user, TEAM, scopes=scopes, channels=channels)
                listed = {each.id for each in store.listing.page(caller, limit=200).scans}
                assert listed == {each.id for each in every if sees(caller.reader, each)}, (user, channels, scopes)
        known = store.scans.recent(TEAM, known_to=(user, "C2"), limit=100)
        reader = Reader(TEAM, user, frozenset({"C2"}))
        assert {each.id for each in known} == {each.id for each in every if sees(reader, each)}


def test_members_who_come_and_go_see_all_of_the_case_or_nothing_that_is_red(store: Store) -> None:
    one = case(store)
    red = scanned(store, one, tlp="red")
    bob = Reader(TEAM, "U0BOB", frozenset({"C0GENERAL"}))
    assert not sees(bob, store.scans.get(red.id))
    assert store.cases.add_member(one.id, "U0BOB", by="U0ADA")
    assert not store.cases.add_member(one.id, "U0BOB", by="U0ADA")
    assert sees(bob, store.scans.get(red.id))
    assert sees(bob, scanned(store, one, tlp="red"))  # one that is started later, too
    assert store.cases.remove_member(one.id, "U0BOB")
    assert not sees(bob, store.scans.get(red.id))
    assert not store.cases.remove_member(one.id, "U0ADA")  # the last one
    assert [each.user for each in store.cases.members(one.id)] == ["U0ADA"]


def test_scans_that_start_while_members_come_know_all_of_them(store: Store) -> None:
    one = case(store)

    def at_once(number: int) -> None:
        if number % 2:
            store.cases.add_member(one.id, f"U{number}", by="U0ADA")
        else:
            scanned(store, one, f"U0ASKER{number}", "red")

    together(6, at_once)
    members = store.cases.get(one.id).members
    assert len(members) == 4
    assert {each.belongs.members for each in store.casefiles.read(one.id).scans} == {members}


def test_cases_are_listed_for_those_who_may_see_them(store: Store) -> None:
    every = [case(store), case(store, channel="C2", tlp=Tlp.RED), case(store, channel="C3", opened_by="U0BOB")]
    for reader in (
        Reader(TEAM, "U0ADA"),
        Reader(TEAM, "U0EVE", frozenset({"C0GENERAL", "C2"})),
        Reader(TEAM, "U0BOB", frozenset({"C2"})),
        Reader(TEAM, "U0BOSS", admin=True),
        Reader("T0OTHER", "U0ADA", admin=True),
    ):
        assert {each.id for each in store.cases.listed(reader)} == {
            each.id for each in every if sees_case(reader, store.cases.get(each.id))
        }


def test_a_message_is_a_note_once_and_words_are_kept_as_they_are(store: Store) -> None:
    one = case(store)
    words = Note("U0ADA", "a\x00b", clock.now(), author="U0BOB", link="https://example.com/p1")
    assert store.cases.write_down(one.id, words, key="C1:17.5")
    assert not store.cases.write_down(one.id, replace(words, user="U0EVE"), key="C1:17.5")
    assert store.cases.write_down(one.id, words)
    assert [(each.user, each.text, each.author) for each in store.casefiles.read(one.id).notes] == [
        ("U0ADA", "a␀b", "U0BOB")
    ] * 2


def test_what_is_due_is_due_until_it_is_taken_and_taken_once(store: Store) -> None:
    one = case(store, until=clock.now() + timedelta(days=2))
    assert store.cases.due() == []
    with after(3):
        assert store.cases.due() == [one.id]
        takes = together(3, lambda _: store.cases.take(one.id, "reminded_at", lease=60))
        assert sorted(takes, key=str) == [1, None, None]
        assert store.cases.due() == []
        store.cases.put_off(one.id, 1, 0.0)
        assert store.cases.due() == [one.id]
        assert store.cases.take(one.id, "reminded_at", lease=60) == 2
        store.cases.done(one.id, "reminded_at", 1)  # whoever was slow says nothing any more
        assert not store.cases.is_done(one.id, "reminded_at")
        store.cases.done(one.id, "reminded_at", 2)
    store.cases.close(one.id, by="U0ADA")
    assert store.cases.due() == [one.id]
    said(store, one)
    assert store.cases.due() == []  # kept for good


def test_what_was_taken_by_somebody_who_died_is_due_again_and_nothing_is_forgotten_before_it_is_said(
    store: Store,
) -> None:
    one = case(store, forgets=True)
    store.cases.close(one.id, by="U0ADA")
    assert store.cases.take(one.id, "reported_at", lease=60) == 1
    with after(1):
        assert store.cases.due() == [one.id]
        assert store.cases.take(one.id, "reported_at", lease=60) == 2
        assert store.cases.due() == []


def said(store: Store, one: Case) -> None:
    """As if its report stood in Slack."""
    attempt = store.cases.take(one.id, "reported_at", lease=60)
    assert attempt is not None
    store.cases.done(one.id, "reported_at", attempt)


def test_a_closed_case_is_forgotten_when_its_time_has_come_and_nothing_runs(store: Store) -> None:
    kept, at_once = case(store, keep_days=30), case(store, channel="C2", forgets=True)
    busy = scanned(store, at_once, channel="C2")
    for one in (kept, at_once):
        store.cases.close(one.id, by="U0ADA")
        said(store, one)
    assert store.cases.due() == []
    assert store.casefiles.forget(at_once.id) == 0
    assert store.scans.get(busy.id).is_open  # what it finds would have nowhere to go
    closed_all(store, busy.id)
    assert store.cases.due() == [at_once.id]
    with after(31):
        assert set(store.cases.due()) == {kept.id, at_once.id}
        assert store.casefiles.forget(kept.id) == 0
        assert store.casefiles.forget(at_once.id) == 1
        assert store.cases.due() == []
        assert store.casefiles.forget(at_once.id) == 0


def test_forgetting_leaves_the_audit_the_case_and_what_others_share(store: Store) -> None:
    one = case(store, forgets=True)
    mine = scanned(store, one)
    held = claimed(store, mine)
    assert store.runs.close(held, Outcome.FOUND, findings=[finding()])
    others = [opened(store, "dns", asker=Asker(user)) for user in ("U0BOB", "U0EVE")]
    shares = [run_of(each).id for each in others]
    share = runs.update().where(runs.c.id.in_(shares)).values(same_as=held.id, state="closed", outcome="found", found=1)
    store.database.write(lambda db: db.execute(share).rowcount)
    store.cases.write_down(one.id, Note("U0ADA", "x", clock.now()))
    audit = store.audit.listed(team=TEAM)
    store.cases.close(one.id, by="U0ADA")
    assert store.casefiles.forget(one.id) == 1
    with pytest.raises(KeyError):
        store.scans.get(mine.id)
    for each in others:
        assert [found.value for found in run_of(store.scans.get(each.id)).findings] == ["192.0.2.10"]
    count = sa.select(sa.func.count()).select_from(findings)
    assert store.database.read(lambda db: db.execute(count).scalar_one()) == 1
    file = store.casefiles.read(one.id)
    assert (file.case.title, file.notes, file.scans) == ("Phish wave", (), ())
    assert file.case.forgotten_at is not None
    forgotten, *before = store.audit.listed(team=TEAM)
    assert (forgotten["verb"], forgotten["subject"], before) == ("case forget", f"{one.id}: 1 scans", audit)


def test_a_case_is_read_with_its_verdicts_that_stand(store: Store) -> None:
    one = case(store)
    mine = scanned(store, one)
    assert store.runs.close(claimed(store, mine), Outcome.FOUND, findings=[finding()])
    mark = store.database.read(lambda db: db.execute(sa.select(findings.c.fingerprint)).scalar_one())
    said = {"team": TEAM, "fingerprint": mark, "user": "U0BOB", "scan_id": mine.id, "at": clock.now()}
    row = said | {"verdict": "benign", "undone_at": None}
    undone = row | {"verdict": "false", "undone_at": clock.now()}
    store.database.write(lambda db: [db.execute(verdict.insert(), each).rowcount for each in (row, undone)])
    (judged,) = store.casefiles.read(one.id).verdicts
    assert (str(judged.verdict.judgement), judged.value, judged.scan_id) == ("benign", "192.0.2.10", mine.id)


def test_handing_over_tells_when_that_was_done_before(store: Store) -> None:
    one = case(store)
    card = Notice(f"case/{one.id}/shift/1", Place(TEAM, "C0GENERAL"), "Shift.", ())
    assert store.cases.hand_over(one.id, since=None, notices=[card])
    assert not store.cases.hand_over(one.id, since=None, notices=[replace(card, key="another")])  # it was meanwhile
    before = store.cases.get(one.id).handed_at
    assert before is not None
    assert store.cases.hand_over(one.id, since=before)
    assert [each.key for each in store.notices.listed(TEAM)] == [card.key]


def test_the_same_question_with_another_label_is_another_question(store: Store) -> None:
    first = opened(store, "dns", belongs=Belongs(tlp="green"), repeat_within=60)
    assert opened(store, "dns", belongs=Belongs(tlp="red"), repeat_within=60).id != first.id
