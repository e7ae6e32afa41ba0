"""Text from outside is harmless, short and never silently cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.blocks.text import Clip, aim, counted, escaped, listed, person, plain, safe, width
from core.models import Kind, Target
from tests.core.slack_limits import live_complaints, size
from tests.core.strategies import texts


@given(texts, st.integers(60, 3000))
def test_any_text_becomes_one_short_harmless_line(text: str, most: int) -> None:
    shown = plain(text, most)
    assert 0 < size(shown) <= most
    assert "\n" not in shown
    assert live_complaints(shown, mrkdwn=False) == []
    assert live_complaints(escaped(shown), mrkdwn=True) == []


@given(texts)
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    shown = plain(text, 500)
    assert plain(shown, 900) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("example.com", "example[.]com"),
        ("https://example.com/a?b=c.d", "hxxps://example[.]com/a?b=c[.]d"),
        ("ada@example.com", "ada[@]example[.]com"),
        ("192.0.2.10", "192[.]0[.]2[.]10"),
        ("2001:db8::10", "2001:db8::10"),
        ("_dmarc.example.com", "_dmarc[.]example[.]com"),
        ("took 0.4 s, version 2.4.58, e.g. this", "took 0.4 s, version 2.4.58, e.g. this"),
        ("crt.sh asks us to slow down", "crt.sh asks us to slow down"),
        ("<!channel> hello", "\u2039!channel> hello"),
        ("<@U0ADA>", "\u2039@U0ADA>"),
        ("a < b & c > d", "a < b & c > d"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07text", "red text"),
        ("\u202egnp.exe\u202c", "gnp[.]exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("z\u0301\u0301\u0301\u0301\u0301", "z\u0301\u0301"),
        ("\u3164\u2800", "(empty)"),
        ("", "(empty)"),
        ("\ud800x", "x"),
    ],
)
def test_plain_text(raw: str, shown: str) -> None:
    assert plain(raw, spare={"crt.sh"}) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a & b", "a &amp; b"),
        ("<https://evil.test|click>", "&lt;hxxps://evil[.]test|click&gt;"),
        ("*bold* ~gone~ `code`", "\u2217bold\u2217 \u223cgone\u223c \u02cbcode\u02cb"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
    ],
)
def test_text_in_mrkdwn_formats_nothing(raw: str, shown: str) -> None:
    assert safe(raw) == shown


def test_cut_text_says_how_long_it_was() -> None:
    shown = plain("A" * 5_000_000, 100)
    assert shown.endswith("… (5,000,000 characters)")
    assert width(shown) <= 100


def test_width_counts_what_slack_may_count_twice() -> None:
    assert width("abc") == 3
    assert width("\U0001f9d1") == 2


def test_only_a_slack_user_id_becomes_a_mention() -> None:
    assert person("U0ADA") == "<@U0ADA>"
    assert person("U0ADA> <!channel") == "U0ADA&gt; \u2039!channel"
    assert person("") == "somebody"


def test_an_idn_target_shows_both_forms() -> None:
    assert aim(Target(Kind.DOMAIN, "xn--exmple-cua.com")) == "xn--exmple-cua[.]com (exämple[.]com)"


def test_a_clip_remembers_that_it_cut() -> None:
    clip = Clip()
    assert clip.some(["a", "b", "a"]) == "a, b"
    assert not clip.cut
    assert clip.some(map(str, range(40)), most=3) == "0, 1, 2 and 37 more"
    assert clip.cut


def test_a_clip_notices_text_it_shortened() -> None:
    clip = Clip()
    clip.text("A" * 300, 120)
    assert clip.cut


def test_counts_and_lists_read_like_sentences() -> None:
    assert [counted(1, "finding"), counted(1204, "finding"), counted(2, "reply", "replies")] == [
        "1 finding",
        "1,204 findings",
        "2 replies",
    ]
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"]), listed([])] == [
        "a",
        "a and b",
        "a, b and c",
        "none",
    ]
