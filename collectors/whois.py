"""Registrations: who holds a name, a network or an AS number, since when and until when (RDAP, then port 43)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.declare import Findings, Rate, collector
from collectors.registries import bootstrap
from collectors.registries.asking import Asked, Said, over_port43, over_rdap
from collectors.registries.bootstrap import Bootstrap, host_in
from collectors.registries.telling import told
from core.cases import Tlp
from core.language.noted import noted
from core.models import Fact, Kind, Target
from core.settings import load
from core.targets import host_of, registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch


@collector(
    title="Registration (RDAP, whois)",
    accepts=[Kind.DOMAIN, Kind.IP, Kind.CIDR, Kind.ASN, Kind.URL, Kind.EMAIL],
    yields=[
        *(Fact.REGISTRATION, Fact.ORGANISATION, Fact.PERSON, Fact.LOCATION),
        *(Kind.DOMAIN, Kind.CIDR, Kind.ASN, Kind.EMAIL, Kind.PHONE),
    ],
    # Some 500 hosts: which one answers is looked up in IANA's lists, and no other is asked (registries.bootstrap).
    hosts=["*"],
    tells="IANA, the registry of the name or number, and sometimes its registrar learn what is looked up.",
    tlp=Tlp.AMBER_STRICT,  # those who keep the register are asked, nobody who collects questions
    default_rate=Rate(1, 1, burst=2),
    life=86400.0,
    life_nothing=3600.0,
    deadline=75.0,
    order=30,
)
async def whois(target: Target, fetch: Fetch) -> Findings:
    """Who registered it, when it was made and when it expires, its registrar, status and abuse contact.

    Asks the RDAP server that IANA lists, and port 43 where there is none or it fails. A URL or e-mail address
    stands for the domain that was registered, a name below a domain likewise.
    """
    lists = _lists()
    asked, context = question(target, lists)
    if asked is None:
        fetch.remark(context)
        return
    said = await _rdap(fetch, asked, lists) or await _port43(fetch, asked)
    if not said:
        fetch.notes.answers = 0  # IANA said whom to ask, if that; nobody said anything about the target
    if said and said[0].registration is None:
        fetch.remark(noted("{name} is not registered, according to {server}.", name=asked.name, server=said[0].server))
    for finding in told(said, now=fetch.now, context=context):
        yield finding


def question(target: Target, lists: Bootstrap) -> tuple[Asked | None, str]:
    """What to ask for a target, with the sentence that says how it follows; None when there is nothing to ask."""
    host = host_of(target)
    if host is not None:
        return _about_domain(host, lists)
    if target.kind is Kind.ASN:
        number = int(target.value.upper().removeprefix("AS"))
        name = f"AS{number}"
        return Asked(Kind.ASN, name, f"autnum/{number}", lists.for_asn(number)), noted(
            "Registration of {name}.", name=name
        )
    address = host_in(target.value) if target.kind is Kind.URL else target.value
    network = ip_network(address)
    name = str(network) if target.kind is Kind.CIDR else str(network.network_address)
    return Asked(Kind.CIDR, name, f"ip/{name}", lists.for_network(network)), noted(
        "Registration of the network of {name}.", name=name
    )


def _about_domain(host: str, lists: Bootstrap) -> tuple[Asked | None, str]:
    domain = registrable(host)
    if domain is None:
        return None, noted("Nobody can register {host}: it is a public suffix, or has none that is known.", host=host)
    under = noted("Registration of {name}, which {host} lies under.", name=domain, host=host)
    context = noted("Registration of {name}.", name=domain) if domain == host else under
    return Asked(Kind.DOMAIN, domain, f"domain/{domain}", lists.for_domain(domain)), context


async def _rdap(fetch: Fetch, asked: Asked, lists: Bootstrap) -> list[Said]:
    """The registry's answer and, where it points to a registrar we know, that one's; [] without an answer."""
    if asked.base is None:
        return []
    registry = await fetch.tolerate(
        over_rdap(fetch, asked, asked.base + asked.path, lists), noted("RDAP at {host}", host=host_in(asked.base))
    )
    if registry is None or registry.registration is None:
        return [registry] if registry else []
    for link in registry.registration.related:
        if host_in(link) == registry.server:
            continue
        if not lists.allows(link):
            registry = replace(registry, not_asked=host_in(link) or noted("an odd address"))
            continue
        registrar = await fetch.tolerate(
            over_rdap(fetch, asked, link, lists), noted("The registrar at {host}", host=host_in(link))
        )
        return [registry, registrar] if registrar else [registry]
    return [registry]


async def _port43(fetch: Fetch, asked: Asked) -> list[Said]:
    """What port 43 says in RDAP's place. When that failed as well, the run's reason stays the one of RDAP.

    Raises:
        SourceError: nothing but port 43 was asked, and it did not answer.
    """
    asking = over_port43(fetch, asked)
    return (await fetch.tolerate(asking, noted("Port 43")) or []) if fetch.notes.gaps else await asking


def _lists() -> Bootstrap:
    directory = kept_in()
    return _read(directory, tuple(sorted((path.name, path.stat().st_mtime_ns) for path in directory.glob("*.json"))))


@cache
def kept_in() -> Path:
    """Where refreshed bootstrap files lie."""
    return load().data_dir / "bootstrap"


@cache
def _read(directory: Path, _versions: tuple[tuple[str, int], ...]) -> Bootstrap:
    """Read again only when a refresh has replaced a file."""
    return bootstrap.load(directory)
