"""Reverse names: which names an address claims, and whether those names lead back to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.reversename import from_address

from collectors.doors.reply import DnsReply
from collectors.posture.text import domain
from collectors.zone.questions import Questions
from core.errors import SourceError
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Finding, Kind

MOST_NAMES = 20
MOST_NAMES_EACH = 3  # of one address in a network
MOST_SWEPT = 256  # addresses of a network: a /24 (etiquette)
MOST_ADDRESSES = 6  # of one name, to be asked for in reverse
CLAIMS = {  # by whether the name leads back
    True: N_("{ip} claims this name in reverse (PTR), and leads back to it."),
    False: N_("{ip} claims this name in reverse (PTR), but does not lead back to it."),
    None: N_("{ip} claims this name in reverse (PTR), not checked."),
}


async def names(ip: str, questions: Questions) -> list[Finding]:
    """The reverse names of an address as findings, each with whether it leads back.

    Whoever holds an address may claim any name in reverse; only a name that leads back is trusted.

    Raises:
        SourceError: the reverse zone did not answer.
    """
    answer = await questions.attempt(pointer(ip), "PTR")
    if isinstance(answer, SourceError):
        raise answer
    claimed = claims(answer)
    if not claimed:
        questions.fetch.remark(_why_none(ip, answer))
    if len(claimed) > MOST_NAMES:
        left = noted(
            "{ip} claims {total} names; {left} of them were not checked.",
            ip=ip,
            total=len(claimed),
            left=len(claimed) - MOST_NAMES,
        )
        questions.fetch.gap("truncated", left)
    checked = await asyncio.gather(*(leads_back(name, ip, questions) for name in claimed[:MOST_NAMES]))
    return [_finding(answer, ip, name, back) for name, back in zip(claimed, checked, strict=False)]


async def sweep(cidr: str, questions: Questions) -> list[Finding]:
    """The reverse names of every address in a network that somebody named, of 256 addresses at most.

    Raises:
        SourceError: not one of the questions was answered.
    """
    network = ip_network(cidr)
    if network.num_addresses > MOST_SWEPT:
        large = noted(
            "{network} has too many addresses to ask for one by one; name one of {most} or fewer.",
            network=network,
            most=MOST_SWEPT,
        )
        questions.fetch.gap("not_a_target", large)
        return []
    ips = [str(address) for address in network]
    answers = await asyncio.gather(*(questions.attempt(pointer(ip), "PTR") for ip in ips))
    failures = [answer for answer in answers if isinstance(answer, SourceError)]
    if len(failures) == len(answers):
        raise failures[0]
    pairs: list[tuple[DnsReply, str, str]] = []
    for ip, answer in zip(ips, answers, strict=True):
        if isinstance(answer, SourceError):
            questions.miss(pointer(ip), "PTR", answer)
        else:
            pairs += [(answer, ip, name) for name in claims(answer)[:MOST_NAMES_EACH]]
    checked = await asyncio.gather(*(leads_back(name, ip, questions) for _, ip, name in pairs))
    if not pairs:
        questions.fetch.remark(noted("No address of {network} has a reverse name.", network=network))
    return [_finding(answer, ip, name, back) for (answer, ip, name), back in zip(pairs, checked, strict=True)]


async def confirmed(ips: Sequence[str], questions: Questions) -> dict[str, list[str]]:
    """For a few addresses of a name: their reverse names that lead back to them."""

    async def one(ip: str) -> tuple[str, list[str]]:
        reply = await questions.ask(pointer(ip), "PTR")
        claimed = claims(reply)[:3] if reply is not None else []
        back = await asyncio.gather(*(leads_back(name, ip, questions) for name in claimed))
        return ip, [name for name, sure in zip(claimed, back, strict=True) if sure]

    return dict(await asyncio.gather(*map(one, ips[:MOST_ADDRESSES])))


def pointer(ip: str) -> str:
    """The name that holds an address's PTR records (RFC 1035 3.5, RFC 3596 2.5)."""
    return from_address(ip).to_text(omit_final_dot=True)


def claims(reply: DnsReply) -> list[str]:
    """The host names in PTR records, in a stable order; what is no host name is left out."""
    spelled = (record.target.to_text() for record in reply.records if isinstance(record, PTR))
    return sorted({name for name in map(domain, spelled) if name})


async def leads_back(name: str, ip: str, questions: Questions) -> bool | None:
    """Whether a name resolves to an address; None when that could not be asked."""
    reply = await questions.ask(name, "AAAA" if ":" in ip else "A")
    return None if reply is None else ip in addresses(reply)


def addresses(reply: DnsReply) -> list[str]:
    """The addresses in an answer, in a stable order."""
    return sorted(record.address for record in reply.records if isinstance(record, A | AAAA))


def _finding(reply: DnsReply, ip: str, name: str, back: bool | None) -> Finding:
    return reply.finding(
        Kind.DOMAIN,
        name,
        confidence=Confidence.HIGH if back else Confidence.LOW,
        context=noted(CLAIMS[back], ip=ip),
        role="reverse name",
        address=ip,
        record="PTR",
        forward_confirmed=back,
        ttl=reply.ttl,
    )


def _why_none(ip: str, reply: DnsReply) -> str:
    if reply.records:
        return noted("{ip} has reverse names, but none of them is a host name.", ip=ip)
    if reply.rcode == "NXDOMAIN":
        return noted("{ip} has no reverse name (NXDOMAIN).", ip=ip)
    return noted("{ip} has no reverse name (no PTR record).", ip=ip)
