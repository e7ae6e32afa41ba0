"""Current records, histories and usage as SecurityTrails writes them, invented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.collectors.canned import Canned, World

HOST, V1 = "api.securitytrails.com", "/v1"
CDN = "Example CDN"

EMPTY: dict[str, Any] = {rdtype: {} for rdtype in ("a", "aaaa", "mx", "ns", "soa", "txt")}
CURRENT: dict[str, Any] = {
    "endpoint": "/v1/domain/example.com",
    "hostname": "example.com",
    "apex_domain": "example.com",
    "alexa_rank": None,
    "subdomain_count": 12,
    "current_dns": {
        "a": {
            "first_seen": "2026-11-03",
            "values": [{"ip": "198.51.100.7", "ip_count": 4, "ip_organization": CDN}],
        },
        "aaaa": {},
        "mx": {
            "first_seen": "2023-05-01",
            "values": [
                {"hostname": "MX1.Example.net.", "hostname_count": 90, "hostname_organization": None, "priority": 10}
            ],
        },
        "ns": {
            "first_seen": "2020-01-01",
            "values": [
                {"nameserver": "ns1.example.net", "nameserver_count": 300, "nameserver_organization": "Example DNS"}
            ],
        },
        "soa": {
            "first_seen": "2020-01-01",
            "values": [{"email": "dns\\.admin.example.com", "email_count": 3, "ttl": 3600}],
        },
        "txt": {"first_seen": "2022-02-02", "values": [{"value": "v=spf1 -all"}]},
    },
}


def usage(used: int, allowed: int) -> dict[str, int]:
    return {"current_monthly_usage": used, "allowed_monthly_usage": allowed}


def past(*records: dict[str, Any], pages: int = 1) -> dict[str, Any]:
    return {"endpoint": "/v1/history", "pages": pages, "type": "a/ipv4", "records": list(records)}


def seen(since: str, until: str, *values: str, by: str = "", key: str = "ip") -> dict[str, Any]:
    """One element of a history."""
    organisations = [by] if by else []
    held = [{key: each, f"{key}_count": 40} for each in values]
    return {"first_seen": since, "last_seen": until, "organizations": organisations, "type": "a", "values": held}


def registration(started: int, ended: int | None, registrar: str, **contact: str) -> dict[str, Any]:
    return {
        "domain": "example.com",
        "started": started,
        "ended": ended,
        "createdDate": 808372800000,
        "registrarName": registrar,
        "nameServers": ["ns1.example.net"],
        "status": ["clientTransferProhibited"],
        "contact": [{"type": "registrant", **contact}, {"type": "administrativeContact", "name": "Somebody Else"}],
    }


OTHERS: dict[str, Any] = {
    "/domain/example.com/subdomains": {
        "meta": {"limit_reached": False},
        "subdomain_count": 2,
        "subdomains": ["www", "WWW", "db01.corp"],
    },
    "/domain/example.com/tags": {"tags": ["cdn"]},
    "/domain/example.com/associated": {"records": [{"hostname": "example.org"}]},
    "/history/example.com/whois": {"result": {"count": 0, "items": []}},
    **{f"/history/example.com/dns/{rdtype}": past() for rdtype in EMPTY},
}


def script(world: World, *, used: int = 61, allowed: int = 2000, **answers: Canned | Sequence[Canned]) -> None:
    """The whole API for example.com; `answers` by the last word of the path (current, usage, a, subdomains, whois)."""
    known = {"/account/usage": usage(used, allowed), "/domain/example.com": CURRENT, **OTHERS}
    paths = {path.rpartition("/")[2]: path for path in known} | {"current": "/domain/example.com"}
    for path, said in known.items():
        world.http.on(HOST, V1 + path, Canned(json=said))
    for name, given in answers.items():
        world.http.on(HOST, V1 + paths[name], *([given] if isinstance(given, Canned) else given))


def asked(world: World) -> list[str]:
    """What was asked besides the usage, in order, without the domain."""
    paths = [each.raw_path.removeprefix(V1) for each in world.http.asked]
    return [path.replace("/example.com", "") for path in paths if path != "/account/usage"]
