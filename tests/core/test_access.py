"""Who may see a scan or a case: one rule, asked by every door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.access import Reader, audience, only_as_admin, sees, sees_case
from core.belongs import Belongs
from core.cases import Case, Tlp, allows, strictest, tlp_of
from core.models import Place
from core.rooms import Room, may_show
from tests.core.samples import NOW, scan

TEAM = "T0SANDBOX"
ADA, BOB, EVE = (Reader(TEAM, user, frozenset({"C0GENERAL"})) for user in ("U0ADA", "U0BOB", "U0EVE"))
FAR = Reader(TEAM, "U0EVE", frozenset({"C0OTHER", ""}))
BOSS = Reader(TEAM, "U0BOSS", admin=True)
CASE = Case("c1", TEAM, "Phish wave", "why", Tlp.AMBER, "C0GENERAL", "", "U0ADA", NOW, members=frozenset({"U0BOB"}))


@pytest.mark.parametrize("tlp", [None, *Tlp])
def test_a_label_takes_the_channel_s_readers_away_only_when_it_is_red(tlp: Tlp | None) -> None:
    one = scan(belongs=Belongs(case="c1", tlp=str(tlp or ""), members=frozenset({"U0BOB"})))
    seen = {reader.user: sees(reader, one) for reader in (ADA, BOB, EVE, BOSS)}
    assert seen == {"U0ADA": True, "U0BOB": True, "U0EVE": tlp is not Tlp.RED, "U0BOSS": True}
    assert not sees(FAR, one)
    assert not sees(replace(BOSS, team="T0OTHER"), one)


def test_who_reads_along_in_a_channel_sees_nothing_for_who_they_are() -> None:
    mine = scan(belongs=Belongs(tlp="red", members=frozenset({"", "U0BOB"})))
    assert not sees(audience(mine.place), mine)
    assert sees(audience(mine.place), replace(mine, belongs=Belongs(tlp="amber")))
    assert not sees(audience(Place(TEAM, "")), replace(mine, belongs=Belongs(), place=Place(TEAM, "")))


def test_a_message_has_nothing_in_it_that_is_marked_more_strictly_than_it() -> None:
    for label in Tlp:
        under = audience(Place(TEAM, "C0GENERAL"), label)
        seen = {tlp for tlp in Tlp if sees(under, scan(belongs=Belongs(tlp=str(tlp))))}
        assert seen == {tlp for tlp in Tlp if allows(label, tlp)} - {Tlp.RED}


def test_an_admin_sees_red_as_an_admin_alone_and_others_do_not() -> None:
    red = scan(belongs=Belongs(case="c1", tlp="red", members=frozenset({"U0BOB"})))
    assert only_as_admin(BOSS, red)
    assert not only_as_admin(replace(BOSS, user="U0BOB"), red)  # a member
    assert not only_as_admin(replace(BOSS, user="U0ADA"), red)  # who asked
    assert not only_as_admin(BOSS, replace(red, belongs=Belongs(tlp="amber")))


def test_a_red_case_is_its_members_alone() -> None:
    red = replace(CASE, tlp=Tlp.RED)
    assert [sees_case(reader, CASE) for reader in (BOB, EVE, FAR, BOSS)] == [True, True, False, True]
    assert [sees_case(reader, red) for reader in (BOB, EVE, FAR, BOSS)] == [True, False, False, True]
    assert not sees_case(replace(BOSS, team="T0OTHER"), CASE)


def test_red_and_amber_strict_are_shown_nowhere_that_is_not_known_to_be_fit() -> None:
    fit = {tlp: {room for room in Room if may_show(tlp, room)} for tlp in (None, *Tlp)}
    assert fit[Tlp.RED] == {Room.DIRECT, Room.PRIVATE}
    assert fit[Tlp.AMBER_STRICT] == {Room.DIRECT, Room.PRIVATE, Room.PUBLIC}
    assert all(fit[tlp] == set(Room) for tlp in (None, Tlp.AMBER, Tlp.GREEN, Tlp.CLEAR))


def test_labels_are_read_as_people_write_them_and_written_as_the_protocol_does() -> None:
    assert {tlp_of(word) for word in ("amber+strict", "TLP:AMBER+STRICT", "Amber-Strict", "amber_strict")} == {
        Tlp.AMBER_STRICT
    }
    assert [tlp_of(word) for word in ("", "pink", "TLP:")] == [None, None, None]
    assert Tlp.AMBER_STRICT.label == "TLP:AMBER+STRICT"


def test_the_strictest_label_counts() -> None:
    assert strictest(Tlp.GREEN, None, Tlp.RED, Tlp.AMBER) is Tlp.RED
    assert strictest(None, None) is None
    assert [allows(Tlp.AMBER, tlp) for tlp in (Tlp.RED, Tlp.AMBER_STRICT, Tlp.AMBER, Tlp.CLEAR, None)] == [
        *(False, False, True, True, True)
    ]
