"""What certificates say of names: nothing but names comes out of any text, and own is never mixed with outside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.crtsh import issued, logged
from collectors.issuances import Issuance, Ledger, internal_word, issuer_name, names_in
from collectors.names import country_in, email_in, is_host, link_in, phone_in
from tests.collectors.certificate_samples import issuance, row
from tests.collectors.mutants import JSON, places, replaced

SAFE = set("abcdefghijklmnopqrstuvwxyz0123456789-_.*@+!#%'/?^{}~")


@given(st.lists(st.text(max_size=80), max_size=5))
@settings(deadline=None)
def test_names_hold_no_letter_that_means_something_elsewhere(texts: list[str]) -> None:
    for name in names_in(texts):
        assert set(name) <= SAFE


@given(chance=st.data(), by=JSON)
@settings(max_examples=200, deadline=None)
def test_whatever_stands_in_a_row_it_is_read_or_left_out(chance: st.DataObject, by: Any) -> None:
    ledger = Ledger("example.com")
    for sample, read in ((row("example.com"), logged), (issuance(1, "example.com"), issued)):
        ledger.add(read(replaced(sample, chance.draw(st.sampled_from(places(sample))), by)))
    assert ledger.rows == 2
    assert all(ledger.sightings())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Example.COM.\n*.dev.example.com", ("example.com", "*.dev.example.com")),
        ("ada@Example.com", ("ada@example.com",)),
        ("Ada Example\nExample Corp", ()),
        ("localhost\n192.0.2.10\n2001:db8::1", ()),
        ("*.*.example.com\n*example.com\nfoo.*.example.com", ()),
        ("xn--bcher-kva.example", ("xn--bcher-kva.example",)),
        ("_acme-challenge.example.com", ("_acme-challenge.example.com",)),
        ("-x.example.com\nx-.example.com\n" + "y" * 64 + ".example.com", ()),
        ("a@b@example.com\n<@U0ADA>@example.com\n@example.com", ()),
    ],
)
def test_names_are_told_from_everything_else(text: str, names: tuple[str, ...]) -> None:
    assert names_in([text]) == names


@pytest.mark.parametrize(
    ("distinguished", "name"),
    [
        ("C=US, O=Example CA, CN=R10", "Example CA (R10)"),
        ("C=US, O=Let's Example, CN=Let's Example X3", "Let's Example X3"),
        ('C=GB, O="Example, Ltd.", CN=Root', "Example, Ltd. (Root)"),
        ("CN=Root", "Root"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_an_issuer_is_named_for_people(distinguished: str, name: str) -> None:
    assert issuer_name(distinguished) == name


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("db01.corp.example.com", "db"),
        ("x.staging-2.example.com", "staging"),
        ("*.dev.example.com", "dev"),
        ("devices.example.com", ""),
        ("www.example.com", ""),
        ("example.com", ""),
    ],
)
def test_names_that_look_internal_are_told_by_whole_words(name: str, word: str) -> None:
    assert internal_word(name, "example.com") == word


def test_a_name_that_only_ends_alike_is_not_owned() -> None:
    ledger = Ledger("example.com")
    assert [ledger.owns(name) for name in ("example.com", "a.example.com", "*.example.com", "x@a.example.com")] == [
        True
    ] * 4
    assert [ledger.owns(name) for name in ("notexample.com", "example.com.evil.test", "x@example.org")] == [False] * 3


def test_the_domain_comes_first_then_its_newest_names_then_outsiders() -> None:
    ledger = Ledger("example.com")
    for name, year in (("example.org", 2026), ("a.example.com", 2020), ("b.example.com", 2025), ("example.com", 2001)):
        start = datetime(year, 1, 1, tzinfo=UTC)
        ledger.add(Issuance((name,), "CA", ("CA", name), start, None))
    assert [each.name for each in ledger.sightings()] == [
        "example.com",
        "b.example.com",
        "a.example.com",
        "example.org",
    ]


def test_names_beside_a_subdomain_are_not_outside() -> None:
    ledger = Ledger("www.example.com", "example.com")
    assert ledger.owns("mail.example.com")
    assert not ledger.owns("example.org")


@pytest.mark.parametrize("text", ["example.com", "a-b.example", "_x.example.com", "1.example.com"])
def test_host_names_are_recognised(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize(
    "text", ["", "com", "a..b.test", "A.test", "x.1", "-a.test", "a b.test", "b\u00fccher.test", "x" * 254]
)
def test_other_texts_are_no_host_names(text: str) -> None:
    assert not is_host(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ada.Example+x@Example.COM ", "Ada.Example+x@example.com"),
        ("`x`@evil.test", ""),
        ("<@U0ADA>@evil.test", ""),
        ("https://registrar.example/contact", ""),
        ("ada@localhost", ""),
        ("REDACTED FOR PRIVACY", ""),
    ],
)
def test_mailboxes_are_told_from_forms_and_attacks(text: str, address: str) -> None:
    assert email_in(text) == address


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+1.2025550143;ext=1", "+12025550143"),
        ("+44 20 7946 0000 x12", "+442079460000"),
        ("020 7946 0000", ""),
        ("<!", ""),
    ],
)
def test_international_numbers_are_spelled_one_way(text: str, number: str) -> None:
    assert phone_in(text) == number


def test_countries_and_links_are_told_from_markup() -> None:
    assert [country_in(text) for text in ("US", "Cote d'Ivoire", "<!", "=1+1", "")] == [
        "US",
        "Cote d'Ivoire",
        "",
        "",
        "",
    ]
    assert link_in("https://registrar.example/a?b=c") == "https://registrar.example/a?b=c"
    assert [link_in(text) for text in ("javascript:alert(1)", "https://x.test|click", "https://\u202ex.test")] == [
        "",
        "",
        "",
    ]
