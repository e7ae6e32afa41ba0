"""Whether an address can receive mail, who runs its mail, and how its domain guards its name (RFC 5321, 7208, 9989)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dns.rdtypes.ANY.MX import MX

from collectors.claims.claim import receipts
from collectors.doors.reply import DnsReply
from collectors.posture import dmarc, spf
from collectors.posture.providers import MAIL_SERVERS, by_name
from collectors.posture.text import hostname
from collectors.zone.questions import Questions, texts
from core.models import Confidence, Fact, Finding, Severity

if TYPE_CHECKING:
    from collectors.fetch import Fetch

MOST_SERVERS = 10
QUALIFIERS = {
    "-": "other servers' mail is refused (-all)",
    "~": "other servers' mail is marked (~all)",
    "?": "nothing is said of other servers' mail (?all)",
    "+": "everybody may send (+all)",
    "": "nothing is said of other servers' mail (no all)",
}


@dataclass(frozen=True, slots=True)
class Receiving:
    """How a domain takes mail: a word for programs, a sentence for people, and how much to care."""

    way: str  # mx, implicit, null, none, no_domain
    why: str
    grade: str
    severity: Severity = Severity.INFO
    servers: tuple[str, ...] = ()


async def receiving(domain: str, fetch: Fetch) -> list[Finding]:
    """One finding about the mail of a domain; none when its mail servers could not be asked for."""
    questions = Questions(fetch)
    mx, spoken, policy = await asyncio.gather(
        questions.ask(domain, "MX"), questions.ask(domain, "TXT"), _policy(domain, questions)
    )
    found = None if mx is None else await _receives(domain, mx, questions)
    questions.own_up()
    if mx is None or found is None:
        return []
    provider = next(filter(None, (by_name(server, MAIL_SERVERS) for server in found.servers)), None)
    forged, told = policy
    others = [each for each in (spoken, *told) if each is not None]
    return [
        mx.finding(
            Fact.POSTURE,
            f"Mail to {domain}",
            confidence=Confidence.HIGH,
            context=f"MX, TXT and DMARC records of {domain}.",
            grade=found.grade,
            why=found.why,
            severity=found.severity.value,
            receives=found.way,
            servers=list(found.servers),
            provider=provider.name if provider else "",
            spf="not answered" if spoken is None else _senders(spoken),
            dmarc=forged,
            also=receipts(others),
        )
    ]


async def _receives(domain: str, mx: DnsReply, questions: Questions) -> Receiving | None:
    """None when the address records, which would decide, could not be asked for."""
    records = [
        (each.preference, each.exchange.to_text(omit_final_dot=True)) for each in mx.records if isinstance(each, MX)
    ]
    servers = tuple(name for _, spelled in sorted(records)[:MOST_SERVERS] if (name := hostname(spelled)))
    if servers:
        return Receiving(
            "mx",
            f"{len(records)} mail servers receive its mail."
            if len(records) > 1
            else "One mail server receives its mail.",
            "good",
            servers=servers,
        )
    if records:
        if any(spelled not in ("", ".") for _, spelled in records):
            told = ("mx", "Mail servers are named, under names that no host can have.", "fair", Severity.LOW)
        else:
            why = "The domain says that it receives no mail (null MX, RFC 7505): the address cannot be written to."
            told = ("null", why, "bad", Severity.MEDIUM)
        return Receiving(*told)
    if mx.rcode == "NXDOMAIN":
        return Receiving(
            "no_domain", f"{domain} does not exist: the address cannot be written to.", "bad", Severity.MEDIUM
        )
    both = await asyncio.gather(questions.ask(domain, "A"), questions.ask(domain, "AAAA"))
    if any(reply is not None and reply.records for reply in both):
        why = "No mail server is named; senders try the domain's own address instead (RFC 5321 5.1)."
        return Receiving("implicit", why, "fair", Severity.LOW)
    if None in both:
        return None
    why = "The domain exists, but has neither a mail server nor an address: the address cannot be written to."
    return Receiving("none", why, "bad", Severity.MEDIUM)


def _senders(reply: DnsReply) -> str:
    """Who may send in the domain's name, in words."""
    records = [text for text in texts(reply) if spf.is_spf(text)]
    if not records:
        return "no record"
    if len(records) > 1:
        return f"{len(records)} records, which cancel each other out"
    record = spf.parse(records[0])
    if record.redirect and not record.everyone:
        return f"as {hostname(record.redirect) or 'another name'} says (redirect)"
    return QUALIFIERS[record.everyone]


async def _policy(domain: str, questions: Questions) -> tuple[str, list[DnsReply]]:
    """What receivers are told to do with forged mail, and the answers that say so."""
    steps = dmarc.walk(domain)
    replies = await asyncio.gather(*(questions.ask(f"_dmarc.{name}", "TXT") for name in steps))
    answered = {name: reply for name, reply in zip(steps, replies, strict=True) if reply is not None}
    records = {name: record for name, reply in answered.items() if (record := dmarc.single(texts(reply)))}
    policy = dmarc.choose(domain, records)
    if domain not in answered or (policy is None and len(answered) < len(steps)):
        return "not answered", []
    if policy is None:
        return "no policy", [answered[domain]]
    source = f" (from {policy.location})" if policy.inherited else ""
    testing = ", in test mode" if policy.record.testing else ""
    return f"{policy.effective}{testing}{source}", [answered[policy.location]]
