"""Zone transfers: whether a name server hands everybody the whole zone (RFC 5936). Only when asked for: it touches
the target's servers, and they may log it as an attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from collectors.doors.dns import Refusal
from collectors.doors.reply import DnsReply, TransferReply
from collectors.posture.check import Check, bad, good
from collectors.posture.text import domain
from collectors.zone.questions import Questions
from collectors.zone.reverse import addresses
from collectors.zone.subject import Subject
from collectors.zone.telling import posture
from core.errors import SourceError
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Finding, Kind, Severity

OPTION = "transfers"
NAME = N_("Zone transfer")
HANDED = {  # by whether one server does, and whether all records were read
    (True, True): N_("{servers} hands the whole zone {zone} to anybody who asks: {records} records."),
    (True, False): N_("{servers} hands the whole zone {zone} to anybody who asks: {records} or more records."),
    (False, True): N_("{servers} hand the whole zone {zone} to anybody who asks: {records} records."),
    (False, False): N_("{servers} hand the whole zone {zone} to anybody who asks: {records} or more records."),
}
IN_THE_ZONE = N_("The zone holds this name; its server handed the zone over.")
MOST_SERVERS = 13
MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class Try:
    """One server that was asked for the zone."""

    server: str
    address: str
    answer: TransferReply | SourceError


async def transfers(subject: Subject, questions: Questions) -> list[Finding]:
    """Ask each name server for the whole zone: who refuses, who does not, and the names the open ones gave away."""
    reply = await questions.ask(subject.zone, "NS")
    if reply is None:
        return []
    spelled = (record.target.to_text() for record in reply.records if isinstance(record, NS))
    names = sorted({name for name in map(domain, spelled) if name})[:MOST_SERVERS]
    tries = [each for each in await asyncio.gather(*(_try(name, subject.zone, questions) for name in names)) if each]
    open_ones = [(each, each.answer) for each in tries if isinstance(each.answer, TransferReply)]
    refused = [each for each in tries if isinstance(each.answer, Refusal)]
    unknown = [each for each in tries if isinstance(each.answer, SourceError) and each not in refused]
    for each in unknown:
        why = noted("Whether {server} hands the zone over is not known. {why}", server=each.server, why=each.answer)
        questions.fetch.gap("down", why)
    if open_ones:
        server, handed = max(open_ones, key=lambda pair: len(pair[1].rows))
        check = _given(subject.zone, [each.server for each, _ in open_ones], handed)
        context = noted("AXFR of {zone} from {server}.", zone=subject.zone, server=server.server)
        return [posture(handed, check, context), *_names(handed, questions)]
    return [_kept(reply, subject.zone, refused)] if refused and not unknown else []


async def _try(name: str, zone: str, questions: Questions) -> Try | None:
    replies = await asyncio.gather(questions.ask(name, "A"), questions.ask(name, "AAAA"))
    found = [spelled for reply in replies if reply is not None for spelled in addresses(reply)]
    if not found:
        return None  # the check of the name servers says so
    return Try(name, found[0], await questions.fetch.attempt(questions.fetch.transfer(zone, found[0])))


def _given(zone: str, servers: Sequence[str], handed: TransferReply) -> Check:
    said = HANDED[len(servers) == 1, not handed.truncated]
    why = noted(said, servers=", ".join(servers), zone=zone, records=f"{len(handed.rows):,}")
    parts = {"servers": list(servers), "records": len(handed.rows), "cut": handed.truncated}
    return bad(NAME, why, severity=Severity.HIGH, parts=parts)


def _kept(reply: DnsReply, zone: str, refused: Sequence[Try]) -> Finding:
    why = noted("All {servers} name servers of {zone} refuse it.", servers=len(refused), zone=zone)
    check = good(NAME, why, parts={"refused": len(refused)})
    return posture(reply, check, noted("Each server was asked directly."))


def _names(handed: TransferReply, questions: Questions) -> Iterator[Finding]:
    owners = sorted({name for row in handed.rows if (name := domain(row.name.to_text()))})
    for name in owners[:MOST_NAMES]:
        yield handed.finding(
            Kind.DOMAIN, name, confidence=Confidence.HIGH, context=noted(IN_THE_ZONE), role="name in the zone"
        )
    held = {record.address: row for row in handed.rows for record in row if isinstance(record, A | AAAA)}
    for address, row in sorted(held.items())[:MOST_NAMES]:
        owner = row.name.to_text(omit_final_dot=True)
        context = noted("{name} has this address in the zone that was handed over.", name=owner)
        yield handed.finding(
            Kind.IP, address, confidence=Confidence.HIGH, context=context, role="address in the zone", ttl=row.ttl
        )
    if handed.truncated or len(owners) > MOST_NAMES or len(held) > MOST_NAMES:
        questions.fetch.gap("truncated", noted("The zone holds more than was read."))
