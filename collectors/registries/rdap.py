"""Reads RDAP answers (RFC 9083): a domain, a network or an AS number becomes a Registration."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network, summarize_address_range
from typing import Any

from collectors import shape
from collectors.registries import jcard, statuses
from collectors.registries.registration import MOST_LINES, Contact, Registration, tidy
from core.errors import Changed
from core.language import N_
from core.language.noted import noted
from core.models import Kind

CLASSES = {Kind.DOMAIN: "domain", Kind.CIDR: "ip network", Kind.ASN: "autnum"}
NESTED = 2  # levels of entities within entities that are read: the abuse contact lies in the registrar


def read(answer: Any, kind: Kind, asked: str) -> Registration:
    """The registration in an RDAP answer.

    Args:
        answer: the JSON value, of any shape.
        kind: domain, cidr or asn.
        asked: what was asked for: the domain; for networks and AS numbers a name for sentences.

    Raises:
        Changed: it is no RDAP answer of that kind, or it is about another name.
    """
    if shape.text(answer, "objectClassName").lower() != CLASSES[kind]:
        said = N_("The RDAP server answered about {name} with something that is no {kind} object.")
        raise Changed(noted(said, name=asked, kind=CLASSES[kind]))
    readers = {Kind.DOMAIN: _domain, Kind.CIDR: _network, Kind.ASN: _autnum}
    return readers[kind](answer, asked)


def _domain(answer: Any, asked: str) -> Registration:
    name = shape.text(answer, "ldhName").lower().rstrip(".")
    if name and name != asked:
        said = N_("The RDAP server was asked about {name} and answered about {other}.")
        raise Changed(noted(said, name=asked, other=tidy(name, 253)))
    servers = (shape.text(each, "ldhName").lower().rstrip(".") for each in shape.items(answer, "nameservers"))
    return Registration(
        kind=Kind.DOMAIN,
        subject=asked,
        handle=tidy(shape.text(answer, "handle")),
        registrar_url=_registrar_url(answer),
        created=_event(answer, "registration"),
        updated=_event(answer, "last changed"),
        expires=_event(answer, "expiration") or _event(answer, "registrar expiration"),
        statuses=_statuses(answer),
        name_servers=tuple(sorted({tidy(name, 253) for name in servers if name}))[:MOST_LINES],
        signed=_signed(answer),
        contacts=_contacts(answer),
        redacted=_redacted(answer),
        remarks=_remarks(answer),
        related=_related(answer),
    )


def _network(answer: Any, asked: str) -> Registration:
    networks = _networks(answer)
    return Registration(
        kind=Kind.CIDR,
        subject=networks[0] if networks else asked,
        handle=tidy(shape.text(answer, "handle")),
        name=tidy(shape.text(answer, "name")),
        created=_event(answer, "registration"),
        updated=_event(answer, "last changed"),
        statuses=_statuses(answer),
        contacts=_contacts(answer),
        networks=networks,
        parent=tidy(shape.text(answer, "parentHandle")),
        allocation=tidy(shape.text(answer, "type")),
        origins=tuple(number for each in _origins(answer) if (number := shape.whole(each)) and number > 0),
        country=tidy(shape.text(answer, "country"), 60),
        redacted=_redacted(answer),
        remarks=_remarks(answer),
    )


def _autnum(answer: Any, asked: str) -> Registration:
    return Registration(
        kind=Kind.ASN,
        subject=asked,
        handle=tidy(shape.text(answer, "handle")),
        name=tidy(shape.text(answer, "name")),
        created=_event(answer, "registration"),
        updated=_event(answer, "last changed"),
        statuses=_statuses(answer),
        contacts=_contacts(answer),
        allocation=tidy(shape.text(answer, "type")),
        country=tidy(shape.text(answer, "country"), 60),
        redacted=_redacted(answer),
        remarks=_remarks(answer),
    )


def _event(answer: Any, action: str) -> datetime | None:
    """The time of an event; the latest, should there be several."""
    times = [
        shape.when(each, "eventDate")
        for each in shape.mappings(answer, "events")[:200]
        if shape.text(each, "eventAction").strip().lower() == action
    ]
    return max((time for time in times if time), default=None)


def _statuses(answer: Any) -> tuple[str, ...]:
    words = (statuses.plain(tidy(word, 80)) for word in shape.texts(answer, "status")[:MOST_LINES])
    return tuple(dict.fromkeys(word for word in words if word))


def _signed(answer: Any) -> bool | None:
    value = shape.dig(answer, "secureDNS", "delegationSigned")
    if isinstance(value, bool):
        return value
    return True if shape.items(answer, "secureDNS", "dsData") else None


def _contacts(answer: Any) -> tuple[Contact, ...]:
    """All entities, those inside others too (an abuse contact usually lies within the registrar)."""
    found: list[Contact] = []
    level = shape.mappings(answer, "entities")[:MOST_LINES]
    for _ in range(NESTED + 1):
        found += [jcard.contact(entity) for entity in level]
        level = [inner for entity in level for inner in shape.mappings(entity, "entities")[:MOST_LINES]]
    return tuple(found[:MOST_LINES])


def _registrar_url(answer: Any) -> str:
    for entity in shape.mappings(answer, "entities"):
        if "registrar" not in [role.lower() for role in shape.texts(entity, "roles")]:
            continue
        for link in shape.mappings(entity, "links"):
            if shape.text(link, "rel") == "about":
                return tidy(shape.text(link, "href"))
    return ""


def _redacted(answer: Any) -> tuple[str, ...]:
    """The names of held back fields (RFC 9537 section 4.2)."""
    names = (
        shape.text(each, "name", "type") or shape.text(each, "name", "description")
        for each in shape.mappings(answer, "redacted")[:200]
    )
    return tuple(dict.fromkeys(tidy(name, 100) for name in names if name))[:MOST_LINES]


def _remarks(answer: Any) -> tuple[str, ...]:
    """Remarks that say the answer is not whole (RFC 9083 section 10.2.1), and those of the holder."""
    found = []
    for each in shape.mappings(answer, "remarks")[:10]:
        words = [shape.text(each, "type") or shape.text(each, "title"), " ".join(shape.texts(each, "description")[:10])]
        found.append(tidy(": ".join(word for word in words if word)))
    return tuple(remark for remark in found if remark)


def _related(answer: Any) -> tuple[str, ...]:
    """Where the registrar's own answer is said to be: at the top or in the registrar entity."""
    links = shape.mappings(answer, "links")[:20]
    for entity in shape.mappings(answer, "entities")[:20]:
        if "registrar" in shape.texts(entity, "roles"):
            links += shape.mappings(entity, "links")[:20]
    hrefs = [
        shape.text(link, "href")
        for link in links
        if shape.text(link, "rel") == "related" and "rdap" in shape.text(link, "type").lower()
    ]
    return tuple(dict.fromkeys(href for href in hrefs if 0 < len(href) <= 500))[:5]


def _origins(answer: Any) -> list[Any]:
    """ARIN's extension arin_originas0."""
    return shape.items(answer, "arin_originas0_originautnums")[:MOST_LINES]


def _networks(answer: Any) -> tuple[str, ...]:
    """The CIDRs of the cidr0 extension, else what the first and last address span."""
    listed = []
    for each in shape.mappings(answer, "cidr0_cidrs")[:MOST_LINES]:
        prefix = shape.text(each, "v4prefix") or shape.text(each, "v6prefix")
        listed.append(f"{prefix}/{shape.whole(each, 'length')}")
    found = [str(network) for network in map(network_of, listed) if network]
    return tuple(found) or spanned(shape.text(answer, "startAddress"), shape.text(answer, "endAddress"))


def network_of(text: str) -> IPv4Network | IPv6Network | None:
    """A network in CIDR spelling, or None."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def spanned(first: str, last: str) -> tuple[str, ...]:
    """The CIDRs from one address to another; () when they are none, or of different families."""
    try:
        start, end = (ip_address(each.partition("/")[0].strip()) for each in (first, last))
        networks = list(summarize_address_range(start, end))
    except (ValueError, TypeError):
        return ()
    return tuple(str(network) for network in networks[:MOST_LINES])
