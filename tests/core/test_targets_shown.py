"""How targets are shown, taken apart and cut out of a command line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.targets import defang, display, host_of, parse, registrable, split, suffix_of
from tests.core.target_rows import EXAMPLES


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("example.com", "example[.]com"),
        ("https://example.com/a.html", "hxxps://example[.]com/a[.]html"),
        ("HTTP://example.com", "hxxp://example[.]com"),
        ("ada@example.com", "ada[@]example[.]com"),
        ("192.0.2.10", "192[.]0[.]2[.]10"),
        ("slack://open", "slack[:]//open"),
        ("v=spf1 include:_spf.example.com -all", "v=spf1 include:_spf[.]example[.]com -all"),
        ("Apache 2.4.58", "Apache 2.4.58"),
        ("@ada", "@ada"),
        ("example[.]com", "example[.]com"),
        ("", ""),
    ],
)
def test_values_are_defanged_for_showing(text: str, harmless: str) -> None:
    assert defang(text) == harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("example.com", "example[.]com"),
        ("münchen.de", "xn--mnchen-3ya[.]de (münchen[.]de)"),
        ("domain:alice.smith", "alice[.]smith"),
        ("https://münchen.de/a", "hxxps://xn--mnchen-3ya[.]de/a (münchen[.]de)"),
        ("ada@münchen.de", "ada[@]xn--mnchen-3ya[.]de (münchen[.]de)"),
        ("user:ada", "user:ada"),
        ('"Ada Example"', '"Ada Example"'),
        ("https://example.com/", "hxxps://example[.]com/"),
        ("AS64496", "AS64496"),
    ],
)
def test_a_target_is_shown_harmless_and_readable(text: str, shown: str) -> None:
    assert display(parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("www.example.com", "www.example.com"),
        ("https://www.example.com:8443/a", "www.example.com"),
        ("https://192.0.2.10/a", None),
        ("https://[2001:db8::10]/a", None),
        ("ada@example.com", "example.com"),
        ("192.0.2.10", None),
        ("user:example.com", None),
    ],
)
def test_the_host_of_a_target_is_its_domain(text: str, host: str | None) -> None:
    assert host_of(parse(text, allow=EXAMPLES)) == host


def test_the_registered_name_is_told_from_the_suffix() -> None:
    assert registrable("a.b.example.co.uk") == "example.co.uk"
    assert registrable("example.test") == "example.test"
    assert registrable("co.uk") is None
    assert registrable("alice.smith") is None
    assert registrable("ada.github.io") == "github.io"
    assert registrable("www.ada.github.io", private=True) == "ada.github.io"
    assert suffix_of("a.example.co.uk") == "co.uk"
    assert suffix_of("ada.github.io", private=True) == "github.io"
    assert suffix_of("alice.smith") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("example.com", ["example.com"]),
        ("example.com example.org", ["example.com", "example.org"]),
        ("example.com,example.org , 192.0.2.10;", ["example.com", "example.org", "192.0.2.10"]),
        ('"Ada Example" user:ada', ['"Ada Example"', "user:ada"]),
        ("“Ada Example” fresh", ['"Ada Example"', "fresh"]),
        ("‘Ada Example’ fresh", ["'Ada Example'", "fresh"]),
        ('name:"Example, Inc." #case-17', ['name:"Example, Inc."', "#case-17"]),
        ("example.com collectors=dns,whois", ["example.com", "collectors=dns,whois"]),
        ("<http://example.com|example.com> fresh", ["<http://example.com|example.com>", "fresh"]),
        ("<@U0ADA1234|ada b> x", ["<@U0ADA1234|ada b>", "x"]),
        ("+1 (202) 555-0143, example.com", ["+1 (202) 555-0143", "example.com"]),
        ("+12025550143 192.0.2.10", ["+12025550143", "192.0.2.10"]),
        ("https://example.com/a,b,https://example.org/", ["https://example.com/a,b", "https://example.org/"]),
        ("example [.] com hxxp://example[.]org", ["example.com", "http://example.org"]),
        ('"unclosed example.com', ['"unclosed', "example.com"]),
        ("Ada's example.com", ["Ada's", "example.com"]),
    ],
)
def test_a_command_is_cut_into_words(text: str, words: list[str]) -> None:
    assert split(text) == words


@settings(deadline=None)
@given(st.text(alphabet="a,\"'<>| =+1.[]“;\n", max_size=60))
def test_cutting_never_fails_and_gives_no_empty_word(text: str) -> None:
    assert all(split(text))
