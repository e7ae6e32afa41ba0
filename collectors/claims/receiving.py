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
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Severity

if TYPE_CHECKING:
    from collectors.fetch import Fetch

MOST_SERVERS = 10
QUALIFIERS = {
    "-": N_("other servers' mail is refused (-all)"),
    "~": N_("other servers' mail is marked (~all)"),
    "?": N_("nothing is said of other servers' mail (?all)"),
    "+": N_("everybody may send (+all)"),
    "": N_("nothing is said of other servers' mail (no all)"),
}


FORGED = {
    "none": (N_("none, in test mode"), N_("none (from {name})"), N_("none, in test mode (from {name})")),
    "quarantine": (
        N_("quarantine, in test mode"),
        N_("quarantine (from {name})"),
        N_("quarantine, in test mode (from {name})"),
    ),
    "reject": (N_("reject, in test mode"), N_("reject (from {name})"), N_("reject, in test mode (from {name})")),
}
"""What receivers are told to do with forged mail, where more is to be said than the protocol's word."""
NAMELESS = N_("Mail servers are named, under names that no host can have.")
NULL_MX = N_("The domain says that it receives no mail (null MX, RFC 7505): the address cannot be written to.")
NO_DOMAIN = N_("{name} does not exist: the address cannot be written to.")
IMPLICIT = N_("No mail server is named; senders try the domain's own address instead (RFC 5321 5.1).")
NOWHERE = N_("The domain exists, but has neither a mail server nor an address: the address cannot be written to.")


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
            noted("Mail to {name}", name=domain),
            confidence=Confidence.HIGH,
            context=noted("MX, TXT and DMARC records of {name}.", name=domain),
            grade=found.grade,
            why=found.why,
            severity=found.severity.value,
            receives=found.way,
            servers=list(found.servers),
            provider=provider.name if provider else "",
            spf=noted("not answered") if spoken is None else _senders(spoken),
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
        several = noted("{n} mail servers receive its mail.", n=len(records))
        why = several if len(records) > 1 else noted("One mail server receives its mail.")
        return Receiving("mx", why, "good", servers=servers)
    if records:
        named = any(spelled not in ("", ".") for _, spelled in records)
        told = ("mx", NAMELESS, "fair", Severity.LOW) if named else ("null", NULL_MX, "bad", Severity.MEDIUM)
        return Receiving(*told)
    if mx.rcode == "NXDOMAIN":
        return Receiving("no_domain", noted(NO_DOMAIN, name=domain), "bad", Severity.MEDIUM)
    both = await asyncio.gather(questions.ask(domain, "A"), questions.ask(domain, "AAAA"))
    if any(reply is not None and reply.records for reply in both):
        return Receiving("implicit", IMPLICIT, "fair", Severity.LOW)
    if None in both:
        return None
    return Receiving("none", NOWHERE, "bad", Severity.MEDIUM)


def _senders(reply: DnsReply) -> str:
    """Who may send in the domain's name, in words."""
    records = [text for text in texts(reply) if spf.is_spf(text)]
    if not records:
        return noted("no record")
    if len(records) > 1:
        return noted("{n} records, which cancel each other out", n=len(records))
    record = spf.parse(records[0])
    if record.redirect and not record.everyone:
        return noted("as {name} says (redirect)", name=hostname(record.redirect) or noted("another name"))
    return QUALIFIERS[record.everyone]


async def _policy(domain: str, questions: Questions) -> tuple[str, list[DnsReply]]:
    """What receivers are told to do with forged mail, and the answers that say so."""
    steps = dmarc.walk(domain)
    replies = await asyncio.gather(*(questions.ask(f"_dmarc.{name}", "TXT") for name in steps))
    answered = {name: reply for name, reply in zip(steps, replies, strict=True) if reply is not None}
    records = {name: record for name, reply in answered.items() if (record := dmarc.single(texts(reply)))}
    policy = dmarc.choose(domain, records)
    if domain not in answered or (policy is None and len(answered) < len(steps)):
        return noted("not answered"), []
    if policy is None:
        return noted("no policy"), [answered[domain]]
    testing, inherited, both = FORGED[policy.effective]
    way = both if policy.record.testing else inherited
    said = noted(way, name=policy.location) if policy.inherited else noted(testing)
    return (said if policy.inherited or policy.record.testing else policy.effective), [answered[policy.location]]
