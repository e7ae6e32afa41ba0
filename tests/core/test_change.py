"""What counts as a change between two looks, what is noise, and what cannot be compared."""

from __future__ import annotations

import ast
import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.change import Change, compare
from core.fingerprints import fingerprint
from core.meaning import differences
from core.models import Confidence, Fact, Finding, Kind, Outcome
from core.volatile import MEANS, NOISE, means, reason
from tests.core.looking import NOW, SMALL, THEN, anything, changed, look, run, tally, told

COLLECTORS = Path(__file__).parents[2] / "collectors"
NOISY = sorted({name for names in NOISE.values() for name in names} - {"role", "relation", "record", "check", "file"})
Case = tuple[list[Finding], list[Finding], str]


def a(value: str, **more: Any) -> Finding:
    """An address of the name, as DNS tells it."""
    about: dict[str, Any] = {"role": "address", "record": "A", "ttl": 3600, "volatile": False}
    return told("dns", Kind.IP, value, **about | more)


def record(value: str, **more: Any) -> Finding:
    return told("dns", Fact.RECORD, value, record=value.partition(" ")[0], **more)


def posture(name: str, grade: str, raw: str = "", **more: Any) -> Finding:
    return told("dns", Fact.POSTURE, name, grade=grade, raw=raw, severity="low" if grade == "fair" else "info", **more)


def registration(**more: Any) -> Finding:
    about: dict[str, Any] = {
        "registrar": "Example Registrar",
        "expires": "2027-08-13T04:00:00Z",
        "statuses": ["client hold", "ok"],
    }
    return told("whois", Fact.REGISTRATION, "example.com", **about | more)


def judged(value: str, severity: str, **more: Any) -> Finding:
    return told("virustotal", Fact.REPUTATION, value, severity=severity, **more)


SOA = "SOA ns1.example.com. hostmaster.example.com. {} 7200 3600 1209600 300"
SVC = '1 . alpn="h3,h2"'
CASES: dict[str, Case] = {
    "dns: a new serial and new times of a zone": (
        [record(SOA.format(2026111401), serial=1)],
        [record(SOA.format(2026112300), serial=2)],
        "+0 -0 ~0",
    ),
    "dns: another primary server of a zone": (
        [record(SOA.format(1))],
        [record(SOA.format(1).replace("ns1.", "ns9."))],
        "+0 -0 ~1",
    ),
    "dns: another time to live": ([a("192.0.2.10", ttl=300)], [a("192.0.2.10", ttl=17)], "+0 -0 ~0"),
    "dns: keys and hints of a service binding": (
        [record(f'HTTPS {SVC} ipv4hint="192.0.2.10" ech="AEX+DQBB"')],
        [record(f'HTTPS {SVC} ipv4hint="192.0.2.11" ech="AEX+DQBC"')],
        "+0 -0 ~0",
    ),
    "dns: another protocol in a service binding": (
        [record('HTTPS 1 . alpn="h2"')],
        [record('HTTPS 1 . alpn="h3"')],
        "+1 -1 ~0",
    ),
    "dns: another SPF policy": (
        [record("TXT v=spf1 mx -all"), record("TXT hello")],
        [record("TXT v=spf1 mx ~all"), record("TXT hello")],
        "+0 -0 ~1",
    ),
    "dns: a verification token came": ([record("TXT a=1")], [record("TXT a=1"), record("TXT b=2")], "+1 -0 ~0"),
    "dns: another preference of a mail server": (
        [told("dns", Kind.DOMAIN, "mx.example.com", role="mail server", record="MX", preference=10)],
        [told("dns", Kind.DOMAIN, "mx.example.com", role="mail server", record="MX", preference=20)],
        "+0 -0 ~1",
    ),
    "dns: a policy became strict": (
        [posture("DMARC", "fair", "v=DMARC1; p=none")],
        [posture("DMARC", "good", "v=DMARC1; p=reject")],
        "+0 -0 ~1",
    ),
    "dns: a check in other words": (
        [posture("SPF", "good", "v=spf1 -all", why="3 of 10 look-ups.", parts={"lookups": 3})],
        [posture("SPF", "good", "v=spf1 -all", why="4 of 10 look-ups.", parts={"lookups": 4})],
        "+0 -0 ~0",
    ),
    "dns: name servers that waver while a zone is copied": (
        [posture("Name servers", "good")],
        [posture("Name servers", "fair", why="ns2 did not answer when asked directly.")],
        "+0 -0 ~0",
    ),
    "dns: a name server that does not answer for the zone": (
        [posture("Name servers", "fair")],
        [posture("Name servers", "bad")],
        "+0 -0 ~1",
    ),
    "crtsh: renewed, counted up, by another branch of the authority": (
        [told("crtsh", Kind.DOMAIN, "www.example.com", certificates=3, issuers=["Example CA (R10)"], fresh=True)],
        [told("crtsh", Kind.DOMAIN, "www.example.com", certificates=4, issuers=["Example CA (R11)"], fresh=False)],
        "+0 -0 ~0",
    ),
    "crtsh: another authority": (
        [told("crtsh", Kind.DOMAIN, "www.example.com", issuers=["Example CA (R10)"])],
        [told("crtsh", Kind.DOMAIN, "www.example.com", issuers=["Example CA (R10)", "Other CA"])],
        "+0 -0 ~1",
    ),
    "crtsh: an authority that falls out of the list": (
        [told("crtsh", Kind.DOMAIN, "www.example.com", issuers=["Example CA", "Other CA"])],
        [told("crtsh", Kind.DOMAIN, "www.example.com", issuers=["Example CA"])],
        "+0 -0 ~0",
    ),
    "whois: older, nearer to its end, its severity with it, statuses in another order": (
        [registration(age_days=10, days_to_expiry=40, severity="high", why="Registered 10 days ago.")],
        [registration(age_days=40, days_to_expiry=10, severity="medium", statuses=["ok", "client hold"])],
        "+0 -0 ~0",
    ),
    "whois: another time of the same day": (
        [registration()],
        [registration(expires="2027-08-13T00:00:00+00:00")],
        "+0 -0 ~0",
    ),
    "whois: another registrar and a later end": (
        [registration()],
        [registration(registrar="Other Registrar", expires="2028-08-13T04:00:00Z")],
        "+0 -0 ~1",
    ),
    "whois: a field that only the other server tells": (
        [registration(abuse_email="abuse@example.net")],
        [replace(registration(), provenance=replace(registration().provenance, source="WHOIS"))],
        "+0 -0 ~0",
    ),
    "virustotal: one vendor more, analysed later": (
        [judged("12 vendors flag it", "high", malicious=12, analysed="2026-11-13", age_days=1)],
        [judged("13 vendors flag it", "high", malicious=13, analysed="2026-11-22", age_days=1)],
        "+0 -0 ~0",
    ),
    "virustotal: from harmless to flagged by many": (
        [judged("no vendor flags it", "info")],
        [judged("12 vendors flag it", "high")],
        "+0 -0 ~1",
    ),
    "virustotal: the newest few of a list": (
        [told("virustotal", Kind.DOMAIN, "old.example.com", role="subdomain")],
        [told("virustotal", Kind.DOMAIN, "new.example.com", role="subdomain")],
        "+1 -0 ~0",
    ),
    "shodan: a banner with the time of day": (
        [told("shodan", Fact.PORT, "443/tcp", address="192.0.2.1", port=443, product="nginx", banner="Date: 1")],
        [told("shodan", Fact.PORT, "443/tcp", address="192.0.2.1", port=443, product="nginx", banner="Date: 2")],
        "+0 -0 ~0",
    ),
    "shodan: a port was opened and one closed": (
        [told("shodan", Fact.PORT, "22/tcp", address="192.0.2.1")],
        [told("shodan", Fact.PORT, "3389/tcp", address="192.0.2.1")],
        "+1 -1 ~0",
    ),
    "shodan: a program was updated": (
        [told("shodan", Fact.SOFTWARE, "nginx 1.24.0", address="192.0.2.1", cpe="a")],
        [told("shodan", Fact.SOFTWARE, "nginx 1.26.1", address="192.0.2.1", cpe="b")],
        "+0 -0 ~1",
    ),
    "shodan: scores that are estimated anew each day": (
        [told("shodan", Fact.VULNERABILITY, "CVE-2024-0001", address="192.0.2.1", epss=0.1, kev=False)],
        [told("shodan", Fact.VULNERABILITY, "CVE-2024-0001", address="192.0.2.1", epss=0.4, kev=False)],
        "+0 -0 ~0",
    ),
    "shodan: a weakness that is used by now": (
        [told("shodan", Fact.VULNERABILITY, "CVE-2024-0001", address="192.0.2.1", kev=False)],
        [told("shodan", Fact.VULNERABILITY, "CVE-2024-0001", address="192.0.2.1", kev=True)],
        "+0 -0 ~1",
    ),
    "securitytrails: what is told of the past": (
        [told("securitytrails", Kind.IP, "192.0.2.9", role="former address", record="A")],
        [told("securitytrails", Kind.IP, "192.0.2.8", role="former address", record="A")],
        "+0 -0 ~0",
    ),
    "securitytrails: a change that a source stops telling of": (
        [told("securitytrails", Fact.CHANGE, "A moved on 3 Nov 2026")],
        [],
        "+0 -0 ~0",
    ),
    "haveibeenpwned: more accounts, described anew": (
        [told("haveibeenpwned", Fact.BREACH, "Example", role="account", accounts=5, modified="2025-01-01")],
        [told("haveibeenpwned", Fact.BREACH, "Example", role="account", accounts=6, modified="2026-01-01")],
        "+0 -0 ~0",
    ),
    "haveibeenpwned: another breach": (
        [told("haveibeenpwned", Fact.BREACH, "Example", role="account")],
        [told("haveibeenpwned", Fact.BREACH, x, role="account") for x in ("Example", "Another")],
        "+1 -0 ~0",
    ),
    "social: more followers": (
        [told("social", Fact.ACCOUNT, "GitHub: ada-example", followers=1, posts=2, bio="Hello")],
        [told("social", Fact.ACCOUNT, "GitHub: ada-example", followers=9, posts=8, bio="Hello")],
        "+0 -0 ~0",
    ),
    "social: another word about oneself": (
        [told("social", Fact.ACCOUNT, "GitHub: ada-example", bio="Hello")],
        [told("social", Fact.ACCOUNT, "GitHub: ada-example", bio="Moved to example.org")],
        "+0 -0 ~1",
    ),
    "username: found by another list": (
        [told("username", Fact.ACCOUNT, "Example: ada-example", rule="a", rule_source="x", licence="MIT")],
        [told("username", Fact.ACCOUNT, "Example: ada-example", rule="b", rule_source="y", licence="CC0")],
        "+0 -0 ~0",
    ),
    "identity: another score": (
        [told("identity", Fact.IDENTITY, "Ada Example", group="same", score=3.1, points=[1])],
        [told("identity", Fact.IDENTITY, "Ada Example", group="same", score=3.4, points=[2])],
        "+0 -0 ~0",
    ),
    "identity: no longer the same person": (
        [told("identity", Fact.IDENTITY, "Ada Example", group="same")],
        [told("identity", Fact.IDENTITY, "Ada Example", group="perhaps")],
        "+0 -0 ~1",
    ),
    "metadata: the same file, other properties": (
        [told("metadata", Kind.FILE, "a.pdf", sha256="0" * 64, properties={"Created": 1})],
        [told("metadata", Kind.FILE, "a.pdf", sha256="0" * 64, properties={"Created": 2})],
        "+0 -0 ~0",
    ),
    "metadata: another file under the same name": (
        [told("metadata", Kind.FILE, "a.pdf", sha256="0" * 64)],
        [told("metadata", Kind.FILE, "a.pdf", sha256="1" * 64)],
        "+0 -0 ~1",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_counts_as_a_change_for_each_collector(name: str) -> None:
    was, is_, expected = CASES[name]
    assert tally(changed(name.partition(":")[0], was, is_)) == expected
    assert tally(changed(name.partition(":")[0], is_, is_)) == "+0 -0 ~0"


@given(st.lists(anything, max_size=8, unique_by=fingerprint), st.randoms())
@settings(max_examples=40, deadline=None)
def test_another_order_is_no_change(found: list[Finding], shuffled: random.Random) -> None:
    again = shuffled.sample(found, len(found))
    assert changed("dns", found, again).is_empty
    assert changed("dns", [], found) == changed("dns", [], again)


@given(
    st.lists(anything, max_size=5, unique_by=fingerprint), st.dictionaries(st.sampled_from(NOISY), SMALL, max_size=4)
)
@settings(max_examples=40, deadline=None)
def test_noise_is_no_change_whatever_it_becomes(found: list[Finding], noise: dict[str, Any]) -> None:
    def stirred(each: Finding) -> Finding:
        spared = means(str(each.kind)) | {"address"}
        other = {name: value for name, value in noise.items() if name not in spared}
        later = NOW + timedelta(days=300)
        return replace(
            each, attributes={**each.attributes, **other}, confidence=Confidence.LOW, last_seen=later, context="Else."
        )

    assert changed("dns", found, [stirred(each) for each in found]).is_empty


@given(anything)
@settings(max_examples=40, deadline=None)
def test_a_finding_keeps_its_fingerprint_and_another_value_has_another(found: Finding) -> None:
    renewed = replace(found, confidence=Confidence.LOW, provenance=replace(found.provenance, collector="x", sha256="1"))
    assert fingerprint(renewed) == fingerprint(found)
    assert differences(found, renewed) == ()
    assert fingerprint(replace(found, value=found.value + "x", kind=Kind.NAME)) != fingerprint(found)


def test_every_attribute_that_a_collector_writes_is_either_news_or_noise() -> None:
    known = {name.partition(".")[0] for names in MEANS.values() for name in names}
    undecided = {
        f"{path.relative_to(COLLECTORS)}: {name}"
        for path in COLLECTORS.rglob("*.py")
        for name in written(ast.parse(path.read_text(encoding="utf-8")))
        if name not in known and not reason(name)
    }
    assert undecided == set()


NOT_OURS = {"Accept", "resource", "between", "kind", "value", "bot", "organization", "user", "found", "handles"}
"""Keys that stand in the same functions and are of questions, answers and rows."""


def written(tree: ast.Module) -> set[str]:
    """The names of attributes: in calls of `finding`, and in the dictionaries of functions that make findings."""
    names: set[str] = set()
    for each in ast.walk(tree):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "finding":
            names |= {word.arg for word in each.keywords if word.arg}
        if isinstance(each, ast.FunctionDef) and re.search(r"\.finding\(|\battributes\b", ast.unparse(each)):
            tables = [inner for inner in ast.walk(each) if isinstance(inner, ast.Dict)]
            keys = [key for table in tables for key in table.keys if isinstance(key, ast.Constant)]
            names |= {key.value for key in keys if isinstance(key.value, str)}
    return names - {"confidence", "first_seen", "last_seen", "context", "last_analysis_stats", *NOT_OURS}


def test_what_is_new_stands_in_the_order_of_its_gravity() -> None:
    one, two, three = (told("dns", Kind.DOMAIN, f"{n}.example.com", severity=n) for n in ("low", "high", "medium"))
    change = changed("dns", [], [one, two, three])
    assert [each.value for each in change.new] == ["high.example.com", "medium.example.com", "low.example.com"]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.SKIPPED, Outcome.CANCELLED])
@pytest.mark.parametrize("when", ["then", "now"])
def test_a_collector_without_an_answer_is_not_compared_and_nothing_of_it_is_gone(outcome: Outcome, when: str) -> None:
    answered, blind = run("dns", a("192.0.2.10")), run("dns", outcome=outcome)
    was, is_ = (answered, blind) if when == "now" else (blind, answered)
    change = compare(look(was), look(is_, at=NOW, scan_id="bbbb3333"))
    assert (tally(change), change.incomparable) == ("+0 -0 ~0", ("dns",))
    assert ("this time" if when == "now" else "then") in change.gaps[0].why


def test_an_answer_in_part_says_what_is_new_and_never_what_is_gone() -> None:
    was, is_ = [a("192.0.2.10"), record("TXT x")], [a("192.0.2.10"), record("TXT y")]
    change = compare(look(run("dns", *was)), look(run("dns", *is_, outcome=Outcome.PARTIAL), at=NOW, scan_id="b"))
    assert (tally(change), change.incomparable) == ("+1 -0 ~0", ())
    assert "only in part this time" in change.gaps[0].why


def test_what_an_answer_in_part_had_not_seen_is_not_new_later() -> None:
    was, is_ = [a("192.0.2.10"), record("TXT x")], [a("192.0.2.10"), record("TXT y")]
    change = compare(look(run("dns", *was, outcome=Outcome.PARTIAL)), look(run("dns", *is_), at=NOW, scan_id="b"))
    assert tally(change) == "+0 -1 ~0"
    assert "then, so nothing of it counts as new" in change.gaps[0].why


def test_another_question_and_a_source_that_stands_in_are_not_compared() -> None:
    names = [told("crtsh", Kind.DOMAIN, f"{n}.example.com") for n in "ab"]
    elsewhere = [told("crtsh", Kind.DOMAIN, "a.example.com", source="Cert Spotter")]
    change = changed("crtsh", names, elsewhere)
    assert (tally(change), change.gaps[0].why) == ("+0 -0 ~0", "Cert Spotter answered in place of crt.sh")
    with_more = compare(look(run("dns", key="k1")), look(run("dns", a("192.0.2.1"), key="k2"), at=NOW, scan_id="b"))
    assert (tally(with_more), with_more.incomparable) == ("+0 -0 ~0", ("dns",))


def test_collectors_of_one_look_alone_are_said_not_to_be_compared() -> None:
    change = compare(look(run("dns"), run("whois")), look(run("dns"), run("crtsh"), at=NOW, scan_id="b"))
    assert {gap.collector: gap.why for gap in change.gaps} == {
        "crtsh": "not asked then",
        "whois": "not asked this time",
    }


def test_an_answer_that_was_kept_says_that_nobody_was_asked_anew() -> None:
    was = run("dns", a("192.0.2.10"), answered_at=THEN)
    change = compare(look(was), look(replace(was, cached=True), at=NOW, scan_id="bbbb3333"))
    assert (change.known, [gap.partly for gap in change.gaps]) == (1, [True])


def fleeting(value: str, **more: Any) -> Finding:
    return a(value, ttl=20, volatile=True, **more)


def alias(name: str) -> Finding:
    return told("dns", Kind.DOMAIN, name, role="alias", record="CNAME", place=1)


def reverse(address: str, name: str) -> Finding:
    about: dict[str, Any] = {"role": "reverse name", "address": address, "record": "PTR", "forward_confirmed": True}
    return told("dns", Kind.DOMAIN, name, **about)


ROTATIONS: dict[str, tuple[list[Finding], list[Finding], str, int]] = {
    "within the networks of one CDN": ([a("104.16.1.1")], [a("172.67.9.9")], "+0 -0 ~0", 1),
    "from one CDN to another": ([a("104.16.1.1")], [a("151.101.1.1")], "+1 -1 ~0", 0),
    "from a CDN to a server of one's own": ([a("104.16.1.1")], [a("198.51.100.7")], "+1 -1 ~0", 0),
    "a server beside the CDN": ([a("104.16.1.1")], [a("104.16.1.1"), a("198.51.100.7")], "+1 -0 ~0", 0),
    "short-lived, in the same network": ([fleeting("198.51.100.7")], [fleeting("198.51.100.9")], "+0 -0 ~0", 1),
    "short-lived, in another network": ([fleeting("198.51.100.7")], [fleeting("203.0.113.9")], "+1 -1 ~0", 0),
    "lasting, in the same network": ([a("198.51.100.7")], [a("198.51.100.9")], "+1 -1 ~0", 0),
    "behind the same alias of a provider": (
        [alias("x.balancer.example.net"), a("198.51.100.7")],
        [alias("x.balancer.example.net"), a("203.0.113.9")],
        "+0 -0 ~0",
        1,
    ),
    "behind an alias of its own": (
        [alias("www2.example.com"), a("198.51.100.7")],
        [alias("www2.example.com"), a("203.0.113.9")],
        "+1 -1 ~0",
        0,
    ),
    "short-lived, of one keeper by its reverse names": (
        [fleeting("198.51.100.7"), reverse("198.51.100.7", "a.host.example.net")],
        [fleeting("203.0.113.9"), reverse("203.0.113.9", "b.host.example.net")],
        "+0 -0 ~0",
        2,
    ),
    "seen by others, of one owner": (
        [told("dns", Kind.IP, "198.51.100.7", role="resolved", owner="Example Cloud")],
        [told("dns", Kind.IP, "203.0.113.9", role="resolved", owner="Example Cloud")],
        "+0 -0 ~0",
        1,
    ),
}


@pytest.mark.parametrize("name", ROTATIONS)
def test_addresses_that_rotate_with_one_keeper_are_noise_and_a_move_is_news(name: str) -> None:
    was, is_, expected, rotated = ROTATIONS[name]
    change: Change = changed("dns", was, is_)
    assert (tally(change), change.rotated) == (expected, rotated)
