"""The survey of a name: first its own records, then everything that hangs on them, side by side."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from dns.rcode import Rcode
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from collectors.doors.dns import Refusal
from collectors.doors.reply import DnsReply
from collectors.posture import dnssec
from collectors.zone.dangling import dangling
from collectors.zone.keys import signers
from collectors.zone.mail import senders
from collectors.zone.questions import Questions
from collectors.zone.reading import findings
from collectors.zone.receiving import encryption, receivers
from collectors.zone.reverse import confirmed, pointer
from collectors.zone.services import announced
from collectors.zone.subject import Subject, absent, empty, first_look, subject
from collectors.zone.telling import as_they_come, posture
from collectors.zone.transfers import OPTION, transfers
from collectors.zone.upkeep import issuers, servers, signatures
from collectors.zone.wildcards import wildcards
from core.errors import SourceDown, SourceError, ZoneDown
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Finding, Kind
from core.targets.suffixes import registrable

UNVERIFIED = N_("The resolver refuses the answers because their signatures do not verify; they were read unverified.")
ABSENT = N_("{name} does not exist (NXDOMAIN).")
EMPTY = N_("{name} exists, but has no records of the types I asked for.")
LEADS_BACK = N_("{ip}, an address of {name}, claims this name (PTR), and it leads back.")


async def survey(host: str, questions: Questions) -> AsyncGenerator[Finding, None]:
    """Everything about a name.

    Raises:
        SourceError: the resolver answered nothing at all about it.
    """
    replies, failure = await first_look(host, questions)
    if failure is not None:
        reply = await _unverified(host, questions, failure)
        questions.fetch.gap("down", noted(UNVERIFIED))
        context = noted("{name} has answers only with checking switched off.", name=host)
        yield posture(reply, dnssec.bogus(host), context)
        replies, failure = await first_look(host, questions)
        if failure is not None:
            raise failure
    if absent(replies) or empty(replies):
        questions.fetch.remark(noted(ABSENT if absent(replies) else EMPTY, name=host))
        return
    for rdtype, reply in replies.items():
        for finding in findings(reply, rdtype, questions.confidence):
            yield finding
    async with aclosing(_rest(await subject(host, replies, questions), questions)) as rest:
        async for finding in rest:
            yield finding


async def _unverified(host: str, questions: Questions, failure: SourceError) -> DnsReply:
    """An answer with checking switched off: when there is one, the refusal was about signatures (RFC 4035 3.2.2).

    Raises:
        SourceError: the first failure; the name cannot be asked about either way.
    """
    if not isinstance(failure, SourceDown):
        raise failure
    answer = await questions.unverified(host, "SOA")
    if isinstance(answer, SourceError):
        raise await _blamed(host, questions, failure)
    if not await questions.still_refused(host, "SOA"):
        raise failure
    questions.stop_verifying()
    return answer


async def _blamed(host: str, questions: Questions, failure: SourceError) -> SourceError:
    """SERVFAIL is the fault of the zone's own servers when the resolver answers about what lies above the zone."""
    above = (registrable(host) or host).partition(".")[2]
    if not isinstance(failure, Refusal) or failure.rcode != Rcode.SERVFAIL or not above:
        return failure
    if isinstance(await questions.attempt(above, "SOA"), SourceError):
        return failure
    return ZoneDown(noted("The name servers of {name} fail (SERVFAIL).", name=host))


async def _rest(about: Subject, questions: Questions) -> AsyncGenerator[Finding, None]:
    looks = [senders, receivers, encryption, signers, servers, issuers, wildcards, announced, reverse_names]
    if questions.verifying:
        looks.append(signatures)
    if questions.fetch.wants(OPTION):
        looks.append(transfers)
    async with aclosing(as_they_come(*(look(about, questions) for look in looks))) as coming:
        async for finding in coming:
            yield finding
    for finding in await dangling(about, questions):
        yield finding


async def reverse_names(about: Subject, questions: Questions) -> list[Finding]:
    """The names that the name's addresses claim in reverse, when these lead back; others prove nothing."""
    answers = [about.replies[rdtype] for rdtype in ("A", "AAAA") if rdtype in about.replies]
    ips = [record.address for reply in answers for record in reply.records if isinstance(record, A | AAAA)]
    names = await confirmed(ips, questions)
    return [finding for ip, claimed in names.items() for finding in await _named(ip, claimed, about, questions)]


async def _named(ip: str, claimed: list[str], about: Subject, questions: Questions) -> list[Finding]:
    reply = await questions.ask(pointer(ip), "PTR")
    return list(_reverse(reply, ip, claimed, about)) if reply is not None else []


def _reverse(reply: DnsReply, ip: str, claimed: list[str], about: Subject) -> Iterator[Finding]:
    for name in claimed:
        yield reply.finding(
            Kind.DOMAIN,
            name,
            confidence=Confidence.HIGH,
            context=noted(LEADS_BACK, ip=ip, name=about.host),
            role="reverse name",
            address=ip,
            record="PTR",
            forward_confirmed=True,
            ttl=reply.ttl,
        )
