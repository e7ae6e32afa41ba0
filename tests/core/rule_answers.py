"""Runs whose findings our collectors made themselves, out of answers in their sources' own shapes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from collectors import crtsh
from collectors.claims import telling as claims
from collectors.claims.claim import Claim
from collectors.claims.evidence import Point
from collectors.claims.graph import Told
from collectors.doors.bench import Report, Trace
from collectors.doors.reply import DnsReply, Reply
from collectors.exposure import telling as exposure
from collectors.exposure.host import detailed
from collectors.exposure.weaknesses import scored
from collectors.files import telling as files
from collectors.issuances import Ledger
from collectors.leaks import telling as leaks
from collectors.leaks.breach import breach
from collectors.posture.check import Check
from collectors.posture.providers import NAME_SERVERS, by_name
from collectors.profiles import telling as profiles
from collectors.profiles.profile import Profile
from collectors.profiles.rounds import Pointer
from collectors.registries import rdap
from collectors.registries import telling as registries
from collectors.registries.asking import Said
from collectors.reputation import relations
from collectors.reputation import telling as reputation
from collectors.reputation.verdict import verdict
from collectors.trails.names import subdomain_findings
from collectors.trails.telling import Records, record_findings
from collectors.zone.reading import findings as records
from collectors.zone.reading import service
from collectors.zone.telling import posture
from core import clock
from core.models import Confidence, Fact, Finding, Kind, Outcome, Run, RunState, Scan, Target
from tests.collectors import shodan_samples, virustotal_samples
from tests.core.samples import scan

NOW = clock.now()
EXAMPLE = Target(Kind.DOMAIN, "example.com")


def answer(collector: str, said: Any = None) -> Reply:
    """What a source sent."""
    body = json.dumps(said).encode()
    url = f"https://{collector}.example.net/"
    return Reply(
        collector=collector, source=collector, status=200, url=url, fetched_at=NOW, body=body, sha256="5f" * 32
    )


def ended(collector: str, *found: Finding, outcome: Outcome | None = None, **more: Any) -> Run:
    """A run that ended with these findings: in full unless it is said otherwise."""
    how = outcome or (Outcome.FOUND if found else Outcome.NOTHING)
    base: dict[str, Any] = {"state": RunState.CLOSED, "outcome": how, "found": len(found), "findings": tuple(found)}
    return Run(f"s-1-{collector}", "s", 1, collector, **base | more)


def of(target: Target, *runs: Run) -> Scan:
    return scan(*runs, target=target, created_at=NOW, finished_at=NOW)


def dns_answer(rdtype: str, *texts: str, name: str = "example.com") -> DnsReply:
    rows = tuple(dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), text) for text in texts)
    return DnsReply(
        collector="dns",
        source="DNS",
        status="NOERROR",
        url=f"dns:{name}?type={rdtype}",
        fetched_at=NOW,
        body=b"",
        sha256="5f" * 32,
        rcode="NOERROR",
        message=dns.message.Message(),
        records=rows,
        ttl=3600,
        canonical=name,
        chain=(),
        ad=False,
        aa=False,
    )


def record(rdtype: str, *texts: str) -> list[Finding]:
    """Records as the collector dns tells them."""
    return list(records(dns_answer(rdtype, *texts), rdtype, Confidence.HIGH))


def checked(check: Check) -> Finding:
    return posture(dns_answer("TXT"), check, "A check.")


def parked_at(name_server: str) -> list[Finding]:
    return list(service(dns_answer("NS"), by_name(name_server, NAME_SERVERS), "It answers for the zone."))


def wildcard() -> Finding:
    return dns_answer("A", "192.0.2.1").finding(Fact.WILDCARD, "*.example.com", addresses=["192.0.2.1"], probes=3)


def logged(*rows: dict[str, Any], domain: str = "example.com") -> list[Finding]:
    """Names as the collector crtsh tells them, out of rows of crt.sh."""
    ledger = Ledger(domain)
    for row in rows:
        ledger.add(crtsh.logged(row))
    fetch = cast(Any, SimpleNamespace(now=NOW, gap=lambda *_: None))
    return list(crtsh._findings(ledger, [answer("crtsh")], fetch))


def registered(*answers: dict[str, Any], name: str = "example.com") -> list[Finding]:
    """A registration as the collector whois tells it: the registry's answer, then the registrar's."""
    said = [Said("rdap.example.net", answer("whois"), rdap.read(each, Kind.DOMAIN, name)) for each in answers]
    return list(registries.told(said, now=NOW, context="Registration."))


def seen_by_shodan(*banners: dict[str, Any], scores: Sequence[dict[str, Any]] = (), **host: Any) -> list[Finding]:
    """A host as the collector shodan tells it, weaknesses with what CVEDB says of them."""
    known = detailed(shodan_samples.host(*banners, **host), shodan_samples.ADDRESS, "Shodan")
    reply = answer("shodan")
    told = list(exposure.told(known, reply, NOW))
    for weak, said in zip(known.weaknesses, scores, strict=False):
        told.append(exposure.weakness(scored(weak, said, "https://cvedb.example.net/"), known, reply))
    return told


def rated(target: Target = EXAMPLE, **attributes: Any) -> list[Finding]:
    """What the collector virustotal tells of a target itself."""
    said = virustotal_samples.domain(**attributes)["data"]["attributes"]
    return list(reputation.told(target, said, verdict(said), answer("virustotal"), NOW))


def talking(*files_there: dict[str, Any]) -> list[Finding]:
    return list(relations.findings(relations.FILES_THAT_TALK, EXAMPLE, list(files_there), answer("virustotal")))


def remembered(rdtype: str, current: dict[str, Any], *epochs: dict[str, Any]) -> list[Finding]:
    """Current records and their history as the collector securitytrails tells them."""
    held = Records(rdtype)
    held.read_current({"current_dns": {rdtype: current}})
    held.read_page(answer("securitytrails", {"records": list(epochs)}))
    return list(record_findings(held, answer("securitytrails"), NOW, "example.com"))


def known_below(*names: str) -> list[Finding]:
    return list(subdomain_findings(answer("securitytrails"), names, "example.com"))


def leaked(row: dict[str, Any], *, role: str = "account") -> Finding:
    known = breach(row)
    assert known is not None
    return leaks.breach_finding(answer("haveibeenpwned"), known, now=NOW, role=role)


def mailboxes(row: dict[str, Any]) -> list[Finding]:
    known = breach(row)
    assert known is not None
    said = answer("haveibeenpwned", {"ada": [known.name], "bob": [known.name]})
    return list(leaks.mailboxes(said, "example.com", {known.name: known}, now=NOW))


def stolen(*sites: str) -> list[Finding]:
    return list(leaks.stolen_logins(answer("haveibeenpwned"), list(sites)))


def profile(service_name: str = "GitHub", name: str = "ada-example") -> Profile:
    page = f"https://{service_name.lower()}.example/{name}"
    return Profile(service=service_name, name=name, page=page, reply=answer("social"))


def pointed_at(*, back: bool) -> Finding:
    return profiles.linked(profile(), [Pointer("GitLab: ada-example", "in its bio", proven=False)], back=back)


def named(*services: str) -> list[Finding]:
    return [profiles.named(profile(each)) for each in services]


def grouped(group: str) -> Finding:
    one = Claim(Fact.ACCOUNT, "GitHub: ada-example", answer("identity"))
    other = Claim(Fact.ACCOUNT, "GitLab: ada-example", answer("identity"))
    point = Point("The names do not fit together.", -2.0, (one.value, other.value), "name")
    return claims._identity(Told(group, 0.2, (one, other), (point,)))


def in_file(*traces: Trace, name: str = "report.pdf") -> list[Finding]:
    """What the collector metadata tells of a file."""
    report = Report(detected="application/pdf", traces=traces)
    prints = files.hashes(b"a file")
    return list(files.findings(answer("metadata"), report, prints, value=name, name=name, page=""))


def trace(kind: Kind | Fact, value: str, **attributes: Any) -> Trace:
    return Trace(kind, value, ("a field",), attributes)


def days(number: float) -> str:
    """So many days from now, in ISO 8601."""
    return f"{NOW + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}"
