"""Shodan's REST API, its keyless InternetDB and its CVEDB, over the machines of the invented world.

Shapes from Shodan's REST reference and its Python library; InternetDB's always have all six keys. Keys that begin with
"refused" are refused, those that begin with "small" have a plan without query credits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

import dns.name

from sandbox.sources.page import Ask, Page, Site, as_json, html
from sandbox.sources.world import hostile
from sandbox.sources.world.exposed import MACHINES, Machine, Open
from sandbox.sources.world.networks import network_of
from sandbox.sources.world.whole import World

PAGE_LENGTH = 100
TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "SOA", "TXT")
ATTACKED = "CVE-2021-99773"


def _about(ask: Ask) -> str:
    return ask.path.rpartition("/")[2].lower()


def _stamp(world: World, days: int) -> str:
    """A time as Shodan writes it: without a zone."""
    return f"{world.today - timedelta(days=days) + timedelta(hours=8, minutes=49):%Y-%m-%dT%H:%M:%S}.190817"


# InternetDB


def _internetdb(_world: World, ask: Ask) -> Page:
    asked = ask.path.removeprefix("/")
    if not _is_ipv4(asked):
        return as_json({"detail": "Invalid IP"}, status=422)
    machine = MACHINES.get(asked)
    if machine is None:
        return as_json({"detail": "No information available"}, status=404)
    found = {
        "cpes": sorted({each.cpe for each in machine.ports if each.cpe}),
        "hostnames": list(machine.names),
        "ip": asked,
        "ports": sorted(each.port for each in machine.ports),
        "tags": list(machine.tags),
        "vulns": sorted({cve for each in machine.ports for cve in each.weaknesses}),
    }
    if machine.flooded:
        found["hostnames"] = [hostile.flood()]
    return as_json(found)


def _is_ipv4(text: str) -> bool:
    try:
        return ip_address(text).version == 4
    except ValueError:
        return False


# CVEDB


def _cvedb(_world: World, ask: Ask) -> Page:
    cve = ask.path.rpartition("/")[2].upper()
    scores = {
        name: score for each in MACHINES.values() for port in each.ports for name, score in port.weaknesses.items()
    }
    if cve not in scores or not ask.path.startswith("/cve/"):
        return as_json({"detail": "No information available"}, status=404)
    attacked = cve == ATTACKED
    return as_json(
        {
            "cve_id": cve,
            "summary": "DEMO: an invented weakness of an invented version.",
            "cvss": scores[cve],
            "cvss_version": 3.1,
            "cvss_v2": None,
            "cvss_v3": scores[cve],
            "epss": 0.94 if attacked else 0.012,
            "ranking_epss": 0.999 if attacked else 0.4,
            "kev": attacked,
            "propose_action": "Update." if attacked else None,
            "ransomware_campaign": "Known" if attacked else None,
            "references": ["https://example.net/advisories/1"],
            "published_time": "2021-10-05T09:15:00",
            "cpes": [],
        }
    )


# REST


def _rest(world: World, ask: Ask) -> Page:
    key = ask.first("key")
    if not key:
        return html("401 Authorization Required", "401 Authorization Required", status=401)
    if key.startswith("refused"):
        return as_json({"error": "Access denied"}, status=401)
    small = key.startswith("small")
    if ask.path == "/api-info":
        return as_json(_plan(small=small))
    if ask.path.startswith("/shodan/host/"):
        return _host(world, ask.path.rpartition("/")[2], small=small)
    if ask.path.startswith("/dns/domain/"):
        return _needs_membership() if small else _domain(world, _about(ask), int(ask.first("page") or "1"))
    return html("404 Not Found", "404 Not Found", status=404)


def _needs_membership() -> Page:
    return as_json({"error": "Requires membership or higher to access"}, status=403)


def _plan(*, small: bool) -> dict[str, Any]:
    credits_ = 0 if small else 100
    return {
        "scan_credits": credits_,
        "usage_limits": {"scan_credits": credits_, "query_credits": credits_, "monitored_ips": 0 if small else 16},
        "plan": "oss" if small else "dev",
        "https": not small,
        "unlocked": not small,
        "query_credits": 0 if small else 97,
        "monitored_ips": 0,
        "unlocked_left": 0 if small else 97,
        "telnet": not small,
    }


def _host(world: World, asked: str, *, small: bool) -> Page:
    machine = MACHINES.get(asked)
    if machine is None:
        return as_json({"error": "No information available for that IP."}, status=404)
    if small and machine.refused:
        return _needs_membership()
    network = network_of(asked)
    listed = sorted({cve for each in machine.ports for cve in each.weaknesses})
    found: dict[str, Any] = {
        "ip": int(ip_address(asked)),
        "ip_str": asked,
        "ports": [each.port for each in machine.ports],
        "hostnames": list(machine.names),
        "domains": sorted({".".join(name.split(".")[-2:]) for name in machine.names}),
        "tags": list(machine.tags),
        "os": machine.system or None,
        "org": network.holder.name if network else None,
        "isp": network.holder.name if network else None,
        "asn": f"AS{network.origin}" if network else None,
        "country_code": network.holder.country if network else None,
        "country_name": None,
        "city": machine.city or None,
        "region_code": None,
        "postal_code": None,
        "latitude": 37.75,
        "longitude": -97.82,
        "last_update": _stamp(world, machine.seen),
        "data": [_banner(world, asked, machine, each) for each in machine.ports],
        **({"vulns": listed} if listed else {}),
    }
    if machine.flooded:
        found["data"][0]["data"] = hostile.flood()
    return as_json(found)


def _banner(world: World, address: str, machine: Machine, port: Open) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ip_str": address,
        "port": port.port,
        "transport": port.transport,
        "timestamp": _stamp(world, machine.seen),
        "data": port.banner,
        "hash": int(port.digest("banner")[:7], 16),
        "hostnames": list(machine.names),
        "os": machine.system or None,
        "_shodan": {"id": port.digest("id")[:36], "module": port.module, "ptr": True, "options": {}},
    }
    found |= {name: value for name, value in (("product", port.product), ("version", port.version)) if value}
    if port.cpe:
        found["cpe"] = [port.cpe]
    if port.title or port.module.startswith("http"):
        found["http"] = {
            "status": 200,
            "title": port.title or None,
            "server": port.product or None,
            "components": {"PHP": {"categories": ["Programming languages"]}} if "PHP" in port.banner else {},
            "favicon": {"hash": -int(port.digest("favicon")[:7], 16), "location": "/favicon.ico"},
            "securitytxt": None,
        }
    if port.names:
        found["ssl"] = _tls(world, port)
    if port.module == "ssh":
        found["ssh"] = {"type": "ecdsa-sha2-nistp256", "fingerprint": _colons(port.digest("ssh")[:32])}
    if port.weaknesses:
        found["vulns"] = {
            cve: {"verified": cve in port.tested, "cvss": score, "summary": "DEMO: invented.", "references": []}
            for cve, score in port.weaknesses.items()
        }
    return found


def _tls(world: World, port: Open) -> dict[str, Any]:
    expires = world.today + timedelta(days=60)
    return {
        "cert": {
            "subject": {"CN": port.names[0]},
            "issuer": {"C": "US", "O": "Example CA", "CN": "E1"},
            "issued": _asn1(world.today - timedelta(days=30)),
            "expires": _asn1(expires),
            "expired": False,
            "serial": int(port.digest("serial")[:15], 16),
            "fingerprint": {"sha1": port.digest("sha1")[:40], "sha256": port.digest("cert")},
            "extensions": [{"name": "subjectAltName", "data": _alternative(port.names)}],
        },
        "versions": ["-SSLv2", "-SSLv3", "TLSv1.2", "TLSv1.3"],
        "cipher": {"name": "TLS_AES_256_GCM_SHA384", "bits": 256, "version": "TLSv1.3"},
        "jarm": (port.digest("jarm") * 2)[:62],
        "ja3s": port.digest("ja3s")[:32],
        "chain": [],
    }


def _asn1(when: datetime) -> str:
    return f"{when:%Y%m%d%H%M%S}Z"


def _alternative(names: tuple[str, ...]) -> str:
    """The extension's bytes as Python writes them: a sequence of 0x82, length, name."""
    entries = b"".join(bytes([0x82, len(raw)]) + raw for raw in (name.encode()[:100] for name in names))
    return repr(bytes([0x30, min(len(entries), 127)]) + entries)[2:-1]


def _colons(digits: str) -> str:
    return ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def _domain(world: World, domain: str, page: int) -> Page:
    origin = dns.name.from_text(domain)
    zone = world.zones.by_origin.get(origin)
    if zone is None or domain.count(".") != 1:
        return as_json({"error": "No information available for that domain."}, status=404)
    rows: list[dict[str, Any]] = [
        {
            "subdomain": name.relativize(origin).to_text().removeprefix("@"),
            "type": kind,
            "value": text.removesuffix("."),
            "last_seen": _stamp(world, 3) + "+00:00",
            **({"ports": [each.port for each in MACHINES[text].ports]} if text in MACHINES else {}),
        }
        for name in sorted(zone.names)
        for kind in TYPES
        for text in world.zones.texts(name.to_text(), kind)
    ]
    shown = rows[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH]
    return as_json(
        {
            "domain": domain,
            "tags": ["dmarc", "ipv6", "spf"],
            "data": shown,
            "subdomains": sorted({row["subdomain"] for row in shown if row["subdomain"]}),
            "more": len(rows) > page * PAGE_LENGTH,
        }
    )


SITES = {
    "internetdb.shodan.io": Site(about=_about, answer=_internetdb),
    "cvedb.shodan.io": Site(about=_about, answer=_cvedb),
    "api.shodan.io": Site(about=_about, answer=_rest),
}
