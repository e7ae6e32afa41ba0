"""How a question is read, however it is typed, and written down so that it is read the same again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.grammar import NO_CONSENT, Manner, manner_of, read, spelled, written
from core.errors import BadQuestion


@pytest.mark.parametrize(
    ("typed", "manner"),
    [
        ("example.com with=transfers,nsfw", Manner(options=("transfers", "nsfw"))),
        ("with=transfers example.com with=nsfw,transfers", Manner(options=("transfers", "nsfw"))),
        ("example.com --with=Transfers", Manner(options=("transfers",))),
        ("example.com --plan", Manner(plan=True)),
        ("plan example.com", Manner(plan=True)),
        ("example.com \u2014plan", Manner(plan=True)),  # a keyboard that makes one long dash of two
        ("example.com active", Manner(active=True)),
        ("example.com --fresh collectors=dns", Manner(names=("dns",), fresh=True)),
        ("example.com ACTIVE #case-17", Manner(active=True, tag="case-17")),
    ],
)
def test_options_are_read_wherever_and_however_they_stand(typed: str, manner: Manner) -> None:
    question = read(typed)
    assert question.manner == manner
    assert [target.value for target in question.targets] == ["example.com"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("example.com wiht=transfers", "Did you mean with=?"),
        ("example.com --actve", "Did you mean active?"),
        ("example.com --plam", "Did you mean plan?"),
        ("example.com breadth=3", "with=OPTION, playbook=NAME, tlp=RED, depth=1, fresh, active and plan"),
    ],
)
def test_an_option_nobody_knows_is_answered_with_the_nearest(typed: str, said: str) -> None:
    with pytest.raises(BadQuestion, match="There is no option") as caught:
        read(typed)
    assert said in str(caught.value)


words = st.lists(st.sampled_from(["transfers", "nsfw", "walks"]), max_size=3, unique=True).map(tuple)
manners = st.builds(
    Manner,
    names=st.lists(st.sampled_from(["dns", "whois"]), max_size=2, unique=True).map(tuple),
    options=words,
    fresh=st.booleans(),
    active=st.booleans(),
    plan=st.just(False),
    tag=st.sampled_from(["", "case-17", "case-17 urgent"]),
)


@given(manners)
def test_what_is_written_down_is_read_the_same_again(manner: Manner) -> None:
    assert manner_of(spelled(manner)) == ([], manner)
    question = read(f"example.com AS64496 {spelled(manner)}")
    assert read(written(question)) == question


def test_a_question_in_which_something_is_active_allows_nothing() -> None:
    question = read("is example.com still active")
    assert [target.value for target in question.targets] == ["example.com"]
    assert not question.manner.active
    assert question.ignored[-1] == NO_CONSENT
    assert read("example.com active").manner.active
