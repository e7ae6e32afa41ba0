"""The reply about breaches: passwords and stolen logins first, the rest in a table, the source credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import blocks
from core.models import Fact, Finding, Kind, Outcome, Place, Run, Target
from tests.core.reading import first_line, rows, words
from tests.core.samples import EVIL, SEAL, finding, run, scan

ADA = Target(Kind.EMAIL, "ada@example.com")
TITLE = "Breaches (Have I Been Pwned)"
SINCE = datetime(2026, 5, 10, tzinfo=UTC)


def reply(*findings: Finding, channel: str = "D0ADA", target: Target = ADA) -> blocks.Message:
    given: Run = run("haveibeenpwned", Outcome.FOUND, *findings)
    where = scan(given, target=target, place=Place("T0SANDBOX", channel))
    return blocks.reply(where, given, title=TITLE, seal=SEAL)


def breach(name: str, severity: str = "", *, year: int = 2026, role: str = "account", **more: Any) -> Finding:
    made = finding(
        "haveibeenpwned",
        Fact.BREACH,
        name,
        role=role,
        title=f"The {name}",
        exposed=["Passwords", "Usernames"],
        why="Passwords taken in May.",
        severity=severity or "info",
        **more,
    )
    return replace(made, first_seen=SINCE.replace(year=year))


PASTE = replace(
    finding("haveibeenpwned", Fact.PASTE, "Pastebin: AbCd1234", addresses=23, severity="low"), first_seen=SINCE
)


def test_the_first_line_says_how_many_and_whether_passwords_are_among_it() -> None:
    message = reply(breach("B", "low"), breach("A", "high", passwords=True), PASTE)
    assert first_line(message) == f"High, {TITLE}: in 2 breaches, passwords in 1; 1 paste"


def test_the_worst_come_first_and_of_equals_the_newest() -> None:
    message = reply(breach("Low"), breach("Old", "high", year=2020), breach("New", "high"), breach("Mid", "medium"))
    assert [row[0] for row in rows(message)] == ["The New", "The Old", "The Mid", "The Low"]
    shown = words(message)
    assert shown.index("The New: Passwords") < shown.index("The Old: Passwords") < shown.index("The Mid: Passwords")


def test_a_row_says_when_it_was_when_it_became_known_what_was_taken_and_what_is_doubtful() -> None:
    made = breach("A", "high", newly_added=True, added="2026-11-01", verified=False, stealer_log=True, unknown_kinds=2)
    assert rows(reply(made)) == [
        [
            "The A",
            "2026-05-10, became known 2026-11-01: Passwords, Usernames, 2 kinds of data I do not know; "
            "from a stealer log; not verified",
        ]
    ]


def test_two_hundred_low_ones_do_not_drown_the_one_that_matters() -> None:
    message = reply(*(breach(f"Low{n}", "low") for n in range(200)), breach("Bad", "high", passwords=True))
    assert "High: \nThe Bad: Passwords taken in May." in words(message)
    assert "and 181 more breaches in the file" in words(message)
    assert rows(message)[0][0] == "The Bad"


def test_stolen_logins_stand_above_everything() -> None:
    site = finding("haveibeenpwned", Fact.ACCOUNT, "shop.example.net", severity="high", direct_only=True)
    message = reply(breach("A", "high"), site)
    assert "High, logins stolen by malware at: \nshop[.]example[.]net" in words(message)
    assert first_line(message) == f"High, {TITLE}: in 1 breach; 1 stolen login"


def test_a_paste_is_named_and_dated_and_nothing_of_it_is_quoted() -> None:
    assert "Pastes: \nPastebin: AbCd1234 (2026-05-10, 23 addresses)" in words(reply(PASTE))


def test_a_domains_own_breaches_are_told_from_those_its_people_are_in() -> None:
    own = breach("Shop", "medium", role="site", accounts=48210)
    boxes = breach("Forum", "high", role="mailboxes", mailboxes=2)
    message = reply(own, boxes, channel="C0GENERAL", target=Target(Kind.DOMAIN, "example.com"))
    assert first_line(message) == f"High, {TITLE}: 1 breach of its own site; its people in 1 breach"
    assert [row[0] for row in rows(message)] == ["The Forum (2 mailboxes)", "The Shop (48,210 accounts)"]


def test_the_source_is_credited_wherever_its_answer_is_shown() -> None:
    assert "Data from Have I Been Pwned (CC BY 4.0), https://haveibeenpwned.com" in words(reply(PASTE))


@pytest.mark.parametrize("kind", [Fact.BREACH, Fact.PASTE, Fact.ACCOUNT, Kind.DOMAIN])
def test_whatever_findings_hold_the_reply_can_be_posted(kind: Fact | Kind) -> None:
    odd: dict[str, Any] = {
        "exposed": [EVIL] * 50,
        "title": EVIL,
        "why": EVIL,
        "added": 7,
        "accounts": "many",
        "mailboxes": [1],
    }
    message = reply(*(finding("haveibeenpwned", kind, f"{n} {EVIL}", newly_added=True, **odd) for n in range(60)))
    assert "<!channel>" not in words(message)
    assert message.files


ROLES = ["", "account", "site", "mailboxes", "stolen login", "never heard of"]


@given(st.lists(st.tuples(st.sampled_from([*Kind, *Fact]), st.sampled_from(ROLES)), min_size=1, max_size=9))
@settings(max_examples=50)
def test_every_finding_is_shown_or_in_the_file(kinds: list[tuple[Kind | Fact, str]]) -> None:
    found = [finding("haveibeenpwned", kind, f"value{n}x", role=role) for n, (kind, role) in enumerate(kinds)]
    message = reply(*found)
    assert message.files or [each.value for each in found if each.value not in words(message)] == []
