"""Mail: who may send it, what happens to forgeries, how it is received (SPF, DMARC, BIMI)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from collectors.doors.reply import DnsReply
from collectors.posture import bimi, dmarc, spf
from collectors.posture.providers import SENDERS, by_name
from collectors.posture.text import domain
from collectors.zone.questions import Questions, texts
from collectors.zone.reading import service
from collectors.zone.senders import follow
from collectors.zone.subject import Subject
from collectors.zone.telling import contact, posture
from core.language.noted import noted
from core.models import Confidence, Finding, Kind
from core.targets.suffixes import registrable

MOST_NETWORKS = 50
MOST_DESTINATIONS = 10


async def senders(subject: Subject, questions: Questions) -> list[Finding]:
    """SPF, DMARC and BIMI together, because each is judged in the light of the others."""
    enforced, forgery = await _forgery(subject, questions)
    rest = await asyncio.gather(
        _spf(subject, questions, enforced=enforced), _bimi(subject, questions, enforced=enforced)
    )
    return [*forgery, *(finding for findings in rest for finding in findings)]


async def _spf(subject: Subject, questions: Questions, *, enforced: bool | None) -> list[Finding]:
    reply = await questions.ask(subject.host, "TXT")
    if reply is None:
        return []
    records = [text for text in texts(reply) if spf.is_spf(text)]
    if not records:
        check = spf.grade([], spf.Tally(), enforced=enforced, mails=subject.mails)
        return [posture(reply, check, noted("No SPF record among the TXT records of {name}.", name=subject.host))]
    record = spf.parse(records[0])
    tally = await follow(record, subject.host, questions)
    check = spf.grade(records, tally, enforced=enforced, mails=subject.mails)
    context = noted("SPF record of {name}, its includes followed.", name=subject.host)
    return [posture(reply, check, context, confidence=questions.confidence), *_allowed(record, subject, reply)]


def _allowed(record: spf.Spf, subject: Subject, reply: DnsReply) -> Iterator[Finding]:
    """The networks and vendors the name's own record lets send its mail."""
    context = noted("{name} lets it send its mail (SPF).", name=subject.host)
    for net in record.networks[:MOST_NETWORKS]:
        single = net.prefixlen == net.max_prefixlen
        value = str(net.network_address) if single else str(net)
        yield reply.finding(
            Kind.IP if single else Kind.CIDR, value, confidence=Confidence.HIGH, context=context, role="mail sender",
            record="SPF",
        )  # fmt: skip
    for name in (*record.includes, record.redirect.lower().rstrip(".")):
        if domain(name) and "%" not in name:
            yield reply.finding(
                Kind.DOMAIN, name, confidence=Confidence.HIGH, context=context, role="SPF include", record="SPF"
            )
            includes = noted("{name} includes {other} in its SPF record.", name=subject.host, other=name)
            yield from service(reply, by_name(name, SENDERS), includes)


async def _bimi(subject: Subject, questions: Questions, *, enforced: bool | None) -> list[Finding]:
    name = f"default._bimi.{subject.host}"
    reply = await questions.ask(name, "TXT")
    if reply is None:
        return []
    check = bimi.grade(texts(reply), enforced=enforced)
    return [posture(reply, check, noted("TXT records of {name}.", name=name))]


async def _forgery(subject: Subject, questions: Questions) -> tuple[bool | None, list[Finding]]:
    """Whether a DMARC policy acts on forgeries, and its findings; None when an unanswered question could tell."""
    steps = dmarc.walk(subject.host)
    replies = await asyncio.gather(*(questions.ask(f"_dmarc.{name}", "TXT") for name in steps))
    answered = {name: reply for name, reply in zip(steps, replies, strict=True) if reply is not None}
    own = answered.get(subject.host)
    if own is None:
        return None, []
    singles = {name: dmarc.single(texts(reply)) for name, reply in answered.items()}
    found = {name: record for name, record in singles.items() if record is not None}
    policy = dmarc.choose(subject.host, found)
    if policy is None and len(answered) < len(steps):
        return None, []
    refused = await _unauthorised(policy, questions) if policy is not None else []
    doubles = max(0, sum(dmarc.parse(text) is not None for text in texts(own)) - 1)
    check = dmarc.grade(policy, doubles=doubles, refused=refused, mails=subject.mails)
    reply = answered[policy.location] if policy is not None else own
    place = f"_dmarc.{policy.location if policy else subject.host}"
    context = noted("TXT records of {name}.", name=place)
    findings = [posture(reply, check, context, confidence=questions.confidence)]
    return policy is not None and policy.enforced, findings + list(_readers(policy, reply))


def _readers(policy: dmarc.Policy | None, reply: DnsReply) -> Iterator[Finding]:
    if policy is None:
        return
    context = noted("{name} has DMARC reports sent there.", name=policy.location)
    for mail in policy.record.reports:
        yield contact(reply, mail, "DMARC reports", context)
    for mail in policy.record.failures:
        yield contact(reply, mail, "DMARC failure reports", context)


async def _unauthorised(policy: dmarc.Policy, questions: Questions) -> list[str]:
    """Report destinations outside the organisation that have not published their consent (RFC 9990)."""
    home = registrable(policy.location) or policy.location
    mails: Sequence[str] = (*policy.record.reports, *policy.record.failures)
    domains = dict.fromkeys(mail.rpartition("@")[2] for mail in mails)
    outside = [name for name in domains if (registrable(name) or name) != home][:MOST_DESTINATIONS]
    consents = await asyncio.gather(*(questions.texts(f"{policy.location}._report._dmarc.{name}") for name in outside))
    return [
        name for name, found in zip(outside, consents, strict=True) if found is not None and not dmarc.authorises(found)
    ]
