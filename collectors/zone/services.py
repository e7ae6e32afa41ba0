"""Services a name announces under agreed names: SRV (RFC 2782), SVCB (RFC 9461), URI (RFC 7553), TLSA (RFC 6698)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from dns.rdtypes.IN.SRV import SRV

from collectors.doors.reply import DnsReply
from collectors.posture.text import cut, domain
from collectors.zone.questions import Questions
from collectors.zone.subject import Subject
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind

PROBED = (
    *(
        "_autodiscover._tcp",
        "_sip._tcp",
        "_sip._tls",
        "_sipfederationtls._tcp",
        "_xmpp-client._tcp",
        "_xmpp-server._tcp",
    ),
    *("_imaps._tcp", "_submission._tcp", "_caldavs._tcp", "_carddavs._tcp", "_ldap._tcp", "_kerberos._udp"),
    *("_matrix._tcp", "_minecraft._tcp"),
)
MOST_SERVERS = 4
MOST_RECORDS = 20


async def announced(subject: Subject, questions: Questions) -> list[Finding]:
    """The services that are announced, with the hosts they run on, and certificates pinned by TLSA."""
    both = await asyncio.gather(_services(subject, questions), _others(subject, questions))
    return [finding for found in both for finding in found]


async def _services(subject: Subject, questions: Questions) -> list[Finding]:
    names = [f"{prefix}.{subject.host}" for prefix in PROBED]
    replies = await asyncio.gather(*(questions.ask(name, "SRV") for name in names))
    answered = {name: reply for name, reply in zip(names, replies, strict=True) if reply is not None and reply.records}
    if not answered:
        return []
    wild = await questions.ask(f"_{questions.nonce('srv')}._tcp.{subject.host}", "SRV")
    noise = {record.to_text() for record in wild.records} if wild is not None else set()
    return [finding for name, reply in answered.items() for finding in _read(name, reply, noise, questions.confidence)]


def _read(name: str, reply: DnsReply, noise: set[str], confidence: Confidence) -> Iterator[Finding]:
    records = [record for record in reply.records if isinstance(record, SRV) and record.to_text() not in noise]
    for record in sorted(records, key=lambda each: each.to_text())[:MOST_RECORDS]:
        yield reply.finding(
            Fact.RECORD, f"SRV {name} {cut(record.to_text())}", confidence=confidence, record="SRV", ttl=reply.ttl
        )
        host = domain(record.target.to_text())  # "." says that the service is not offered
        if host:
            context = noted("{name} says that the service runs there.", name=name)
            yield reply.finding(
                Kind.DOMAIN, host, confidence=confidence, context=context,
                role="service host", record="SRV", port=record.port, ttl=reply.ttl,
            )  # fmt: skip


async def _others(subject: Subject, questions: Questions) -> list[Finding]:
    asked = [
        ("SVCB", f"_dns.{subject.host}"),
        ("URI", f"_http._tcp.{subject.host}"),
        ("TLSA", f"_443._tcp.{subject.host}"),
        *(("TLSA", f"_25._tcp.{server}") for _, server in subject.servers[:MOST_SERVERS]),
    ]
    replies = await asyncio.gather(*(questions.ask(name, rdtype) for rdtype, name in asked))
    return [
        reply.finding(
            Fact.RECORD,
            f"{rdtype} {name} {cut(spelled)}",
            confidence=questions.confidence,
            record=rdtype,
            ttl=reply.ttl,
        )
        for (rdtype, name), reply in zip(asked, replies, strict=True)
        if reply is not None
        for spelled in sorted(record.to_text() for record in reply.records)[:MOST_RECORDS]
    ]
