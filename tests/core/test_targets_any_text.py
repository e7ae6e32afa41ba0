"""What holds for every text, however hostile: reading, spelling and defanging agree, in linear work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Ambiguous, NotATarget
from core.models import Target
from core.targets import defang, parse, spell, split
from tests.core.counting import calls
from tests.core.target_rows import EXAMPLES, TABLE

TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="a1.:/@[]()<>|\"'`*_~-+#?&; \u200b。хx\\", max_size=40),
    st.lists(st.sampled_from([text for _, text, _ in TABLE] + list("[]().:/\"'<>|@ *_")), max_size=4).map("".join),
    st.emails(),
    st.from_regex(r"h(tt|xx)ps?://[a-z]{1,5}(\.|\[\.\])(com|test)(:[0-9]{1,4})?(/[!-~]{0,12}){0,2}", fullmatch=True),
    st.ip_addresses().map(str),
)


def reading(text: str) -> Target | None:
    try:
        return parse(text, allow=EXAMPLES)
    except Ambiguous as question:
        return question.choices[0]
    except NotATarget:
        return None


@settings(deadline=None)
@given(TEXTS)
def test_no_text_raises_anything_but_that_it_is_no_target(text: str) -> None:
    target = reading(text)
    assert target is None or target.value


@settings(deadline=None)
@given(TEXTS)
def test_reading_is_idempotent_through_spelling(text: str) -> None:
    target = reading(text)
    if target:
        assert parse(spell(target), allow=EXAMPLES) == target


@settings(deadline=None)
@given(TEXTS)
def test_defanging_is_undone_by_reading_and_needs_no_second_time(text: str) -> None:
    target = reading(text)
    if target:
        harmless = defang(spell(target))
        assert parse(harmless, allow=EXAMPLES) == target
        assert defang(harmless) == harmless
        assert "http" not in harmless.partition("://")[0] or "://" not in harmless


@settings(deadline=None)
@given(st.text(alphabet="a.b@:/[] 1-ä❤", max_size=60))
def test_defanged_text_holds_nothing_that_a_chat_program_links(text: str) -> None:
    harmless = defang(f"https://{text} ada@{text} {text}.com")
    assert "https://" not in harmless
    assert defang(harmless) == harmless


HOSTILE = [
    "[",
    "((",
    "a.",
    "*_~",
    "<a|",
    "&amp;",
    "[.]",
    "\"'",
    "a@",
    "+1 2",
    "http://",
    "[a](http://",
    "1",
    "[[dot]",
    "a:b.",
]


def read_or_refuse(text: str) -> None:
    try:
        parse(text)
    except NotATarget:
        return


@pytest.mark.timeout(60)  # a pattern that backtracks over the square of the length would need minutes
@pytest.mark.parametrize("seed", HOSTILE)
@pytest.mark.parametrize(
    ("work", "most"), [(defang, 100_000), (split, 100_000), (read_or_refuse, 4096), (read_or_refuse, 100_000)]
)
def test_the_work_grows_no_faster_than_a_hostile_text(work: Callable[[str], object], most: int, seed: str) -> None:
    pairs = most // (2 * len(seed))
    assert calls(lambda: work(2 * pairs * seed)) <= 2.5 * calls(lambda: work(pairs * seed)) + 200
