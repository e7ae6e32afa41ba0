"""Turning the records of one answer into findings: addresses, names and what else they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import dns.rdata
from dns.rdtypes.ANY.CAA import CAA
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.svcbbase import SVCBBase
from dns.rdtypes.txtbase import TXTBase

from collectors.doors.reply import DnsReply
from collectors.posture.providers import HOSTS, MAIL_SERVERS, NAME_SERVERS, Provider, by_name, by_token
from collectors.posture.text import address, cut, domain, readable
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind

MOST_RECORDS = 100  # of one type; an honest name holds fewer
SHORT_LIVED = 300  # seconds; addresses with a shorter life rotate by design

_FIRST_DOT = re.compile(r"(?<!\\)\.")

Reader = Callable[[dns.rdata.Rdata, DnsReply, Confidence], Iterator[Finding]]


def findings(reply: DnsReply, rdtype: str, confidence: Confidence) -> Iterator[Finding]:
    """All that an answer gives; more than a hundred records are cut with a count."""
    ordered = sorted(reply.records, key=lambda record: record.to_text())
    for record in ordered[:MOST_RECORDS]:
        yield from READERS.get(rdtype, _record)(record, reply, confidence)
    yield from aliases(reply, confidence)
    if len(ordered) > MOST_RECORDS:
        left = len(ordered) - MOST_RECORDS
        yield reply.finding(Fact.RECORD, f"{rdtype} (+{left} more records)", record=rdtype, left_out=left)


def aliases(reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    """The names a CNAME chain leads through."""
    for place, spelled in enumerate(reply.chain[:10], start=1):
        name = domain(spelled)
        if name:
            yield from _alias(name, place, reply, confidence)


def service(reply: DnsReply, provider: Provider | None, context: str) -> Iterator[Finding]:
    """A product in use, when it was recognised: moderate confidence, because records outlive contracts."""
    if provider is not None:
        yield reply.finding(
            Fact.SERVICE, provider.name, confidence=Confidence.MODERATE, context=context, purpose=provider.purpose
        )


def mailbox(record: SOA) -> str | None:
    """The mailbox in a SOA record: the first unescaped dot stands for the @ (RFC 1035 8)."""
    name = record.rname.to_text(omit_final_dot=True)
    local, dot, behind = _split_once(name)
    return address(f"{local}@{behind}") if dot else None


def _split_once(name: str) -> tuple[str, str, str]:
    match = _FIRST_DOT.search(name)
    if match is None:
        return name, "", ""
    return name[: match.start()].replace("\\.", "."), ".", name[match.end() :]


def _record(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    """Any record as its text."""
    rdtype = record.rdtype.name
    yield reply.finding(
        Fact.RECORD, f"{rdtype} {cut(record.to_text())}", confidence=confidence, context=_where(reply, rdtype),
        record=rdtype, ttl=reply.ttl,
    )  # fmt: skip


def _where(reply: DnsReply, rdtype: str) -> str:
    return noted("{rdtype} record of {name}.", rdtype=rdtype, name=reply.canonical)


def _cname(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    yield from _record(record, reply, confidence)
    name = domain(record.target.to_text()) if isinstance(record, CNAME) else None
    if name:
        yield from _alias(name, 1, reply, confidence)


def _alias(name: str, place: int, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    context = noted("An alias (CNAME) leads here, step {place}.", place=place)
    yield reply.finding(
        Kind.DOMAIN, name, confidence=confidence, context=context, role="alias", record="CNAME", place=place,
        ttl=reply.ttl,
    )  # fmt: skip
    yield from service(reply, by_name(name, HOSTS), noted("An alias leads to {name}.", name=name))


def _address(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    if isinstance(record, A | AAAA):
        rdtype, volatile = record.rdtype.name, (reply.ttl or 0) < SHORT_LIVED
        yield reply.finding(
            Kind.IP, record.address, confidence=confidence, context=_where(reply, rdtype), role="address",
            record=rdtype, ttl=reply.ttl, volatile=volatile,
        )  # fmt: skip


def _mx(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    name = domain(record.exchange.to_text()) if isinstance(record, MX) else None
    if not isinstance(record, MX) or name is None:  # null MX, or no host name
        yield from _record(record, reply, confidence)
        return
    yield reply.finding(
        Kind.DOMAIN, name, confidence=confidence, context=_where(reply, "MX"), role="mail server", record="MX",
        preference=record.preference, ttl=reply.ttl,
    )  # fmt: skip
    yield from service(reply, by_name(name, MAIL_SERVERS), noted("{name} receives the mail.", name=name))


def _ns(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    name = domain(record.target.to_text()) if isinstance(record, NS) else None
    if name is None:
        yield from _record(record, reply, confidence)
        return
    yield reply.finding(
        Kind.DOMAIN, name, confidence=confidence, context=_where(reply, "NS"), role="name server", record="NS",
        ttl=reply.ttl,
    )  # fmt: skip
    yield from service(reply, by_name(name, NAME_SERVERS), noted("{name} answers for the zone.", name=name))


def _soa(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    if not isinstance(record, SOA):
        return
    yield reply.finding(
        Fact.RECORD, f"SOA {cut(record.to_text())}", confidence=confidence, context=_where(reply, "SOA"), record="SOA",
        ttl=reply.ttl, volatile=True, serial=record.serial,
    )  # fmt: skip
    mail = mailbox(record)
    if mail:
        context = noted("SOA record of {name} names this mailbox.", name=reply.canonical)
        yield reply.finding(Kind.EMAIL, mail, confidence=confidence, context=context, role="zone contact", record="SOA")


def _txt(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    if not isinstance(record, TXTBase):
        return
    text = readable(record.strings)
    yield reply.finding(
        Fact.RECORD, f"TXT {cut(text)}", confidence=confidence, context=_where(reply, "TXT"), record="TXT",
        ttl=reply.ttl, length=len(text),
    )  # fmt: skip
    yield from service(reply, by_token(text), noted("A TXT record holds this provider's token."))


def _caa(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    if isinstance(record, CAA):
        value = f"CAA {record.flags} {readable([record.tag])} {cut(readable([record.value]))}"
        yield reply.finding(
            Fact.RECORD, value, confidence=confidence, context=_where(reply, "CAA"), record="CAA", ttl=reply.ttl
        )


def _svcb(record: dns.rdata.Rdata, reply: DnsReply, confidence: Confidence) -> Iterator[Finding]:
    """HTTPS and SVCB (RFC 9460): the record, its target and the addresses it hints at."""
    if not isinstance(record, SVCBBase):
        return
    yield from _record(record, reply, confidence)
    name = domain(record.target.to_text())
    if name:
        yield reply.finding(
            Kind.DOMAIN, name, confidence=confidence, context=_where(reply, record.rdtype.name), role="service host",
            record=record.rdtype.name, ttl=reply.ttl,
        )  # fmt: skip
    for hint in record.params.values():
        for spelled in getattr(hint, "addresses", ()):
            yield reply.finding(
                Kind.IP, spelled, confidence=confidence, context=_where(reply, record.rdtype.name), role="address hint",
                record=record.rdtype.name, ttl=reply.ttl, volatile=True,
            )  # fmt: skip


READERS: dict[str, Reader] = {
    "A": _address,
    "AAAA": _address,
    "CNAME": _cname,
    "MX": _mx,
    "NS": _ns,
    "SOA": _soa,
    "TXT": _txt,
    "CAA": _caa,
    "HTTPS": _svcb,
    "SVCB": _svcb,
}
