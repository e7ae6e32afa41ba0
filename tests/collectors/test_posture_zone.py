"""Reading and grading of everything that is not about forged mail: transport, certificates, signatures, servers."""

from __future__ import annotations

import dns.dnssec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dns.name import from_text
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

from collectors.posture import bimi, caa, dnssec, mailservers, mtasts, nameservers, tlsrpt
from collectors.posture.nameservers import Health, Server
from collectors.posture.providers import HOSTS, MAIL_SERVERS, NAME_SERVERS, TXT_TOKENS, Provider, by_name, by_token
from collectors.posture.text import address, cut, domain, hostname, readable


@pytest.mark.parametrize(
    ("pattern", "server", "yes"),
    [
        ("mx.example.com", "mx.example.com", True),
        ("*.example.com", "mx.example.com", True),
        ("*.example.com", "a.mx.example.com", False),
        ("*.example.com", "example.com", False),
    ],
)
def test_a_star_in_an_mta_sts_policy_stands_for_one_label(pattern: str, server: str, yes: bool) -> None:
    policy = mtasts.parse(f"version: STSv1\nmode: enforce\nmx: {pattern}\nmax_age: 1")
    assert policy.covers(server) is yes


@pytest.mark.parametrize("texts", [[], ["v=STSv1; id=a", "v=STSv1; id=b"], ["v=STSv1; id=no spaces"], ["id=1"]])
def test_only_one_sound_record_announces_an_mta_sts_policy(texts: list[str]) -> None:
    assert mtasts.announced(texts) is None


def test_tls_reports_go_to_mailboxes_and_https() -> None:
    record = tlsrpt.parse("v=TLSRPTv1; rua=mailto:ada@example.com,https://example.com/r,ftp://x")
    assert record is not None
    assert (record.reports, record.others) == (("ada@example.com",), ("https://example.com/r",))
    assert tlsrpt.grade([record], mails=True).grade == "good"
    assert tlsrpt.grade([record, record], mails=True).grade == "bad"


@pytest.mark.parametrize(
    ("text", "enforced", "grade"),
    [
        ("v=BIMI1; l=https://example.com/l.svg; a=https://example.com/a.pem", True, "good"),
        ("v=BIMI1; l=https://example.com/l.svg", False, "fair"),
        ("v=BIMI1; l=http://example.com/l.svg", True, "fair"),
        ("v=BIMI1; l=;", True, "info"),
        ("hello", True, "info"),
    ],
)
def test_bimi_needs_https_and_a_dmarc_policy_that_acts(text: str, enforced: bool, grade: str) -> None:
    assert bimi.grade([text], enforced=enforced).grade == grade


@pytest.mark.parametrize(
    ("records", "grade", "words"),
    [
        ([], "fair", "every certificate authority"),
        ([caa.Caa(0, "issue", "letsencrypt.org; accounturi=x")], "good", "Only letsencrypt.org"),
        ([caa.Caa(0, "issue", ";")], "good", "No certificate authority"),
        ([caa.Caa(0, "iodef", "mailto:ada@example.com")], "fair", "do not limit"),
        ([caa.Caa(128, "future", "x"), caa.Caa(0, "issue", "letsencrypt.org")], "fair", "critical"),
    ],
)
def test_caa_is_graded_by_who_may_issue(records: list[caa.Caa], grade: str, words: str) -> None:
    check = caa.grade(records, "example.com")
    assert check.grade == grade
    assert words in check.why


def _evidence(*, digest: bool, key: bool, validated: bool = False, other: bool = False) -> dnssec.Evidence:
    made: list[DNSKEY] = [
        dns.dnssec.make_dnskey(Ed25519PrivateKey.from_private_bytes(seed).public_key(), "ED25519", flags=257)
        for seed in (b"1" * 32, b"2" * 32)
    ]
    digests: list[DS] = [dns.dnssec.make_ds(from_text("example.com"), made[1 if other else 0], "SHA256")]
    return dnssec.Evidence("example.com", digests if digest else [], made[:1] if key else [], validated)


@pytest.mark.parametrize(
    ("evidence", "state", "grade"),
    [
        (_evidence(digest=True, key=True, validated=True), "secure", "good"),
        (_evidence(digest=True, key=True), "signed", "good"),
        (_evidence(digest=False, key=True), "island", "fair"),
        (_evidence(digest=True, key=False), "broken", "bad"),
        (_evidence(digest=True, key=True, other=True), "broken", "bad"),
        (_evidence(digest=False, key=False), "unsigned", "fair"),
    ],
)
def test_dnssec_states_are_told_apart(evidence: dnssec.Evidence, state: str, grade: str) -> None:
    check = dnssec.grade(evidence)
    assert (check.parts["state"], check.grade) == (state, grade)


def _server(name: str, ip: str, health: Health = Health.ANSWERS, serial: int = 1) -> Server:
    return Server(name, (ip,), health, serial if health is Health.ANSWERS else None, "why")


@pytest.mark.parametrize(
    ("servers", "grade", "words"),
    [
        ([_server("a.test", "192.0.2.1"), _server("b.test", "198.51.100.1")], "good", "2 providers"),
        ([_server("a.test", "192.0.2.1"), _server("b.test", "192.0.2.2")], "fair", "one network"),
        ([_server("a.test", "192.0.2.1")], "fair", "only one name server"),
        ([_server("a.test", "192.0.2.1"), _server("b.test", "198.51.100.1", serial=2)], "fair", "different versions"),
        ([_server("a.test", "192.0.2.1"), _server("b.test", "198.51.100.1", Health.SILENT)], "fair", "did not answer"),
        ([_server("a.test", "192.0.2.1", Health.LAME)], "bad", "does not answer for the zone"),
    ],
)
def test_name_servers_are_graded_by_how_they_would_fail(servers: list[Server], grade: str, words: str) -> None:
    check = nameservers.grade("example.com", servers, lambda name: name)
    assert check.grade == grade
    assert words in check.why


@pytest.mark.parametrize(
    ("exchanges", "null", "grade"),
    [
        ([], True, "good"),
        ([], False, "info"),
        ([mailservers.Exchange("mx.test", 10, True, ("192.0.2.1",))], False, "good"),
        ([mailservers.Exchange("mx.test", 10, True, ("192.0.2.1",))], True, "fair"),
        ([mailservers.Exchange("mx.test", 10, True, ("192.0.2.1",), alias=True)], False, "fair"),
        ([mailservers.Exchange("mx.test", 10, True, ())], False, "bad"),
        ([mailservers.Exchange("mx.test", 10, False, ())], False, "bad"),
        ([mailservers.Exchange("mx.test", 10)], False, "info"),
    ],
)
def test_mail_servers_must_exist(exchanges: list[mailservers.Exchange], null: bool, grade: str) -> None:
    assert mailservers.grade(exchanges, null=null, fallback=False).grade == grade


def test_providers_are_known_by_whole_labels_only() -> None:
    assert by_name("mx.mail.protection.outlook.com", MAIL_SERVERS) == Provider("Microsoft 365", "receives mail")
    assert by_name("ns-1.awsdns-01.co.uk", NAME_SERVERS) == Provider("Amazon Route 53", "answers DNS")
    assert by_name("notgithub.io", HOSTS) is None
    assert by_token("docusign=0000-example") == Provider("DocuSign", "verified ownership")
    assert by_token("my docusign=0000-example") is None
    assert all(prefix == prefix.lower() for prefix in TXT_TOKENS), "tokens are compared in lower case"


def test_text_is_decoded_escaped_and_cut_with_a_count() -> None:
    assert readable([b"v=spf1 ", b"-all"]) == "v=spf1 -all"
    assert readable([b"a\x00b\x1b[31m\xff"]) == "a\\000b\\027[31m\ufffd"
    assert cut("x" * 510) == "x" * 500 + "... (+10 characters)"


@pytest.mark.parametrize(
    "text", ["<!channel>.test", "a..b", "-a.test", "a b.test", "*.a.test", "a" * 64, ".", "", "é.test"]
)
def test_what_cannot_be_a_host_name_is_none(text: str) -> None:
    assert hostname(text) is None


def test_only_names_that_one_can_look_up_next_are_domains() -> None:
    assert domain("WWW.Example.COM.") == "www.example.com"
    assert [domain(text) for text in ("localhost", "192.0.2.1", "com")] == [None, None, None]
    assert address(" Ada@Example.COM ") == "Ada@example.com"
    assert [address(text) for text in ("<@U0ADA>@evil.test", "ada@localhost", "ada", "a@b@c.test")] == [None] * 4
