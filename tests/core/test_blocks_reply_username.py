"""The reply about a user name: counts and coverage first, the surest pages above, nobody called a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import blocks
from core.models import Confidence, Fact, Finding, Kind, Outcome, Run, Target
from tests.core.reading import first_line, rows, words
from tests.core.samples import EVIL, SEAL, finding, run, scan

TARGET = Target(Kind.USERNAME, "ada-example")
MISSED = "10 of 76 sites did not say: 6 blocked us or wanted a login, 4 were down; 66 answered."
REMARK = "A page says that a name is taken, not by whom."


def account(site: str, category: str = "coding", sure: Confidence = Confidence.HIGH, **more: Any) -> Finding:
    url = f"https://{site.lower().replace(' ', '')}.example/ada-example"
    base: dict[str, Any] = {
        "service": site,
        "category": category,
        "page": url,
        "name": "ada-example",
        "control": "absent",
    }
    return replace(finding("username", Fact.ACCOUNT, f"{site}: ada-example", **base, **more), confidence=sure)


def reply(given: Run) -> blocks.Message:
    return blocks.reply(scan(given, target=TARGET), given, title="User name on many sites", seal=SEAL)


def partly(*pages: Finding) -> Run:
    return run("username", Outcome.PARTIAL, *pages, reason="blocked", message=f"{MISSED}\n{REMARK}")


def test_counts_and_coverage_come_first_and_what_did_not_answer_right_below() -> None:
    message = reply(partly(account("Forge"), account("Chat", "social")))
    assert first_line(message) == "User name on many sites: 2 pages, 66 of 76 sites answered"
    said = words(message)
    assert f"Not looked at: \n{MISSED}" in said
    assert REMARK in said


def test_when_all_answered_the_first_line_says_so() -> None:
    given = run("username", Outcome.FOUND, account("Forge"), message=f"All 76 sites answered. {REMARK}")
    assert first_line(reply(given)) == "User name on many sites: 1 page, all 76 sites answered"


def test_the_surest_pages_come_first_then_by_category() -> None:
    low, mid = Confidence.LOW, Confidence.MODERATE
    message = reply(
        partly(
            account("Zeta", "art", low), account("Beta", "music"), account("Mid", "art", mid), account("Alpha", "music")
        )
    )
    assert [row[0] for row in rows(message)] == ["Alpha", "Beta", "Mid", "Zeta"]
    assert "By category: \nmusic 2, art 2" in words(message)
    assert "Least sure: \nZeta" in words(message)


def test_whom_a_page_names_stands_behind_its_address() -> None:
    message = reply(partly(account("Forge", display_name="Ada Example", location="Exampletown"), account("Chat")))
    assert ["Forge", "forge[.]example/ada-example (Ada Example, Exampletown)"] in rows(message)
    assert ["Chat", "chat[.]example/ada-example"] in rows(message)


def test_four_hundred_pages_do_not_drown_the_surest() -> None:
    many = [account(f"Site {number}", "forum", Confidence.LOW) for number in range(400)]
    message = reply(partly(*many, account("Forge")))
    assert rows(message)[0][0] == "Forge"
    assert len(rows(message)) == 20
    assert "and 381 more pages in the file" in words(message)
    assert len(message.files) == 1


def test_a_caution_stands_above_the_table() -> None:
    doubt = "Short names are taken by different people on different sites."
    assert f"Caution: \n{doubt}" in words(reply(partly(account("Forge", caution=doubt))))


@pytest.mark.parametrize("outcome", [Outcome.NOTHING, Outcome.PARTIAL, Outcome.FAILED])
def test_without_a_page_the_coverage_is_said_all_the_same(outcome: Outcome) -> None:
    given = run("username", outcome, reason="blocked", message=f"{MISSED}\n{REMARK}")
    assert "10 of 76 sites did not say" in words(reply(given))
    assert ("nothing found" in first_line(reply(given))) is (outcome is Outcome.NOTHING)


@given(
    st.dictionaries(
        st.sampled_from(["service", "category", "page", "caution", "display_name"]),
        st.sampled_from([EVIL, 7, None, [], "", {"a": 1}]),
    )
)
@settings(max_examples=50, deadline=None)
def test_attributes_of_any_kind_are_shown_harmlessly(attributes: dict[str, Any]) -> None:
    page = replace(account("Forge"), attributes=attributes)
    said = words(reply(partly(page)))
    assert "<!channel>" not in said
    assert "\u202e" not in said
