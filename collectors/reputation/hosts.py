"""What VirusTotal keeps about a domain or an address besides the judgement: older than what the sources say now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.exposure.host import clean
from collectors.names import country_in, email_in, is_host
from collectors.reputation.certificates import certificate, names
from core.addresses import canonical
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.doors.reply import Reply

MOST_RECORDS = 60
LEADS = {"MX": "mail server", "NS": "name server", "CNAME": "alias"}
KEPT = N_("As VirusTotal keeps it, which may be older than what the registry says.")
# Fields of WHOIS texts worth having, under the names that registries most often use.
WHOIS = {
    "holder": r"(?:Registrant Organi[sz]ation|OrgName|org-name)",
    "abuse_contact": r"(?:Registrar Abuse Contact Email|OrgAbuseEmail|abuse-mailbox)",
    "country": r"(?:Registrant Country|Country|country)",
    "network": r"(?:NetName|netname)",
}


def domain(target: Target, attributes: Mapping[str, Any], reply: Reply) -> Iterator[Finding]:
    """Registration, records and certificate of a domain."""
    dates = {"created": "creation_date", "updated": "last_update_date", "expires": "expiration_date"}
    kept: dict[str, Any] = {name: when for name, path in dates.items() if (when := shape.when(attributes, path))}
    kept |= {"registrar": registrar} if (registrar := clean(shape.text(attributes, "registrar"))) else {}
    kept |= _whois(attributes)
    if kept:
        yield reply.finding(
            Fact.REGISTRATION, target.value, last_seen=shape.when(attributes, "whois_date"), context=KEPT, **kept
        )
    yield from _records(target.value, attributes, reply)
    seen = shape.when(attributes, "last_https_certificate_date")
    yield from certificate(
        shape.mapping(attributes, "last_https_certificate"), reply, role="certificate", **{"seen": seen} if seen else {}
    )


def address(target: Target, attributes: Mapping[str, Any], reply: Reply) -> Iterator[Finding]:
    """Network, holder, country and certificate of an address."""
    about = noted("The network that {address} is in.", address=target.value)
    if network := _network(shape.text(attributes, "network")):
        yield reply.finding(Kind.CIDR, network, context=about, **_whois(attributes))
    number = shape.whole(attributes, "asn")
    if number is not None and 0 < number < 2**32:
        yield reply.finding(Kind.ASN, f"AS{number}", role="origin", context=about)
    if owner := clean(shape.text(attributes, "as_owner")):
        yield reply.finding(Fact.ORGANISATION, owner, role="network holder", context=about)
    if country := country_in(shape.text(attributes, "country")):
        context = noted("Where {source} places {address}.", source="VirusTotal", address=target.value)
        yield reply.finding(Fact.LOCATION, country, role="host", context=context, address=target.value)
    shown = shape.mapping(attributes, "last_https_certificate")
    yield from certificate(shown, reply, role="certificate")
    for name in names(shown):
        yield reply.finding(
            Fact.WILDCARD if name.startswith("*.") else Kind.DOMAIN,
            name,
            confidence=Confidence.LOW,
            context=noted("On the certificate that {name} showed.", name=target.value),
            role="name on certificate",
        )


def _network(text: str) -> str:
    """A network in its canonical form; "" when it is none."""
    base, slash, length = text.strip().partition("/")
    found = canonical(base)
    if found is None or not slash or not re.fullmatch(r"\d{1,3}", length) or int(length) > found.max_prefixlen:
        return ""
    return str(ip_network(f"{found}/{int(length)}", strict=False))


def _whois(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The few fields of the WHOIS text that a reader looks for; the whois collector has all of it."""
    text = shape.text(attributes, "whois")[:100_000]
    found: dict[str, Any] = {}
    for name, label in WHOIS.items():
        match = re.search(rf"^[ \t]*{label}:[ \t]*(\S[^\n]*)$", text, re.MULTILINE)
        value = clean(match[1], 120) if match else ""
        if name == "abuse_contact":
            value = email_in(value)
        elif name == "country":
            value = country_in(value)
        if value:
            found[name] = value
    return found


def _records(owner: str, attributes: Mapping[str, Any], reply: Reply) -> Iterator[Finding]:
    seen = shape.when(attributes, "last_dns_records_date")
    for record in shape.mappings(attributes, "last_dns_records")[:MOST_RECORDS]:
        kind = shape.text(record, "type").upper()
        if re.fullmatch(r"[A-Z0-9]{1,12}", kind):
            yield _record(owner, kind, shape.text(record, "value"), reply, seen)


def _record(owner: str, kind: str, value: str, reply: Reply, seen: datetime | None) -> Finding:
    context = noted("{type} record of {name}, as VirusTotal saw it last.", type=kind, name=owner)
    spelled = value.strip().lower().rstrip(".")
    found = canonical(spelled) if kind in ("A", "AAAA") else None
    if found is not None:
        return reply.finding(Kind.IP, str(found), last_seen=seen, context=context, role="address", record=kind)
    if kind in LEADS and is_host(spelled):
        return reply.finding(Kind.DOMAIN, spelled, last_seen=seen, context=context, role=LEADS[kind], record=kind)
    return reply.finding(Fact.RECORD, f"{kind} {clean(value, 500)}", last_seen=seen, context=context, record=kind)
