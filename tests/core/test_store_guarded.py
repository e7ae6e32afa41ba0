"""Roles, the list of whom nobody may look up, approvals and forgetting, in the record."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.belongs import Belongs
from core.installs import Installation
from core.models import Kind, Outcome, Place, Target
from core.standing import TeamRole
from core.store import Forgotten, State, Store, name_of
from core.store.opening import digest
from core.store.tables import finding, run, scan
from core.store.team import answer, answered, approval, note, verdict, watch
from tests.core.stores import PLACE, claimed, closed_all, opened, together
from tests.core.stores import finding as found

ADA = Target(Kind.EMAIL, "ada@example.com")
BOB = Target(Kind.EMAIL, "bob@example.com")
TEAM = PLACE.team
DAY = timedelta(days=1)


def test_a_role_is_given_changed_and_taken(store: Store) -> None:
    store.roles.give(TEAM, "U0BOB", TeamRole.LEAD, by="U0ADA")
    store.roles.give(TEAM, "U0BOB", TeamRole.VIEWER, by="U0ADA")
    store.roles.give("T0OTHER", "U0BOB", TeamRole.ADMIN, by="U0ADA")
    assert [(each.subject, each.role, each.made_by) for each in store.roles.listed(TEAM)] == [
        ("U0BOB", TeamRole.VIEWER, "U0ADA")
    ]
    assert [store.roles.take(TEAM, "U0BOB") for _ in range(2)] == [True, False]
    assert store.roles.listed(TEAM) == []


def test_who_is_on_the_list_is_found_in_every_spelling_and_only_in_that_workspace(store: Store) -> None:
    store.refusals.add(TEAM, Target(Kind.EMAIL, "Ada+x@example.com"), why="staff", by="U0ADA")
    assert store.refusals.first_covered(TEAM, [BOB, ADA]) == ADA
    assert store.refusals.first_covered("T0OTHER", [ADA]) is None
    assert store.refusals.first_covered("", [ADA]) == ADA  # a terminal belongs to no workspace
    assert store.refusals.first_covered(TEAM, [Target(Kind.DOMAIN, "example.com")]) is None
    assert [store.refusals.remove(TEAM, ADA) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("listed", "asked_as"),
    [
        (Target(Kind.EMAIL, "a.da+x@gmail.com"), Target(Kind.EMAIL, "ADA@googlemail.com")),
        (Target(Kind.DOMAIN, "googlemail.com"), Target(Kind.EMAIL, "ada@GoogleMail.com")),
        (Target(Kind.NAME, "Ada Éxample"), Target(Kind.NAME, "ADA EXAMPLE")),
        (Target(Kind.NAME, "Ada Example"), Target(Kind.NAME, "Example, Ada")),
        (Target(Kind.USERNAME, "Ada-Example"), Target(Kind.USERNAME, "ada-EXAMPLE")),
    ],
)
def test_another_spelling_is_no_way_around_the_list(store: Store, listed: Target, asked_as: Target) -> None:
    store.refusals.add(TEAM, listed, why="staff", by="U0ADA")
    assert store.refusals.first_covered(TEAM, [asked_as]) == asked_as


def test_dots_count_where_a_provider_does_not_ignore_them(store: Store) -> None:
    store.refusals.add(TEAM, Target(Kind.EMAIL, "a.da@example.com"), why="staff", by="U0ADA")
    assert store.refusals.first_covered(TEAM, [ADA]) is None


def test_a_domain_covers_its_addresses_and_those_below_it(store: Store) -> None:
    store.refusals.add("", Target(Kind.DOMAIN, "example.com"), why="our own", by="ada-example")
    for value in ("ada@example.com", "bob@mail.example.com"):
        target = Target(Kind.EMAIL, value)
        assert store.refusals.first_covered(TEAM, [target]) == target
    assert store.refusals.first_covered(TEAM, [Target(Kind.EMAIL, "ada@notexample.com")]) is None
    assert store.refusals.first_covered(TEAM, [Target(Kind.USERNAME, "example.com")]) is None
    (entry,) = store.refusals.listed(TEAM)
    assert (entry.target.value, entry.why, entry.made_by) == ("example.com", "our own", "ada-example")


def asked(store: Store, key: str = "") -> str:
    wish = {"targets": [["email", "ada@example.com"]]}
    return store.approvals.ask(wish, place=PLACE, by="U0ADA", reason="case 17", lasts=DAY, key=key).id


def stands(store: Store, one: str) -> None:
    """As if its card was posted."""
    placed = approval.update().where(approval.c.id == one).values(message_ts="1700000000.000100", told="waiting")
    store.database.write(lambda db: db.execute(placed).rowcount)


def test_of_many_who_decide_at_once_one_does(store: Store) -> None:
    one = asked(store)
    decided = together(4, lambda number: store.approvals.decide(one, by=f"U0{number}", granted=number % 2 == 0))
    assert decided.count(True) == 1
    kept = store.approvals.get(TEAM, one)
    assert kept.decided_by == f"U0{decided.index(True)}"
    assert kept.state is (State.GRANTED if decided.index(True) % 2 == 0 else State.REFUSED)


def test_nobody_decides_their_own_wish_nor_one_of_another_workspace(store: Store) -> None:
    one = asked(store)
    assert not store.approvals.decide(one, by="U0ADA", granted=True)
    with pytest.raises(KeyError):
        store.approvals.get("T0OTHER", one)
    assert store.approvals.waiting(TEAM, "U0ADA") == 1


def test_a_delivery_that_comes_again_asks_once(store: Store) -> None:
    assert asked(store, "abc") == asked(store, "abc")
    assert store.approvals.waiting(TEAM, "U0ADA") == 1


def test_what_nobody_decides_in_time_is_over_and_its_card_is_to_be_told(store: Store) -> None:
    one = asked(store)
    stands(store, one)
    assert (store.approvals.expire(), store.approvals.untold()) == ([], [])
    past = approval.update().values(expires_at=clock.now() - timedelta(seconds=1))
    store.database.write(lambda db: db.execute(past).rowcount)
    assert not store.approvals.decide(one, by="U0BOB", granted=True)
    assert [each.id for each in store.approvals.expire()] == [one]
    (told,) = store.approvals.untold()
    assert told.state is State.OVER
    store.approvals.told(one, told.state)
    assert (store.approvals.untold(), store.approvals.expire()) == ([], [])


def test_for_a_workspace_that_removed_us_nothing_is_begun_that_was_approved(store: Store) -> None:
    one = asked(store)
    assert store.approvals.decide(one, by="U0BOB", granted=True)
    past = approval.update().values(decided_at=clock.now() - timedelta(minutes=2))
    store.database.write(lambda db: db.execute(past).rowcount)
    assert [each.id for each in store.approvals.unbegun()] == [one]
    ours = Installation(TEAM, "Example", "A0US", "U0US", "B0US", frozenset(), "U0ADA", clock.now(), "sealed")
    assert store.installations.end(store.installations.put(ours), why="test")
    assert store.approvals.unbegun() == []


def about(store: Store, target: Target, **more: str) -> str:
    """A scan of a target that found something, with a raw answer, a note, a verdict and a watch beside it."""
    one = opened(store, "dns", target=target, reason="case 17")
    held = claimed(store, one)
    store.runs.save(held, [found(f"192.0.2.{len(target.value)}")])
    store.runs.close(held, Outcome.FOUND)
    now, sha256 = clock.now(), f"{len(target.value):064d}"
    rows = [
        answer.insert().values(sha256=sha256, body=b"x", kept_at=now),
        answered.insert().values(run_id=held.id, position=0, sha256=sha256, fetched_at=now),
        answered.insert().values(run_id=held.id, position=1, sha256="f" * 64, fetched_at=now),
        verdict.insert().values(team=TEAM, target_digest=_digest(target), verdict="false", at=now),
        watch.insert().values(id=one.id, team=TEAM, kind=str(target.kind), value=target.value, made_at=now),
    ]
    store.database.write(lambda db: [db.execute(row) for row in rows])
    return one.id


def _digest(target: Target) -> str:
    return digest(str(target.kind), target.value)


def count(store: Store, table: sa.Table) -> int:
    return int(store.database.read(lambda db: db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()))


def test_a_target_is_forgotten_with_all_that_hangs_on_it_and_others_stay(store: Store) -> None:
    both = answer.insert().values(sha256="f" * 64, body=b"both", kept_at=clock.now())
    store.database.write(lambda db: db.execute(both).rowcount)
    about(store, ADA)
    other = about(store, Target(Kind.EMAIL, "someone@example.com"))
    asked(store)
    store.chain.extend()
    forgotten = store.forgetting.forget(ADA, team=TEAM)
    assert forgotten == Forgotten(scans=1, findings=1, answers=1, verdicts=1, watches=1, approvals=1, audited=1)
    assert {table.name: count(store, table) for table in (scan, run, finding, answer, answered, verdict, watch)} == {
        "scan": 1,
        "run": 1,
        "finding": 1,
        "answer": 2,  # the one that both were made of is kept for the other
        "answered": 2,
        "verdict": 1,
        "watch": 1,
    }
    assert store.scans.recent(TEAM)[0].id == other
    assert (count(store, approval), count(store, note)) == (0, 0)


def test_the_audit_keeps_its_rows_and_links_and_nothing_of_the_target(store: Store) -> None:
    about(store, ADA)
    store.audit.write(user="U0ADA", place=PLACE, door="slack", verb="history", subject="Ada@Example.com")
    store.audit.write(user="U0ADA", place=PLACE, door="slack", verb="plan", subject="ada[@]example[.]com")
    store.audit.write(user="U0ADA", place=PLACE, door="slack", verb="history", subject="bob@example.com")
    store.chain.extend()
    assert store.forgetting.forget(ADA, team=TEAM).audited == 3
    said = [(row["subject"], row["reason"]) for row in store.audit.listed(team=TEAM)]
    assert said == [("bob@example.com", ""), ("", ""), ("", ""), ("", "")]
    (verified,) = store.chain.verify()
    assert (verified.rows, verified.forgotten, verified.broken) == (4, 3, "")
    assert "ada" not in name_of(ADA)


def test_another_workspace_s_scans_of_the_same_target_stay(store: Store) -> None:
    opened(store, "dns", target=ADA)
    opened(store, "dns", target=ADA, place=Place("T0OTHER", "C0SHARED"))
    assert store.forgetting.forget(ADA, team=TEAM).scans == 1
    assert len(store.scans.recent("T0OTHER")) == 1
    assert store.forgetting.forget(ADA, team=None).scans == 1


def test_what_is_held_is_told_before_anything_goes(store: Store) -> None:
    one = opened(store, "dns", target=ADA)
    seat = store.desk.sit(one.id, lease=30)
    assert seat is not None
    store.desk.note(seat, "parent", state="said", channel="C0GENERAL", ts="1.1", digest="d")
    store.desk.note(seat, "file/1/dns/0", state="said", channel="C0GENERAL", ts="F0FILE")
    store.desk.note(seat, "delay/1", state="noted", digest="2.0")
    held = store.forgetting.held(ADA, team=TEAM)
    assert (held.scans, held.running, held.elsewhere) == ((one.id,), (one.id,), 0)
    assert sorted((each.ts, each.file, each.head) for each in held.spoken) == [
        ("1.1", False, True),
        ("F0FILE", True, False),
    ]
    closed_all(store, one.id)
    assert store.forgetting.held(ADA, team=TEAM).running == ()


def test_files_cards_and_threads_of_one_s_own_are_known_for_what_they_are(store: Store) -> None:
    one = opened(store, "dns", target=ADA)
    seat = store.desk.sit(one.id, lease=30)
    assert seat is not None
    said = {
        "export/pdf/abc": "F0PDF",
        "to/U0BOB/file/1/dns/0": "F0FILE",
        "to/U0BOB/parent": "2.1",
        "export/csv/x": "3.1",
    }
    for slot, ts in said.items():
        store.desk.note(seat, slot, state="said", channel="D0BOB", ts=ts)
    store.desk.lay(one.id, "graph/F0PNG", channel="C0GENERAL", ts="F0PNG")
    stands(store, asked(store))
    held = store.forgetting.held(ADA, team=TEAM)
    assert sorted((each.ts, each.file, each.head) for each in held.spoken) == [
        ("1700000000.000100", False, True),
        ("2.1", False, True),
        ("3.1", False, False),
        ("F0FILE", True, False),
        ("F0PDF", True, False),
        ("F0PNG", True, False),
    ]


def test_a_person_is_forgotten_in_letters_of_either_case(store: Store) -> None:
    about(store, Target(Kind.EMAIL, "ADA@example.com"))
    forgotten = store.forgetting.forget(ADA, team=TEAM)
    assert (forgotten.scans, forgotten.verdicts, forgotten.watches) == (1, 1, 1)
    assert store.scans.recent(TEAM) == []


def test_findings_of_other_scans_that_name_it_are_counted(store: Store) -> None:
    one = opened(store, "dns")
    held = claimed(store, one)
    store.runs.save(held, [found("ada@example.com", Kind.EMAIL)])
    store.runs.close(held, Outcome.FOUND)
    assert store.forgetting.held(ADA, team=TEAM).elsewhere == 1


def test_what_was_pivoted_from_it_stays_and_points_to_nothing(store: Store) -> None:
    parent = opened(store, "dns", target=ADA)
    child = opened(store, "dns", belongs=Belongs(parent=parent.id, parent_finding="abc", hops=1))
    store.forgetting.forget(ADA, team=TEAM)
    assert store.scans.get(child.id).belongs == Belongs(hops=1)


@pytest.mark.parametrize(
    ("target", "subject", "blanked"),
    [
        (Target(Kind.USERNAME, "ada_example"), "adaXexample", 0),
        (Target(Kind.USERNAME, "al"), "example.org, al-right and val", 0),
        (Target(Kind.USERNAME, "al"), "add user:al our own staff", 1),
        (ADA, "ada@example.com.au", 0),
        (ADA, "nada@example.com", 0),
        (ADA, "ada[@]example[.]com, example[.]org", 1),
        (Target(Kind.PHONE, "+34600123456"), "+34 (600) 12-34-56", 1),
        (Target(Kind.PHONE, "+34600123456"), "+346001234567", 0),
        (Target(Kind.DOMAIN, "example.com"), "ada@example.com", 0),
        (Target(Kind.DOMAIN, "example.com"), "example[.]com", 1),
    ],
)
def test_lines_about_others_keep_what_they_say(store: Store, target: Target, subject: str, blanked: int) -> None:
    store.audit.write(user="U0ADA", place=PLACE, door="slack", verb="history", subject=subject)
    store.chain.extend()
    assert store.forgetting.forget(target, team=TEAM).audited == blanked
    (row,) = store.audit.listed(team=TEAM)
    assert row["subject"] == ("" if blanked else subject)


def test_the_card_that_asked_for_a_second_person_goes_as_well(store: Store) -> None:
    stands(store, asked(store))
    (card,) = store.forgetting.held(ADA, team=TEAM).spoken
    assert (card.channel, card.ts, card.file) == (PLACE.channel, "1700000000.000100", False)
    assert store.forgetting.held(Target(Kind.EMAIL, "someone@example.com"), team=TEAM).spoken == ()
