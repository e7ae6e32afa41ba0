"""The name that is looked at: where its zone begins, who registered it, whether it is meant for mail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from dns.rdatatype import SOA
from dns.rdtypes.ANY.MX import MX

from collectors.doors.reply import DnsReply
from collectors.posture.caa import climb
from collectors.posture.text import domain
from collectors.zone.questions import Questions
from core.errors import SourceError
from core.targets.suffixes import registrable

HOST_TYPES = (
    *("A", "AAAA", "CNAME", "MX", "NS", "SOA", "TXT", "CAA", "HTTPS", "NAPTR", "HINFO", "LOC", "SSHFP"),
    *("DNAME", "RP", "CDS", "NSEC3PARAM"),
)
"""Asked of the name itself. PTR, SRV, SVCB, URI, TLSA, DS and DNSKEY belong to other names and are asked there."""

Replies = Mapping[str, DnsReply]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the first answers say. `servers` are the mail servers with their preference, best first."""

    host: str
    zone: str
    registered: str
    servers: tuple[tuple[int, str], ...]
    null_mx: bool
    odd_mx: int  # MX records that name no host
    replies: Replies

    @property
    def mails(self) -> bool:
        """Whether it is meant for mail: it has mail servers, or it is what people register and put behind an @."""
        return bool(self.servers) or self.host == self.registered

    @property
    def has_address(self) -> bool:
        return any(self.replies[rdtype].records for rdtype in ("A", "AAAA") if rdtype in self.replies)


async def first_look(host: str, questions: Questions) -> tuple[dict[str, DnsReply], SourceError | None]:
    """Ask all types of the name at once: the answers by type, and why there are none when there are none."""
    answers = await asyncio.gather(*(questions.attempt(host, rdtype) for rdtype in HOST_TYPES))
    asked = list(zip(HOST_TYPES, answers, strict=True))
    replies = {rdtype: answer for rdtype, answer in asked if isinstance(answer, DnsReply)}
    failures = [answer for answer in answers if isinstance(answer, SourceError)]
    if failures and not replies:
        return {}, failures[0]
    for rdtype, answer in asked:
        if isinstance(answer, SourceError):
            questions.miss(host, rdtype, answer)
    return replies, None


def absent(replies: Replies) -> bool:
    """Whether the name does not exist; an alias whose target is missing does exist itself."""
    return all(reply.rcode == "NXDOMAIN" and not reply.chain for reply in replies.values())


def empty(replies: Replies) -> bool:
    """Whether the name exists without any record that we asked for; unanswered questions leave it open."""
    return len(replies) == len(HOST_TYPES) and not any(reply.records or reply.chain for reply in replies.values())


async def subject(host: str, replies: Replies, questions: Questions) -> Subject:
    """Read who the name is from its first answers; its zone may take a question or two more."""
    exchanges = [record for record in _records(replies, "MX") if isinstance(record, MX)]
    named = [(record.preference, domain(record.exchange.to_text())) for record in exchanges]
    null = any(record.exchange.to_text() == "." for record in exchanges)
    return Subject(
        host=host,
        zone=await _zone(host, questions),
        registered=registrable(host) or host,
        servers=tuple(sorted((preference, name) for preference, name in named if name)),
        null_mx=null,
        odd_mx=sum(name is None for _, name in named) - null,
        replies=replies,
    )


def _records(replies: Replies, rdtype: str) -> tuple[object, ...]:
    reply = replies.get(rdtype)
    return tuple(reply.records) if reply is not None else ()


async def _zone(host: str, questions: Questions) -> str:
    """The zone a name lies in: the owner of its SOA record, or of the one that comes with "no such record"."""
    top = registrable(host) or host
    for name in climb(host):
        reply = await questions.ask(name, "SOA") if f".{name}".endswith(f".{top}") else None
        if reply is None:
            break
        if reply.chain:  # an alias shows the zone of what it leads to
            continue
        if reply.records:
            return name
        owners = (rrset.name.to_text(omit_final_dot=True).lower() for rrset in reply.message.authority
                  if rrset.rdtype == SOA)  # fmt: skip
        owner = next((each for each in owners if name == each or name.endswith(f".{each}")), None)
        if owner is not None:
            return owner
    return top
