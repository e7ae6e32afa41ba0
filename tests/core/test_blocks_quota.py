"""The quota card: what is short comes first, a bar for each window, and nobody is named."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import blocks
from core.blocks.quota import bar
from core.ledger import Count, Quota, Standing, Trouble, windows
from tests.core.reading import words
from tests.core.slack_limits import message_complaints, strings
from tests.core.strategies import texts

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY, MONTH = windows(NOON)
AT = NOON.timestamp()


def standing(
    source: str = "VirusTotal", key: str = "key 1 of 2", *counts: Count, trouble: Trouble | None = None
) -> Standing:
    return Standing(source, key, counts, trouble, "4 in 60 s", f"{source}|{key}")


def card(*standings: Standing, resting: tuple[tuple[str, Trouble], ...] = ()) -> blocks.Message:
    message = blocks.quota(Quota(standings, resting, NOON))
    assert message_complaints(message.text, list(message.blocks)) == []
    return message


def spoken(message: blocks.Message) -> str:
    """What is shown, each label with its text."""
    return re.sub(r"\n{2,}", "\n", words(message)).replace(": \n", ": ")


def test_a_window_has_a_bar_what_is_used_what_is_left_and_until_when() -> None:
    said = spoken(card(standing("VirusTotal", "key 1 of 2", Count(DAY, 500, 300, 12, 200, 3))))
    assert "VirusTotal, key 1 of 2" in said
    assert "█████░░░ 200 of 500 left today" in said
    assert "used 300 by 3 people: you 12, the busiest 200" in said
    assert "may be asked 4 in 60 s at most" in said


def test_what_is_short_is_said_first_and_to_those_who_hear_only_the_text() -> None:
    plenty, short = Count(DAY, 500, 10), Count(MONTH, 50, 45)
    message = card(standing("VirusTotal", "", plenty), standing("SecurityTrails", "the key", short))
    said = spoken(message)
    assert said.index("nearly used up this month, 5 left") < said.index("may be asked")
    assert said.index("5 of 50 left in Nov") < said.index("490 of 500 left today")
    assert "SecurityTrails, the key: nearly used up this month, 5 left" in message.text


@pytest.mark.parametrize(("used", "warned"), [(79, False), (80, True), (100, True)])
def test_the_warning_begins_at_four_fifths(used: int, warned: bool) -> None:
    assert ("used up today" in card(standing("urlscan.io", "", Count(DAY, 100, used))).text) is warned


@pytest.mark.parametrize(
    ("used", "limit", "shown"),
    [(0, 500, "░" * 8), (1, 500, "█" + "░" * 7), (250, 500, "█" * 4 + "░" * 4), (499, 500, "█" * 7 + "░"),
     (500, 500, "█" * 8), (600, 500, "█" * 8)],
)  # fmt: skip
def test_a_bar_never_hides_that_something_is_used_or_left(used: int, limit: int, shown: str) -> None:
    assert bar(Count(DAY, limit, used)) == shown


def test_a_key_that_rests_is_said_with_why_and_until_when() -> None:
    refused = Trouble("bad_key", 3, AT, AT, AT + 600)
    said = spoken(card(standing("VirusTotal", "key 2 of 2", Count(DAY, 500, 1), trouble=refused)))
    assert "VirusTotal, key 2 of 2: the source refused our key (3 times in a row), rests until 12:10 UTC" in said


def test_other_sources_that_rest_are_listed() -> None:
    down = Trouble("down", 5, AT, AT, AT + 120)
    assert "crt.sh: the source is down (5 times in a row), until 12:02 UTC" in spoken(card(resting=(("crt.sh", down),)))


def test_while_redis_is_away_nothing_is_made_up() -> None:
    said = spoken(card(standing("VirusTotal", "", Count(DAY, 500, 0, known=False))))
    assert "500 today; what is left is not known now, because Redis does not answer" in said
    assert "░" not in said


def test_with_nothing_to_count_it_says_so() -> None:
    assert "none rests" in card().text


counts = st.builds(
    Count,
    st.sampled_from([DAY, MONTH]),
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**6),
    st.booleans(),
)
troubles = st.builds(Trouble, texts, st.integers(0, 10**6), st.just(AT), st.just(AT), st.floats(AT - 10**6, AT + 10**6))
standings = st.builds(
    Standing, texts, texts, st.lists(counts, max_size=2).map(tuple), st.none() | troubles, texts, texts
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(standings, max_size=4), st.lists(st.tuples(texts, troubles), max_size=4), st.sampled_from([1, 12]))
def test_no_quota_makes_a_card_that_slack_refuses(
    some: list[Standing], resting: list[tuple[str, Trouble]], times: int
) -> None:
    message = blocks.quota(Quota(tuple(some * times), tuple(resting * times), NOON + timedelta(0)))
    assert message_complaints(message.text, list(message.blocks)) == []
    assert all("\x1b" not in each for each in strings(list(message.blocks)))
