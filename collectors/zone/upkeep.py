"""How a zone is kept: its name servers, its signatures, and which authorities may issue certificates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dns.rdtypes.ANY.CAA import CAA
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.SOA import SOA

from collectors.doors.dns import Refusal
from collectors.doors.reply import DnsReply
from collectors.posture import caa, dnssec, nameservers
from collectors.posture.nameservers import Health, Server
from collectors.posture.providers import AUTHORITIES, NAME_SERVERS, by_name
from collectors.posture.text import domain, readable
from collectors.zone.dangling import free_domain
from collectors.zone.questions import Questions
from collectors.zone.reading import findings, service
from collectors.zone.reverse import addresses
from collectors.zone.subject import Subject
from collectors.zone.telling import contact, posture
from core.errors import SourceDown, SourceError, SourceTimeout, UnsafeAddress
from core.language.noted import noted
from core.models import Finding
from core.targets.suffixes import registrable

MOST_SERVERS = 13


async def servers(subject: Subject, questions: Questions) -> list[Finding]:
    """The zone's name servers, each asked directly for the zone's SOA record."""
    reply = await questions.ask(subject.zone, "NS")
    if reply is None:
        return []
    spelled = (record.target.to_text() for record in reply.records if isinstance(record, NS))
    names = sorted({name for name in map(domain, spelled) if name})
    if not names:
        return []
    seen = await asyncio.gather(*(_server(name, subject.zone, questions) for name in names[:MOST_SERVERS]))
    check = nameservers.grade(subject.zone, _ours(seen, questions), _provider)
    context = noted("NS records of {name}, each server asked directly.", name=subject.zone)
    found = [posture(reply, check, context)]
    if subject.zone != subject.host:
        found += findings(reply, "NS", questions.confidence)
    return found


def _provider(name: str) -> str:
    known = by_name(name, NAME_SERVERS)
    return known.name if known else registrable(name) or name


async def _server(name: str, zone: str, questions: Questions) -> Server:
    replies = await asyncio.gather(questions.ask(name, "A"), questions.ask(name, "AAAA"))
    known = [reply for reply in replies if reply is not None]
    found = tuple(spelled for reply in known for spelled in addresses(reply))
    if not found:
        gone = len(known) == len(replies) and all(reply.rcode == "NXDOMAIN" for reply in known)
        lost = len(known) == len(replies)
        health = Health.NAMELESS if gone else Health.LAME if lost else Health.UNASKED
        free = await free_domain(name, questions) if gone else ""
        return Server(name, (), health, why=noted("its name has no address") if lost else "", free=free)
    return _judge(name, found, await questions.attempt(zone, "SOA", server=found[0]))


def _judge(name: str, found: tuple[str, ...], answer: DnsReply | SourceError) -> Server:
    match answer:
        case UnsafeAddress():
            return Server(name, found, Health.INSIDE, why=str(answer))
        case SourceTimeout():
            return Server(name, found, Health.SILENT, why=str(answer))
        case SourceDown() if not isinstance(answer, Refusal):  # no way there: nothing was said, maybe for our reasons
            return Server(name, found, Health.SILENT, why=str(answer))
        case SourceError():
            return Server(name, found, Health.LAME, why=str(answer))
    serial = next((record.serial for record in answer.records if isinstance(record, SOA)), None)
    if not answer.aa or serial is None:
        return Server(name, found, Health.LAME, why=noted("it does not hold the zone"))
    return Server(name, found, Health.ANSWERS, serial)


def _ours(seen: Sequence[Server], questions: Questions) -> list[Server]:
    """When nobody answers us while the resolver gets answers, the way out is barred: our trouble, not theirs."""
    if any(server.health is not Health.SILENT for server in seen):
        return list(seen)
    sentence = noted("No name server answered when asked directly, so whether they agree was not checked.")
    questions.fetch.gap("timeout", sentence)
    return [Server(server.name, server.addresses, Health.UNASKED) for server in seen]


async def signatures(subject: Subject, questions: Questions) -> list[Finding]:
    """The DNSSEC state of the zone; nothing when its keys could not be asked for."""
    zone = subject.zone
    parent, keys = await asyncio.gather(questions.ask(zone, "DS"), questions.ask(zone, "DNSKEY"))
    if parent is None or keys is None:
        return []
    evidence = dnssec.Evidence(
        zone=zone,
        digests=[record for record in parent.records if isinstance(record, DS)],
        keys=[record for record in keys.records if isinstance(record, DNSKEY)],
        validated=keys.ad,
    )
    found = [posture(keys, dnssec.grade(evidence), noted("DS and DNSKEY records of {name}.", name=zone))]
    found += findings(parent, "DS", questions.confidence)
    return found + list(findings(keys, "DNSKEY", questions.confidence))


async def issuers(subject: Subject, questions: Questions) -> list[Finding]:
    """The nearest CAA records on the way up, as an authority would read them."""
    reply: DnsReply | None = None
    first: DnsReply | None = None
    location = subject.host
    for location in caa.climb(subject.host):
        reply = await questions.ask(location, "CAA")
        if reply is None:
            return []  # further up there may be records that do not apply
        first = first or reply
        if reply.records:
            break
    if reply is None or first is None:
        return []
    reply = reply if reply.records else first  # that there is none is said by the name itself, not by its ending
    records = [
        caa.Caa(record.flags, readable([record.tag]).lower(), readable([record.value]))
        for record in reply.records
        if isinstance(record, CAA)
    ]
    context = noted("CAA records, nearest first from {name} up.", name=subject.host)
    found = [posture(reply, caa.grade(records, location), context)]
    for name in caa.authorities(records):
        named = noted("CAA records of {name} name {authority}.", name=location, authority=name)
        found += service(reply, by_name(name, AUTHORITIES), named)
    context = noted("CAA records of {name}.", name=location)
    return found + [contact(reply, mail, "certificate contact", context) for mail in caa.contacts(records)]
