"""Collector: what the domain name system says about a name or an address, and how well it is kept."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import ada_url

from collectors.declare import Findings, Option, collector
from collectors.zone.questions import Questions
from collectors.zone.reverse import names, sweep
from collectors.zone.survey import survey
from collectors.zone.transfers import OPTION
from core.addresses import canonical
from core.cases import Tlp
from core.errors import NotATarget
from core.language.noted import noted
from core.models import Fact, Kind, Target
from core.targets.hosts import host_of

if TYPE_CHECKING:
    from collectors.fetch import Fetch


@collector(
    title="DNS",
    accepts=[Kind.DOMAIN, Kind.IP, Kind.CIDR, Kind.URL, Kind.EMAIL],
    yields=[
        *(Kind.IP, Kind.CIDR, Kind.DOMAIN, Kind.EMAIL),
        *(Fact.RECORD, Fact.POSTURE, Fact.SERVICE, Fact.WILDCARD),
    ],
    hosts=["*"],  # the MTA-STS policy lies at mta-sts.<the domain>
    tells=(
        "Your DNS resolver and the name servers of the domain see the questions; "
        "a domain that announces an MTA-STS policy sees it fetched."
    ),
    tlp=Tlp.RED,  # as every program that opens a connection asks: it says a name, not who wants to know or why
    life=3600.0,
    life_nothing=300.0,
    deadline=45.0,
    options=[
        Option(
            OPTION,
            about="Ask each name server for the whole zone (AXFR); its operator may log that as an attempt at access.",
            touches=True,
        )
    ],
    order=10,
)
async def dns(target: Target, fetch: Fetch) -> Findings:
    """Addresses, mail and name servers, every other record, and how well a domain is kept (mail, DNSSEC, CAA)."""
    questions = Questions(fetch)
    host = host_of(target)
    if target.kind is Kind.CIDR:
        for finding in await sweep(target.value, questions):
            yield finding
    elif host is None:
        for finding in await names(address_in(target), questions):
            yield finding
    else:
        seen = set()
        async with aclosing(survey(host, questions)) as found:
            async for finding in found:
                key = (finding.kind, finding.value, finding.attributes.get("role"), finding.attributes.get("record"))
                if key not in seen:
                    seen.add(key)
                    yield finding
    questions.own_up()


def address_in(target: Target) -> str:
    """The address a target is, or that stands in its URL or mailbox in a name's place.

    Raises:
        NotATarget: there is none.
    """
    if target.kind is Kind.URL:
        spelled = ada_url.URL(target.value).hostname
    else:
        spelled = target.value.rpartition("@")[2].removeprefix("[").removesuffix("]").removeprefix("IPv6:")
    address = canonical(spelled)
    if address is None:
        raise NotATarget(
            noted('"{value}" names no domain and no address that DNS could be asked about.', value=target.value[:80])
        )
    return str(address)
