"""The stand-in WHOIS servers answer in their own dialects on one port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.sources.conftest import Sources


def _fields(text: str) -> dict[str, str]:
    pairs = (line.partition(":")[::2] for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


@pytest.mark.parametrize(
    ("tld", "server"),
    [("com", "whois.verisign-grs.com"), ("test", "whois.nic.test"), ("example", "whois.nic.example")],
)
async def test_iana_refers_a_top_level_domain_to_its_registry(sources: Sources, tld: str, server: str) -> None:
    assert _fields(await sources.whois(tld))["refer"] == server


async def test_iana_knows_no_other_top_level_domain(sources: Sources) -> None:
    assert "returned 0 objects" in await sources.whois("nowhere")


async def test_a_thin_registry_names_the_registrar_s_server_and_no_holder(sources: Sources) -> None:
    thin = _fields(await sources.whois("domain example.com"))
    thick = _fields(await sources.whois("example.com"))

    assert thin["Registrar WHOIS Server"] == "whois.registrar.example"
    assert thin["DNSSEC"] == "signedDelegation"
    assert "Registrant Name" not in thin
    assert thick["Registrant Name"] == "Example Corp"
    assert thin["Creation Date"] == thick["Creation Date"] == "1995-08-14T04:00:00Z"


async def test_the_phishing_name_was_registered_three_days_ago_behind_a_proxy(sources: Sources) -> None:
    record = _fields(await sources.whois("examp1e-login.test"))

    age = datetime.now(UTC) - datetime.fromisoformat(record["Creation Date"])
    assert timedelta(days=2) <= age < timedelta(days=4)
    assert "privacy" in record["Registrant Name"].lower()
    assert record["Name Server"] == "ns2.rented.test"


async def test_a_country_registry_wants_flags_and_says_little(sources: Sources) -> None:
    record = _fields(await sources.whois("-T dn,ace kontor.example"))

    assert record.keys() >= {"Domain", "Nserver", "Status", "Changed"}
    assert record["Status"] == "connect"


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("domain vanished.com", "No match for"),
        ("vanished.org", "Domain not found."),
        ("vanished.test", "No Data Found"),
        ("-T dn,ace vanished.example", "Status: free"),
        ("n + 233.252.0.1", "No match found"),
        ("whois://whois.ripe.net/233.252.0.1", "%ERROR:101: no entries found"),
    ],
)
async def test_each_server_has_its_own_words_for_not_found(sources: Sources, question: str, sentence: str) -> None:
    assert sentence in await sources.whois(question)


@pytest.mark.parametrize(
    ("question", "key", "value"),
    [
        ("n + 192.0.2.10", "NetName", "EXAMPLE-NET"),
        ("n + 192.0.2.0/24", "CIDR", "192.0.2.0/24"),
        ("a 64496", "ASName", "EXAMPLE-AS"),
        ("-r 203.0.113.66", "netname", "RENTED-NET"),
        ("203.0.113.66", "refer", "whois.apnic.net"),
        ("203.0.113.66", "inetnum", "203.0.113.0 - 203.0.113.255"),
        ("2001:db8::10", "inet6num", "2001:db8::/32"),
        ("AS64496", "refer", "whois.arin.net"),
        ("AS64511", "as-name", "RENTED-AS"),
        ("whois://whois.iana.org/AS64496", "refer", "whois.arin.net"),
        ("whois://whois.arin.net/64496", "ASName", "EXAMPLE-AS"),
    ],
)
async def test_numbers_are_answered_in_the_dialect_of_their_registry(
    sources: Sources, question: str, key: str, value: str
) -> None:
    assert _fields(await sources.whois(question))[key] == value


async def test_a_named_server_answers_for_itself_alone(sources: Sources) -> None:
    assert "ASName" not in await sources.whois("whois://whois.iana.org/AS64496")
    assert "No match" in await sources.whois(
        "whois://whois.ripe.net/192.0.2.10"
    ) or "no entries" in await sources.whois("whois://whois.ripe.net/192.0.2.10")


async def test_a_hostile_record_tries_everything_and_does_not_end(sources: Sources) -> None:
    text = await sources.whois("hostile.test")

    assert len(text) > 5 * 1024 * 1024
    for trick in ("<!channel>", "<@U0ADA>", "\x1b[31m", "\u202e", "\x00", "|click>", "=cmd()"):
        assert trick in text[:4000]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [("vanished.test", "connection limit exceeded"), ("-r 203.0.113.66", "%ERROR:201"), ("x.org", "Too many requests")],
)
async def test_a_throttle_is_delivered_as_if_it_were_an_answer(sources: Sources, question: str, sentence: str) -> None:
    await sources.behave(protocol="whois", kind="status", status=429)

    assert sentence in await sources.whois(question)


async def test_a_broken_name_gets_its_connection_torn_down(sources: Sources) -> None:
    with pytest.raises(ConnectionResetError):
        await sources.whois("broken.test")


async def test_the_journal_says_which_server_was_meant(sources: Sources) -> None:
    for line in ("com", "domain example.com", "example.com", "n + 192.0.2.10"):
        await sources.whois(line)

    assert [(each["host"], each["about"]) for each in await sources.asked("whois")] == [
        ("whois.iana.org", "com"),
        ("whois.verisign-grs.com", "example.com"),
        ("whois.registrar.example", "example.com"),
        ("whois.arin.net", "192.0.2.10"),
    ]
