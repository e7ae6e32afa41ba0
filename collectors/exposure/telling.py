"""The findings of one address: the host, its open ports, its names and certificates, programs and weaknesses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from collectors.exposure.history import changes
from collectors.exposure.host import Host, Service
from collectors.exposure.rules import Exposed, alarms, cautions, fitting, less, lowered, weigh
from collectors.exposure.weaknesses import Weakness
from collectors.names import country_in
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind, Severity

if TYPE_CHECKING:
    from collectors.doors.reply import Reply

MOST_CERTIFICATE_NAMES = 100


def told(host: Host, reply: Reply, now: datetime) -> Iterator[Finding]:
    """Everything but the weaknesses, which are told when their scores have been looked up."""
    yield _host(host, reply, now)
    for service in host.services:
        yield _port(service, host, reply, now)
    yield from _names(host, reply)
    yield from _certificates(host, reply)
    yield from _programs(host, reply)
    yield from _keys(host, reply)
    yield from _holders(host, reply)
    yield from changes(list(host.past), host.open_ports, host.address, reply)


def _host(host: Host, reply: Reply, now: datetime) -> Finding:
    """The address itself. Tags that are a warning by themselves make it one."""
    attributes: dict[str, Any] = {
        "role": "host",
        "ports": [service.label for service in host.services],
        "tags": list(host.tags),
        **{name: value for name, value in host.about.items() if name != "asn"},
        "weaknesses": len(host.weaknesses),
    }
    if host.updated:
        attributes |= {"updated": host.updated, "age_days": max(0, (now - host.updated).days)}
    steps, reasons = cautions(host.tags)
    if reasons:
        attributes["cautions"] = reasons
    if warnings := alarms(host.tags):
        severity = lowered(warnings[0][0], steps)
        attributes |= {"why": " ".join(sentence for _, sentence in warnings), **weight(severity)}
    return reply.finding(
        Kind.IP,
        host.address,
        last_seen=host.updated,
        context=noted("{source} has looked at this address.", source=reply.source),
        **attributes,
    )


def _port(service: Service, host: Host, reply: Reply, now: datetime) -> Finding:
    attributes: dict[str, Any] = {
        "address": host.address,
        "port": service.port,
        "transport": service.transport,
        "product": service.product,
        "version": service.version,
        "module": service.module,
        "http": service.http,
        "tls": service.tls,
        "ssh": service.ssh,
        "cpes": list(service.cpes),
        "banner": service.banner,
    }
    kept = {name: value for name, value in attributes.items() if value not in ("", {}, [])}
    exposed = fitting(service, host.cpes)
    if exposed:
        severity, reasons = weigh(service, exposed, host, now)
        told = {"rule": exposed.rule.name, "sure": exposed.sure, "why": _why(exposed, reasons), "cautions": reasons}
        kept |= {**told, **weight(severity)}
    sure = exposed is None or exposed.sure
    return reply.finding(
        Fact.PORT,
        service.label,
        confidence=Confidence.MODERATE if sure else Confidence.LOW,
        last_seen=service.seen or host.updated,
        context=noted(
            "{source} saw port {port} of {address} open.",
            source=reply.source,
            port=service.label,
            address=host.address,
        ),
        **kept,
    )


def _why(exposed: Exposed, reasons: list[str]) -> str:
    """Whoever shows it cuts off the first sentence, where what is open has been said already."""
    name = exposed.rule.name
    port = noted("The usual port of {name} is open to the internet.", name=name)
    what = noted("{name} is open to the internet.", name=name) if exposed.sure else port
    return " ".join(filter(None, (what, exposed.rule.reason, less(reasons))))


def weight(severity: Severity) -> dict[str, str]:
    """The severity as an attribute; nothing where nobody needs to care."""
    return {} if severity is Severity.INFO else {"severity": severity.value}


def _names(host: Host, reply: Reply) -> Iterator[Finding]:
    for name in host.names:
        yield reply.finding(
            Fact.WILDCARD if name.startswith("*.") else Kind.DOMAIN,
            name,
            last_seen=host.updated,
            context=noted(
                "{source} ties the name to {address}: by its reverse name or a certificate there.",
                source=reply.source,
                address=host.address,
            ),
            role="hostname",
            address=host.address,
        )


def _certificates(host: Host, reply: Reply) -> Iterator[Finding]:
    """Each certificate once, with all ports that show it."""
    shown: dict[str, list[Service]] = {}
    for service in host.services:
        if sha256 := service.tls.get("sha256"):
            shown.setdefault(sha256, []).append(service)
    for sha256, services in shown.items():
        tls = services[0].tls
        fields = ("subject", "issuer", "issued", "expires", "expired", "serial")
        yield reply.finding(
            Fact.CERTIFICATE,
            sha256,
            last_seen=max((each.seen for each in services if each.seen), default=host.updated),
            context=noted(
                "Shown by {address} on port {ports}.",
                address=host.address,
                ports=", ".join(each.label for each in services[:10]),
            ),
            address=host.address,
            ports=[each.label for each in services],
            names=list(services[0].names[:MOST_CERTIFICATE_NAMES]),
            **{name: tls[name] for name in fields if name in tls},
        )


def _programs(host: Host, reply: Reply) -> Iterator[Finding]:
    for cpe in host.cpes:
        name, version, vendor = program(cpe)
        if name:
            yield reply.finding(
                Fact.SOFTWARE,
                " ".join(filter(None, (name, version))),
                last_seen=host.updated,
                context=noted(
                    "{source} reads this from the banners of {address}.", source=reply.source, address=host.address
                ),
                cpe=cpe,
                vendor=vendor,
                address=host.address,
                ports=[each.label for each in host.services if cpe in each.cpes],
            )


def program(cpe: str) -> tuple[str, str, str]:
    """Product, version and vendor of a CPE in its form of 2.2 or 2.3 (NISTIR 7695); empty when it is none."""
    match = re.fullmatch(r"cpe:(?:2\.3:|/)[aoh]:((?:\\.|[^:\\]){1,80}):((?:\\.|[^:\\]){1,80})(?::([^:]{0,60}))?.*", cpe)
    if match is None:
        return "", "", ""
    vendor, product, version = (re.sub(r"\\(.)", r"\1", part or "").replace("_", " ") for part in match.groups())
    return product, "" if version in ("*", "-") else version, vendor


def _keys(host: Host, reply: Reply) -> Iterator[Finding]:
    for service in host.services:
        if fingerprint := service.ssh.get("fingerprint"):
            yield reply.finding(
                Fact.KEY,
                f"{service.ssh.get('type') or 'ssh'} {fingerprint}",
                last_seen=service.seen,
                context=noted(
                    "The SSH host key of {address}, port {port}; whoever else shows it is kin.",
                    address=host.address,
                    port=service.label,
                ),
                address=host.address,
                port=service.label,
            )


def _holders(host: Host, reply: Reply) -> Iterator[Finding]:
    if match := re.fullmatch(r"AS(\d{1,10})", str(host.about.get("asn", ""))):
        about = noted("The network that {address} is in.", address=host.address)
        yield reply.finding(Kind.ASN, match[0], role="origin", context=about)
    if org := str(host.about.get("org", "")):
        about = noted("{source} notes it for {address}.", source=reply.source, address=host.address)
        yield reply.finding(Fact.ORGANISATION, org, role="network holder", context=about)
    if country := country_in(str(host.about.get("country_code", ""))):
        more = {name: host.about[name] for name in ("city", "latitude", "longitude") if name in host.about}
        yield reply.finding(
            Fact.LOCATION,
            country,
            role="host",
            context=noted("Where {source} places {address}.", source=reply.source, address=host.address),
            address=host.address,
            **more,
        )


def weakness(known: Weakness, host: Host, reply: Reply) -> Finding:
    """A CVE, said to be a guess unless it was tested."""
    severity, why = known.weigh()
    steps, reasons = cautions(host.tags)
    severity = lowered(severity, steps)
    attributes: dict[str, Any] = {
        "ports": list(known.ports),
        "cvss": known.cvss,
        "epss": known.epss,
        "kev": known.kev,
        "ransomware": known.ransomware,
        "summary": known.summary,
        "scored_at": known.scored_at,
        "cautions": reasons,
    }
    kept = {name: value for name, value in attributes.items() if value not in (None, "", [])} | weight(severity)
    return reply.finding(
        Fact.VULNERABILITY,
        known.cve,
        confidence=Confidence.MODERATE if known.verified else Confidence.LOW,
        last_seen=host.updated,
        context=noted("{source} lists it for {address}.", source=reply.source, address=host.address),
        address=host.address,
        verified=known.verified,
        why=" ".join(filter(None, (why, less(reasons)))),
        **kept,
    )
