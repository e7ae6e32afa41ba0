"""Invented scans to render: what the three collectors say about the invented world."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.models import (
    Asker,
    Fact,
    Finding,
    Kind,
    Offer,
    Outcome,
    Place,
    Provenance,
    Run,
    RunState,
    Scan,
    ScanStatus,
    Target,
)
from core.seal import Seal, sealer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TITLES = {"dns": "DNS records", "crtsh": "Certificates (crt.sh)", "whois": "Registration (RDAP, WHOIS)"}
SOURCES = {"dns": "DNS", "crtsh": "crt.sh", "whois": "RDAP (Example Registry)"}
SEAL: Seal = sealer(b"an invented key", "T0SANDBOX", made=NOW)
PLACE = Place("T0SANDBOX", "C0GENERAL")
ADA = Asker("U0ADA", "Ada Example")


def finding(collector: str, kind: Kind | Fact, value: str, *, seen: int | None = None, **attributes: Any) -> Finding:
    """A finding of a collector, last seen so many days ago."""
    url = f"https://{collector}.example.net/?q=example.com"
    provenance = Provenance(collector, SOURCES.get(collector, collector), url, NOW, "200", "0" * 64)
    last = NOW - timedelta(days=seen) if seen is not None else None
    return Finding(kind, value, provenance, attributes, last_seen=last)


def run(collector: str, outcome: Outcome | None = Outcome.FOUND, *findings: Finding, **more: Any) -> Run:
    """A closed run, or a running one when it has no outcome."""
    base = Run(
        id=f"run-{collector}",
        scan_id="scan-1",
        round=1,
        collector=collector,
        state=RunState.CLOSED if outcome else RunState.RUNNING,
        outcome=outcome,
        attempt=1,
        answered_at=NOW,
        started_at=NOW,
        closed_at=NOW + timedelta(seconds=2) if outcome else None,
        ms=2100 if outcome else None,
        found=len(findings),
        findings=findings,
    )
    return replace(base, **more)


def scan(*runs: Run, status: ScanStatus = ScanStatus.FINISHED, target: Target | None = None, **more: Any) -> Scan:
    base = Scan(
        id="7f3a9c",
        target=target or Target(Kind.DOMAIN, "example.com"),
        status=status,
        asker=ADA,
        place=PLACE,
        created_at=NOW,
        finished_at=NOW + timedelta(seconds=42) if status in (ScanStatus.FINISHED, ScanStatus.CANCELLED) else None,
        runs=runs,
    )
    return replace(base, **more)


def check(name: str, grade: str, why: str, severity: str = "info") -> Finding:
    return finding("dns", Fact.POSTURE, name, grade=grade, why=why, severity=severity)


def dns_of_a_healthy_company() -> Run:
    return run(
        "dns",
        Outcome.FOUND,
        check("SPF", "good", "Only listed servers may send its mail (-all), with 3 of 10 lookups."),
        check("DMARC", "good", "Forged mail is rejected (p=reject)."),
        check("DKIM", "good", "2 selectors hold keys of 2048 bits."),
        check("MTA-STS", "good", "Mail servers must use TLS (mode enforce), and the policy names them all."),
        check("TLS-RPT", "good", "Reports about failed TLS go to tls@example.com."),
        check("BIMI", "info", "A logo is published."),
        check("CAA", "fair", "Two certificate authorities may issue, wildcards too.", "low"),
        check("DNSSEC", "good", "Signed, and the chain holds."),
        finding("dns", Kind.IP, "192.0.2.10", role="address", ttl=300),
        finding("dns", Kind.DOMAIN, "www.example.com", role="reverse name", forward_confirmed=True),
        finding("dns", Kind.IP, "2001:db8::10", ttl=300),
        finding("dns", Kind.DOMAIN, "mx1.example.net", role="mail server", preference=10),
        finding("dns", Kind.DOMAIN, "mx2.example.net", role="mail server", preference=20),
        finding("dns", Kind.DOMAIN, "ns1.example.net", role="name server"),
        finding("dns", Kind.DOMAIN, "ns2.example.net", role="name server"),
        finding("dns", Fact.SERVICE, "Example Mail", evidence="MX"),
        finding("dns", Fact.RECORD, "TXT v=spf1 include:_spf.example.net -all", ttl=3600),
        finding("dns", Fact.RECORD, "SOA ns1.example.net hostmaster.example.com 2026112301", ttl=3600),
    )


def certificates_of_a_healthy_company() -> Run:
    names = ["www", "mail", "vpn", "api", "shop", "intranet", *(f"build{n}.dev" for n in range(30))]
    found = [
        finding(
            "crtsh",
            Kind.DOMAIN,
            f"{name}.example.com",
            seen=n * 20,
            issuers=["Example Trust CA R3"],
            certificates=3,
            expired=n > 28,
            **({"fresh": True} if n == 0 else {}),
            **({"internal": True} if name == "intranet" else {}),
        )
        for n, name in enumerate(names)
    ]
    return run(
        "crtsh",
        Outcome.FOUND,
        *found,
        finding("crtsh", Fact.WILDCARD, "*.dev.example.com", seen=3),
        finding("crtsh", Kind.EMAIL, "hostmaster@example.com", seen=900),
        finding("crtsh", Kind.DOMAIN, "example.org", seen=40, relation="same certificate"),
        cached=True,
        answered_at=NOW - timedelta(hours=3),
    )


def registration_of_a_healthy_company() -> Run:
    return run(
        "whois",
        Outcome.FOUND,
        finding(
            "whois",
            Fact.REGISTRATION,
            "example.com",
            registrar="Example Registrar, Inc.",
            created="1995-08-14T04:00:00+00:00",
            updated="2026-08-14T07:01:39+00:00",
            expires="2027-08-13T04:00:00+00:00",
            age_days=11424,
            days_to_expiry=263,
            statuses={"client transfer prohibited": "the registrar locks it against being moved away"},
            dnssec="signed",
            handle="2336799_DOMAIN_COM-VRSN",
        ),
        finding("whois", Kind.EMAIL, "abuse@example.net", role="abuse contact"),
        finding("whois", Kind.DOMAIN, "ns1.example.net", role="name server"),
        finding("whois", Fact.ORGANISATION, "Example Corp", role="registrant"),
    )


def registration_of_a_phisher() -> Run:
    held = finding(
        "whois",
        Fact.REGISTRATION,
        "examp1e-login.test",
        severity="high",
        why="Registered 3 days ago.",
        registrar="Cheap Names Example",
        created="2026-11-20T09:00:00+00:00",
        expires="2027-11-20T09:00:00+00:00",
        age_days=3,
        days_to_expiry=362,
        privacy="Privacy Proxy Example",
    )
    abuse = finding("whois", Kind.EMAIL, "abuse@cheap.example", role="abuse contact")
    return run("whois", Outcome.FOUND, held, abuse)


EVIL = (
    "<!channel> <@U0ADA> <#C0GENERAL> *bold* <https://evil.test|click> "
    "\u202egnp.exe\u202c \x1b[31mred\x1b[0m \x00 ` ``` "
    '=cmd("calc") &lt;!here&gt; https://evil.test/a?b=c ada@evil.test \u200b\u2066x\u2069 :tada: <!date^0^{date}|x>'
)


def answers_of_a_hostile_name() -> tuple[Run, ...]:
    dns = run(
        "dns",
        Outcome.FOUND,
        check("SPF", "bad", f"The record is odd: {EVIL}", "high"),
        finding("dns", Fact.SERVICE, EVIL),
        finding("dns", Fact.RECORD, "TXT " + "A" * 5_000_000),
        finding("dns", Kind.DOMAIN, EVIL, role="mail server"),
    )
    crtsh = run(
        "crtsh",
        Outcome.FOUND,
        finding("crtsh", Kind.DOMAIN, EVIL, seen=1, issuers=[EVIL]),
        finding("crtsh", Fact.WILDCARD, f"*.{EVIL}"),
    )
    whois = run(
        "whois", Outcome.PARTIAL, finding("whois", Fact.REGISTRATION, EVIL, registrar=EVIL, age_days=3), message=EVIL
    )
    return dns, crtsh, whois


def offers() -> list[Offer]:
    kinds = (Kind.DOMAIN, Kind.URL, Kind.EMAIL)
    return [
        Offer("dns", TITLES["dns"], "Records of a name, graded.", (*kinds, Kind.IP), "Your DNS resolver.", True, True),
        Offer(
            "crtsh", TITLES["crtsh"], "Names that certificate logs hold.", kinds, "crt.sh.", True, True, limits="5/min"
        ),
        Offer("whois", TITLES["whois"], "Who holds it, since when.", (*kinds, Kind.IP), "The registry.", True, True),
        Offer("keyed", "Keyed source", "Needs a key.", kinds, "Example, Inc.", True, False, "KEYED_KEY is not set"),
    ]
