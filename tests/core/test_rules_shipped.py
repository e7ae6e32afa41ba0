"""Every shipped rule comes true by findings that our collectors made, and stays silent when one thing is otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

import collectors
from collectors.posture import caa, dmarc, dnssec, mailservers, mtasts, nameservers, spf
from collectors.posture.check import Check, bad
from collectors.posture.mailservers import Exchange
from collectors.posture.nameservers import Health, Server
from core.correlation import correlate, shipped
from core.headlines import Headline
from core.models import Fact, Kind, Outcome, Run, Severity, Target
from tests.collectors.certificate_samples import row
from tests.collectors.leak_samples import leak
from tests.collectors.registry_samples import rdap_domain
from tests.collectors.shodan_samples import ADDRESS, CVE, banner, scores, web
from tests.collectors.trail_samples import seen
from tests.collectors.virustotal_samples import judged
from tests.collectors.virustotal_samples import talking as file_row
from tests.core import rule_answers as made
from tests.core.rule_answers import EXAMPLE, NOW, ended, of

ADA = Target(Kind.EMAIL, "ada@example.com")
USER = Target(Kind.USERNAME, "ada-example")
LURE = Target(Kind.DOMAIN, "example-login.com")
IDN = Target(Kind.DOMAIN, "xn--exmple-4nf.com")  # with a Cyrillic letter


def events(created: float, expires: float = 300, changed: float = -400) -> list[dict[str, str]]:
    """A registration's dates, in days from now."""
    named = (("registration", created), ("expiration", expires), ("last changed", changed))
    return [{"eventAction": name, "eventDate": made.days(days)} for name, days in named]


def whois(*, created: float = -4000, expires: float = 300, changed: float = -400, **changes: Any) -> Run:
    return ended("whois", *made.registered(rdap_domain(events=events(created, expires, changed), **changes)))


def dns(*checks: Check, records: tuple[tuple[str, str], ...] = (), outcome: Outcome = Outcome.FOUND) -> Run:
    found = [made.checked(check) for check in checks]
    for rdtype, text in records:
        found += made.record(rdtype, text)
    return ended("dns", *found, outcome=outcome)


def logs(*rows: dict[str, Any], domain: str = "example.com") -> Run:
    return ended("crtsh", *made.logged(*rows, domain=domain))


def fresh(name: str = "example.com", **changes: Any) -> dict[str, Any]:
    return row(name, ago=2, **changes)


NO_DMARC = dmarc.grade(None)
REJECT = dmarc.single(["v=DMARC1; p=reject"])
assert REJECT is not None
DMARC = dmarc.grade(dmarc.choose("example.com", {"example.com": REJECT}))
NO_SPF = spf.grade([], spf.Tally(), enforced=False, mails=True)
OPEN_SPF = spf.grade(["v=spf1 +all"], spf.Tally(), enforced=None, mails=True)
GOOD_SPF = spf.grade(["v=spf1 -all"], spf.Tally(), enforced=True, mails=True)
A, MX = ("A", "192.0.2.10"), ("MX", "10 mx1.example.net.")
FREE_MX = mailservers.grade(
    [Exchange("mx.gone.example", 10, False, (), free="gone.example")], null=False, fallback=True
)
GOOD_MX = mailservers.grade([Exchange("mx1.example.net", 10, True, ("192.0.2.25",))], null=False, fallback=True)
SERVERS = [Server(f"ns{n}.example.net", (f"192.0.{n}.53",), Health.ANSWERS, 7) for n in (2, 3)]
ONE_PROVIDER = nameservers.grade("example.com", SERVERS, lambda _: "Example DNS")
TWO_PROVIDERS = nameservers.grade("example.com", SERVERS, lambda name: name)
NOBODY_ISSUES = caa.grade([caa.Caa(0, "issue", ";")], "example.com")
ONLY_LE = caa.grade([caa.Caa(0, "issue", "letsencrypt.org")], "example.com")
ANYBODY_ISSUES = caa.grade([], "example.com")
SIGNED = dnssec.grade(dnssec.Evidence("example.com", [], [], validated=False))
LEADS = "shop.example.com CNAME gone.example.net"
STRANGE_IS_GONE = bad("Dangling alias", "whoever claims that name answers", severity=Severity.HIGH, raw=LEADS)
OWN_IS_GONE = bad("Dangling alias", "only the holder can make that name", severity=Severity.LOW, raw=LEADS)
ZONE_GIVEN = bad("Zone transfer", "ns1 hands it over", severity=Severity.HIGH, parts={"servers": ["ns1.example.net"]})
REDIS = banner(6379, "redis", product="Redis key-value store")
RDP = banner(3389, "rdp", product="Remote Desktop Protocol")
OLD_CERTIFICATE = {"fingerprint": {"sha256": "ab" * 32}, "subject": {"CN": "example.com"}}
LET_S_ENCRYPT = {"issuer_name": "C=US, O=Let's Encrypt, CN=R10"}


def shows(days: float) -> dict[str, Any]:
    """A port with a certificate that ends in so many days."""
    stamp = made.days(days).replace("-", "").replace(":", "").replace("T", "")
    cert = {**OLD_CERTIFICATE, "issued": "20200101000000Z", "expires": stamp}
    return web(vulns={}) | {"ssl": {"cert": cert}}


def shodan(*banners: dict[str, Any], **more: Any) -> Run:
    return ended("shodan", *made.seen_by_shodan(*banners, **more))


def vt(malicious: int = 0, days: float = 3, **more: Any) -> Run:
    return ended("virustotal", *made.rated(**judged(malicious, days=days), **more))


def trails(rdtype: str, current: dict[str, Any], *epochs: dict[str, Any]) -> Run:
    return ended("securitytrails", *made.remembered(rdtype, current, *epochs))


def ns_since(days: float) -> Run:
    now = {"first_seen": made.days(days)[:10], "values": [{"nameserver": "ns9.example.org"}]}
    before = seen("2020-01-01", made.days(days)[:10], "ns1.example.net", key="nameserver")
    return trails("ns", now, before)


def behind(cdn: str) -> Run:
    now = {"first_seen": "2026-11-03", "values": [{"ip": "198.51.100.7", "ip_organization": cdn}]}
    return trails("a", now, seen("2024-01-01", "2026-11-03", "192.0.2.10", by="Example Hosting"))


def hibp(*found: Any) -> Run:
    return ended("haveibeenpwned", *found)


def meta(*traces: Any, name: str = "report.pdf") -> Run:
    return ended("metadata", *made.in_file(*traces, name=name))


PLACE = made.trace(Fact.LOCATION, "51.5, -0.1", latitude=51.5, longitude=-0.1, severity="medium")


@dataclass(frozen=True)
class Case:
    """Runs by which a rule comes true, and runs that differ in one thing by which it does not."""

    rule: str
    yes: tuple[Run, ...]
    no: tuple[Run, ...]
    target: Target = EXAMPLE


CASES = [
    Case(
        "likely-phishing",
        (whois(created=-3), dns(NO_DMARC), logs(fresh("example-login.com"), domain="example-login.com")),
        (whois(created=-3), dns(DMARC), logs(fresh("example-login.com"), domain="example-login.com")),
        LURE,
    ),
    Case("look-alike-name", (whois(),), (ended("whois", outcome=Outcome.FAILED),), IDN),
    Case("flagged-and-young", (whois(created=-20), vt(3)), (whois(created=-2000), vt(3))),
    Case("flagged-by-many", (vt(6),), (vt(6, days=90),)),
    Case(
        "malware-talks-to-it",
        (ended("virustotal", *made.rated(**judged(1)), *made.talking(file_row())),),
        (ended("virustotal", *made.rated(**judged(0)), *made.talking(file_row())),),
    ),
    Case(
        "only-in-certificate-logs",
        (logs(row("vpn.example.com")), ended("securitytrails", *made.known_below("www.example.com"))),
        (logs(row("vpn.example.com")), ended("securitytrails", *made.known_below("vpn.example.com"))),
    ),
    Case("new-internal-name", (logs(fresh("vpn.example.com")),), (logs(row("vpn.example.com", ago=60)),)),
    Case("certificate-expired", (shodan(shows(-9)),), (shodan(shows(90)),)),
    Case("certificate-expires-soon", (shodan(shows(9)),), (shodan(shows(90)),)),
    Case(
        "certificate-lapsed",
        (logs(row("example.com", ago=200)), dns(records=(A,))),
        (logs(row("example.com", ago=20)), dns(records=(A,))),
    ),
    Case("certificate-lapses-soon", (logs(row("example.com", ago=85)),), (logs(row("example.com", ago=20)),)),
    Case("certificate-against-caa", (dns(NOBODY_ISSUES), logs(fresh())), (dns(ANYBODY_ISSUES), logs(fresh()))),
    Case(
        "certificate-by-an-unexpected-issuer",
        (dns(ONLY_LE), logs(fresh())),
        (dns(ONLY_LE), logs(fresh(**LET_S_ENCRYPT))),
    ),
    Case(
        "certified-and-free",
        (logs(row("example.com")), ended("whois")),
        (logs(row("example.com")), ended("whois", outcome=Outcome.PARTIAL)),
    ),
    Case("dangling-alias", (dns(STRANGE_IS_GONE),), (dns(OWN_IS_GONE),)),
    Case("takeover-by-registration", (dns(FREE_MX),), (dns(GOOD_MX),)),
    Case("dnssec-broken", (dns(dnssec.bogus("example.com")),), (dns(SIGNED),)),
    Case("zone-transfer-open", (dns(ZONE_GIVEN),), (dns(GOOD_SPF),)),
    Case("anybody-may-send", (dns(OPEN_SPF),), (dns(NO_SPF),)),
    Case("mail-can-be-forged", (dns(NO_SPF, NO_DMARC, records=(MX,)),), (dns(NO_SPF, NO_DMARC, records=(A,)),)),
    Case(
        "mail-without-mta-sts",
        (dns(mtasts.grade(None, None, ["mx1.example.net"]), records=(MX,)),),
        (dns(mtasts.grade(None, None, []), records=(A,)),),
    ),
    Case("one-name-server-provider", (dns(ONE_PROVIDER),), (dns(TWO_PROVIDERS),)),
    Case(
        "delegation-disagrees",
        (whois(), dns(records=(("NS", "ns9.example.org."),))),
        (whois(), dns(records=(("NS", "NS1.example.net."), ("NS", "ns2.example.net.")))),
    ),
    Case("private-address-in-dns", (dns(records=(("A", "10.1.2.3"),)),), (dns(records=(A,)),)),
    Case("wildcard-answers-everything", (ended("dns", made.wildcard()),), (dns(records=(A,)),)),
    Case(
        "parked",
        (ended("dns", *made.parked_at("ns1.sedoparking.com")),),
        (ended("dns", *made.parked_at("ada.ns.cloudflare.com")),),
    ),
    Case("registration-expires-soon", (whois(expires=9),), (whois(expires=90),)),
    Case("registration-expired", (whois(expires=-9),), (whois(expires=9),)),
    Case("on-hold", (whois(status=["client hold"]),), (whois(status=["client transfer prohibited"]),)),
    Case(
        "unlocked-after-a-change",
        (whois(changed=-4, status=["active"]),),
        (whois(changed=-4, status=["active", "client transfer prohibited"]),),
    ),
    Case(
        "registry-and-registrar-disagree",
        (ended("whois", *made.registered(rdap_domain(), rdap_domain(events=events(-100)))),),
        (ended("whois", *made.registered(rdap_domain(), rdap_domain())),),
    ),
    Case(
        "registered-anew",
        (vt(), whois(created=-30)),
        (vt(creation_date=NOW.timestamp() - 30 * 86400), whois(created=-30)),
    ),
    Case("moved-lately", (ns_since(-9), whois(changed=-8)), (ns_since(-9), whois(changed=-300))),
    Case("data-store-open", (shodan(REDIS),), (shodan(banner(6379)),)),  # by the port's number alone
    Case("remote-control-open", (shodan(RDP),), (shodan(banner(443, "https")),)),
    Case(
        "known-exploited",
        (shodan(web(vulns={CVE: {"verified": True, "cvss": 9.1}}), scores=[scores()]),),
        (shodan(web(vulns={CVE: {"verified": True, "cvss": 9.1}}), scores=[scores(kev=False)]),),
    ),
    Case(
        "maybe-known-exploited",
        (shodan(web(), scores=[scores()]),),
        (shodan(web(vulns={CVE: {"verified": True}}), scores=[scores()]),),
    ),
    Case("origin-behind-the-cdn", (behind("Cloudflare, Inc."),), (behind("Example Hosting 2"),)),
    Case(
        "same-address-flagged",
        (dns(records=(("A", ADDRESS),)), shodan(web(vulns={}), tags=["compromised"])),
        (dns(records=(("A", "192.0.2.99"),)), shodan(web(vulns={}), tags=["compromised"])),
    ),
    Case("fresh-password-leak", (hibp(made.leaked(leak(ago=100))),), (hibp(made.leaked(leak(ago=900))),), ADA),
    Case("stealer-log", (hibp(*made.stolen("shop.example")),), (hibp(made.leaked(leak())),), ADA),
    Case(
        "leak-and-many-accounts",
        (hibp(made.leaked(leak())), ended("social", *made.named("GitHub", "GitLab"))),
        (hibp(made.leaked(leak())), ended("social", *made.named("GitHub"))),
        ADA,
    ),
    Case(
        "mailboxes-leaked-lately",
        (hibp(*made.mailboxes(leak(added=10))),),
        (hibp(*made.mailboxes(leak(added=400))),),
    ),
    Case(
        "one-sided-claim",
        (ended("social", made.pointed_at(back=False)),),
        (ended("social", made.pointed_at(back=True)),),
        USER,
    ),
    Case(
        "conflicting-identity",
        (ended("identity", made.grouped("conflicting")),),
        (ended("identity", made.grouped("maybe")),),
        USER,
    ),
    Case("place-in-a-public-file", (meta(PLACE),), (meta(made.trace(Fact.LOCATION, "Exampletown")),)),
    Case("authors-in-documents", (meta(made.trace(Fact.PERSON, "Ada Example", role="author")),), (meta(),)),
    Case("disguised-program", (meta(name="invoice.pdf.exe"),), (meta(name="invoice.pdf"),)),
    Case(
        "insides-in-documents",
        (meta(made.trace(Fact.PATH, r"C:\Users\ada"), made.trace(Kind.USERNAME, "ada", role="owner of a folder")),),
        (meta(made.trace(Fact.PATH, r"C:\Users\ada")),),
    ),
]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)


def headline(case: Case, *runs: Run) -> Headline | None:
    told = correlate(shipped(), of(case.target, *runs), NOW)
    return next((each for each in told if each.rule == case.rule), None)


@each_case
def test_a_rule_comes_true_and_names_its_evidence(case: Case) -> None:
    told = headline(case, *case.yes)
    assert told is not None
    assert told.evidence
    assert "unknown" not in told.sentence
    assert "{" not in told.sentence


@each_case
def test_a_rule_is_silent_when_one_thing_is_otherwise(case: Case) -> None:
    assert headline(case, *case.no) is None


def test_every_shipped_rule_has_a_case_and_asks_collectors_that_there_are() -> None:
    names = [rule.name for rule in shipped()]
    assert sorted(names) == sorted(case.rule for case in CASES)
    assert len(names) >= 25
    asked = {name for rule in shipped() for look in rule.looks for name in look.collectors}
    assert asked <= set(collectors.known())
    assert [rule.name for rule in shipped() if not (rule.change and all(look.words for look in rule.looks))] == []


@pytest.mark.parametrize("rule", ["certificate-lapsed", "certificate-lapses-soon"])
def test_which_certificate_is_the_newest_is_known_of_a_full_answer_alone(rule: str) -> None:
    days = {"certificate-lapsed": 200, "certificate-lapses-soon": 85}[rule]
    logged = logs(row("example.com", ago=days))
    told = [heard(rule, each, dns(records=(A,))) for each in (logged, replace(logged, outcome=Outcome.PARTIAL))]
    assert [bool(each) for each in told] == [True, False]


def test_vendors_who_looked_before_the_name_was_registered_anew_make_no_alarm() -> None:
    flags = made.rated(**judged(3))
    old = [replace(each, attributes={**each.attributes, "old": True}) for each in flags]
    young = whois(created=-50)
    assert heard("flagged-and-young", young, ended("virustotal", *flags))
    assert not heard("flagged-and-young", young, ended("virustotal", *old))


def heard(rule: str, *runs: Run) -> list[Headline]:
    return [each for each in correlate(shipped(), of(EXAMPLE, *runs), NOW) if each.rule == rule]
