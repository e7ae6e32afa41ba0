"""The reply about a name's past: the change that matters first, the possible origin below it, the rest in a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import blocks
from core.language import speaking
from core.models import Fact, Finding, Kind, Outcome
from tests.core.reading import first_line, rows, words
from tests.core.samples import EVIL, NOW, SEAL, finding, run, scan

TITLE = "DNS history (SecurityTrails)"


def reply(*findings: Finding) -> blocks.Message:
    given = run("securitytrails", Outcome.FOUND, *findings)
    return blocks.reply(scan(given), given, title=TITLE, seal=SEAL)


def made(kind: Kind | Fact, value: str, *, since: int = 0, **more: Any) -> Finding:
    return replace(finding("securitytrails", kind, value, **more), first_seen=NOW - timedelta(days=since))


def change(n: int, **more: Any) -> Finding:
    return made(Fact.CHANGE, f"A moved from 192.0.2.{n} to 192.0.2.{n + 1} on some day", since=n, **more)


MOVE = made(
    Fact.CHANGE,
    "A moved from 192.0.2.10 to 198.51.100.7 on 3 Nov 2026",
    severity="medium",
    why="Since then it is behind Example CDN. The server itself may still answer at 192.0.2.10.",
    origin_hint=["192.0.2.10"],
)
HERE = made(Kind.IP, "198.51.100.7", since=20, role="address", organisation="Example CDN")
BEFORE = replace(
    made(Kind.IP, "192.0.2.10", role="former address", organisations=["Example Hosting"]),
    last_seen=datetime(2026, 11, 2, tzinfo=UTC),
)


def test_the_change_that_matters_is_the_first_line_and_the_possible_origin_the_second() -> None:
    message = reply(change(1), HERE, BEFORE, MOVE)
    assert first_line(message) == f"Medium, {TITLE}: A moved from 192[.]0[.]2[.]10 to 198[.]51[.]100[.]7 on 3 Nov 2026"
    shown = words(message)
    assert "Possible origin: \nSince then it is behind Example CDN." in shown
    assert "Leads to: \n198[.]51[.]100[.]7 (Example CDN, since 2026-11-03)" in shown
    assert "Led to: \n192[.]0[.]2[.]10 (Example Hosting, until 2026-11-02)" in shown


def test_changes_stand_in_a_table_the_newest_first() -> None:
    assert [row[0] for row in rows(reply(change(9), change(2), change(5)))] == [
        "2026-11-21",
        "2026-11-18",
        "2026-11-14",
    ]


def test_two_hundred_names_and_changes_do_not_drown_the_one_that_matters() -> None:
    names = [made(Kind.DOMAIN, f"host{n}.example.com") for n in range(200)]
    message = reply(*names, *(change(n) for n in range(1, 120)), MOVE)
    assert "3 Nov 2026" in first_line(message)
    assert rows(message)[0] == ["2026-11-23", "A moved from 192[.]0[.]2[.]10 to 198[.]51[.]100[.]7"]
    assert "Names below it: \nhost0[.]example[.]com" in words(message)
    assert "and 192 more" in words(message)
    assert "and 100 more changes in the file" in words(message)


def test_without_changes_the_counts_come_first() -> None:
    names = [made(Kind.DOMAIN, f"host{n}.example.com") for n in range(3)]
    assert first_line(reply(*names, HERE)) == f"{TITLE}: 3 names"


def test_an_address_shows_its_names_and_neighbours() -> None:
    name = made(Kind.DOMAIN, "www.example.com", role="name at the address")
    beside = made(Kind.CIDR, "192.0.2.8/29", role="neighbour", names=list("abcd"), name_count=4, ports=[80, 443])
    others = [made(Kind.IP, f"192.0.2.{n}", role="neighbour", names=[], name_count=0) for n in range(20, 40)]
    message = reply(name, *others, beside)
    assert first_line(message) == f"{TITLE}: 1 name at the address, 21 neighbours"
    assert len(rows(message)) == 6
    assert rows(message)[:1] == [["192[.]0[.]2[.]8/29", "a, b, c and 1 more; ports 80, 443"]]
    assert "Names at the address: \nwww[.]example[.]com" in words(message)
    assert "15 further findings in the file" in words(message)


def test_names_that_look_internal_are_told_from_the_others() -> None:
    message = reply(made(Kind.DOMAIN, "intranet.example.com", internal=True), made(Kind.DOMAIN, "www.example.com"))
    assert "Names that look internal: \nintranet[.]example[.]com" in words(message)
    assert "Names below it: \nwww[.]example[.]com" in words(message)


def test_what_has_no_line_of_its_own_is_counted_and_in_the_file() -> None:
    message = reply(HERE, made(Fact.RECORD, "TXT v=spf1 -all", record="TXT"))
    assert "1 further finding in the file" in words(message)
    assert message.files


@pytest.mark.parametrize("kind", [Fact.CHANGE, Kind.DOMAIN, Kind.IP, Kind.CIDR, Fact.ORGANISATION])
@pytest.mark.parametrize("role", ["", "neighbour", "address", "former address", "registrant", "name at the address"])
def test_whatever_findings_hold_the_reply_can_be_posted(kind: Fact | Kind, role: str) -> None:
    odd: dict[str, Any] = {"names": [EVIL], "ports": [EVIL], "organisation": EVIL, "why": EVIL, "name_count": "x"}
    message = reply(*(made(kind, f"{n} {EVIL}", role=role, severity="medium", **odd) for n in range(40)))
    assert "<!channel>" not in words(message)
    assert message.files


ROLES = ["", "address", "former address", "mail server", "name at the address", "neighbour", "tag", "never heard of"]


@given(st.lists(st.tuples(st.sampled_from([*Kind, *Fact]), st.sampled_from(ROLES)), min_size=1, max_size=9))
@settings(max_examples=50)
def test_every_finding_is_shown_or_in_the_file(kinds: list[tuple[Kind | Fact, str]]) -> None:
    found = [made(kind, f"value{n}x", role=role) for n, (kind, role) in enumerate(kinds)]
    message = reply(*found)
    assert message.files or [each.value for each in found if each.value not in words(message)] == []


def test_a_change_in_spanish_its_day_in_the_column_of_days_alone() -> None:
    between = made(Fact.CHANGE, "NS lost ns1.example.net between 3 Oct 2026 and 9 Dec 2026", since=2)
    with speaking("es"):
        message = reply(MOVE, between)
    moved = "El registro A pasó de 192[.]0[.]2[.]10 a 198[.]51[.]100[.]7"
    assert f"{moved} el 3 de noviembre de 2026" in first_line(message)
    assert [row[1] for row in rows(message)] == [
        moved,
        "El registro NS perdió ns1[.]example[.]net entre el 3 de octubre de 2026 y el 9 de diciembre de 2026",
    ]
