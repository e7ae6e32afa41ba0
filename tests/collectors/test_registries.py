"""Reading what registries say: every dialect, every odd date, and nothing but values out of any mutation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.doors.reply import Reply, digest
from collectors.registries import port43, privacy, rdap, servers, statuses, telling
from collectors.registries.asking import Said
from collectors.registries.registration import Contact, Registration, conflicts, tidy
from core.errors import Changed
from core.models import Kind
from tests.collectors import registry_samples as samples
from tests.collectors.mutants import JSON, places, replaced

REPLY = Reply(
    collector="whois",
    source="RDAP",
    status=200,
    url="https://x.test/",
    fetched_at=samples.NOW,
    body=b"",
    sha256=digest(b""),
)
ANSWERS: list[tuple[Kind, str, dict[str, Any]]] = [
    (Kind.DOMAIN, "example.com", samples.rdap_domain(entities=[samples.registrar_entity(), samples.holder_entity()])),
    (Kind.CIDR, "192.0.2.10", samples.rdap_network()),
    (Kind.ASN, "AS3333", samples.RDAP_AUTNUM),
]


def tell(registration: Registration) -> None:
    """Everything that is made of a registration, as JSON that any database takes."""
    for finding in telling.told([Said("x.test", REPLY, registration)], now=samples.NOW, context="Registration of it."):
        written = json.dumps([finding.value, dict(finding.attributes)], allow_nan=False)
        assert "\\u0000" not in written
        assert finding.value


@given(chance=st.data(), by=JSON)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_anywhere_in_an_rdap_answer_only_values_or_changed_come_out(
    chance: st.DataObject, by: Any
) -> None:
    kind, asked, answer = chance.draw(st.sampled_from(ANSWERS))
    mutant = replaced(answer, chance.draw(st.sampled_from(places(answer))), by)
    try:
        registration = rdap.read(mutant, kind, asked)
    except Changed:
        return
    tell(registration)


TEXTS = [
    samples.thick(),
    samples.DENIC,
    samples.NOMINET,
    samples.JPRS,
    samples.RIPE,
    samples.ARIN_TEXT,
    samples.AS_TEXT,
]


@given(chance=st.data(), by=st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_a_port_43_server_sends_only_values_come_out(chance: st.DataObject, by: str) -> None:
    text = chance.draw(st.sampled_from(TEXTS))
    start = chance.draw(st.integers(0, len(text)))
    mutant = text[:start] + by + text[chance.draw(st.integers(start, len(text))) :]
    for read in (port43.read_domain, port43.read_network, port43.read_asn):
        tell(read(mutant, "phish.test"))
    servers.says_not_found(mutant)


@pytest.mark.parametrize(
    ("text", "name", "created", "servers_", "registrar"),
    [
        (
            samples.thick(created=-9000),
            "phish.test",
            True,
            ("ns1.phish.test", "ns2.example.net"),
            "Cheap Names Example LLC",
        ),
        (samples.DENIC, "example.de", False, ("ns1.example.net", "ns2.example.net"), ""),
        (samples.NOMINET, "example.uk", True, ("ns1.example.net", "ns2.example.net"), "Example Registrar Ltd"),
        (samples.JPRS, "example.jp", True, ("ns1.example.net", "ns2.example.net"), ""),
    ],
)
def test_each_dialect_is_read(text: str, name: str, created: bool, servers_: tuple[str, ...], registrar: str) -> None:
    read = port43.read_domain(text, name)
    assert (read.created is not None, read.name_servers, read.registrar) == (created, servers_, registrar)
    assert read.says_something


def test_nominets_dates_and_jprs_holder_are_read() -> None:
    nominet = port43.read_domain(samples.NOMINET, "example.uk")
    assert (nominet.created, nominet.expires) == (
        datetime(1996, 11, 26, tzinfo=UTC),
        datetime(2031, 11, 26, tzinfo=UTC),
    )
    assert port43.read_domain(samples.JPRS, "example.jp").of("registrant")[0].title == "Example K.K."


def test_the_most_specific_network_of_an_answer_is_told() -> None:
    read = port43.read_network(samples.RIPE, "198.51.100.7")
    assert (read.subject, read.name, read.country, read.origins) == ("198.51.100.0/24", "EXAMPLE-NET", "GB", (64496,))
    assert read.of("registrant")[0].title == "Example Hosting Ltd"
    assert read.of("abuse")[0].emails == ("abuse@example.net",)


def test_arins_text_is_read() -> None:
    read = port43.read_network(samples.ARIN_TEXT, "192.0.2.10")
    assert (read.subject, read.handle, read.origins) == ("192.0.2.0/24", "NET-192-0-2-0-1", (64496, 64497))
    assert read.of("abuse")[0] == Contact(roles=("abuse",), emails=("abuse@example.com",), phones=("+1-202-555-0110",))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-01T10:11:12Z", "2026-05-01"),
        ("2026-05-01 10:11:12", "2026-05-01"),
        ("2026.05.01", "2026-05-01"),
        ("2026/05/01 (JST)", "2026-05-01"),
        ("20260501", "2026-05-01"),
        ("01-May-2026", "2026-05-01"),
        ("1 May 2026", "2026-05-01"),
        ("May 1, 2026", "2026-05-01"),
        ("Fri May  1 10:11:12 UTC 2026", "2026-05-01"),
        ("31.05.2026", "2026-05-31"),
        ("2026-05-01T01:00:00+02:00", "2026-04-30"),
    ],
)
def test_a_date_that_can_be_read_one_way_is_read(text: str, day: str) -> None:
    found = port43.time_in(text)
    assert found is not None
    assert f"{found:%Y-%m-%d}" == day


@pytest.mark.parametrize("text", ["01/05/2026", "before 1995", "never", "31.13.2026", "99-Xyz-2026", "32 May 2026", ""])
def test_a_date_that_can_be_read_two_ways_or_none_is_not_guessed(text: str) -> None:
    assert port43.time_in(text) is None


@pytest.mark.parametrize(
    ("spelled", "word"),
    [
        ("clientTransferProhibited https://icann.org/epp#clientTransferProhibited", "client transfer prohibited"),
        ("client transfer prohibited", "client transfer prohibited"),
        ("serverHold (https://example.test)", "server hold"),
        ("ACTIVE", "active"),
        ("ok", "ok"),
    ],
)
def test_statuses_have_one_spelling_and_a_meaning(spelled: str, word: str) -> None:
    assert statuses.plain(spelled) == word
    assert statuses.explained((word,))[word]


@pytest.mark.parametrize(
    ("spelled", "host"),
    [
        ("whois.nic.test", "whois.nic.test"),
        ("whois://Whois.NIC.test:43/", "whois.nic.test"),
        ("whois.nic.test/", "whois.nic.test"),
        ("https://whois.nic.test", ""),
        ("rwhois://rwhois.nic.test:4321", ""),
        ("whois.nic.test:4343", ""),
        ("localhost", ""),
        ("a b.test", ""),
        ("-x.test", ""),
        ("<!channel>.test", ""),
        ("", ""),
    ],
)
def test_only_a_port_43_host_is_taken_from_a_referral(spelled: str, host: str) -> None:
    assert servers.server_in(spelled) == host


@pytest.mark.parametrize(
    "name", ["Domains By Proxy, LLC", "Withheld for Privacy ehf", "Example Privacy Protect (privacy proxy)"]
)
def test_a_privacy_service_is_no_identity(name: str) -> None:
    contact = Contact(roles=("registrant",), organisation=name)
    assert privacy.service(contact) == name
    assert not privacy.is_identity(contact)


@pytest.mark.parametrize(
    "name", ["REDACTED FOR PRIVACY", "Data Protected", "-", "", "n/a", "Not Disclosed", "GDPR Masked"]
)
def test_what_is_held_back_is_no_identity(name: str) -> None:
    assert not privacy.is_identity(Contact(roles=("registrant",), name=name))


@pytest.mark.parametrize("name", ["Example Corp", "Nonesuch Ltd", "Nat Example", "Proxima Example AG"])
def test_a_name_that_only_resembles_such_words_stays_one(name: str) -> None:
    assert privacy.is_identity(Contact(roles=("registrant",), organisation=name))


def test_arin_wants_numbers_and_networks_asked_for_in_its_own_words() -> None:
    assert servers.question("whois.arin.net", "AS64496", asn=True) == "a 64496"
    assert servers.question("whois.arin.net", "192.0.2.10") == "n + 192.0.2.10"
    assert servers.question("whois.nic.test", "phish.test") == "phish.test"


def test_small_differences_between_sources_are_no_contradiction() -> None:
    one = Registration(Kind.DOMAIN, "x.test", created=datetime(2020, 1, 1, tzinfo=UTC))
    other = Registration(Kind.DOMAIN, "x.test", created=datetime(2020, 1, 2, tzinfo=UTC), name_servers=("ns.x.test",))
    assert conflicts(one, other) == []


def test_long_texts_are_cut_with_a_count_and_control_characters_are_gone() -> None:
    assert tidy("a\x00b\x1b[31m\u202ec\nd") == "a b [31m c d"
    assert tidy("x" * 1000, 10) == "xxxxxxxxxx... (990 more characters)"
    assert len(tidy("y" * 5_000_000)) < 400
