"""SecurityTrails, API v1: current records, names below a domain, histories, and the neighbours of an address.

Shapes from docs.securitytrails.com: a record type without values is an empty object, names below a domain are labels,
errors are `{"message"}`. Keys that start with "refused" are refused; "small" ones have fifty questions a month and no
registrations or associated domains.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sandbox.sources.page import Ask, Page, Site, as_json
from sandbox.sources.world import hostile
from sandbox.sources.world.networks import network_of
from sandbox.sources.world.trails import ASSOCIATED, BARE, HOLDINGS, PAST, SEEN_BELOW, TAGS, Past, day, organisation_of
from sandbox.sources.world.whole import World

BASE = "/v1/"
HOSTILE = "hostile.test"
NAMES = {"a": "ip", "aaaa": "ipv6", "mx": "hostname", "ns": "nameserver", "soa": "email", "txt": "value"}
SHOWN = {"a": "a/ipv4", "aaaa": "aaaa/ipv6"}
PAGE_LENGTH = 2  # a hundred in truth; two, so that there are pages to turn


def _about(ask: Ask) -> str:
    parts = ask.path.removeprefix(BASE).split("/")
    return (parts[2] if parts[:2] == ["ips", "nearby"] and len(parts) > 2 else (*parts, "")[1]).lower() or ask.host


def _answer(world: World, ask: Ask) -> Page:
    key = ask.headers.get("apikey", "")
    if not key or key.startswith("refused"):
        return _error(401, "Invalid authentication credentials")
    small = key.startswith("small")
    match ask.path.removeprefix(BASE).lower().split("/"):
        case ["account", "usage"]:
            used, allowed = (12, 50) if small else (61, 2000)
            return as_json({"current_monthly_usage": used, "allowed_monthly_usage": allowed})
        case ["domain", host, *rest]:
            return _domain(world, ask, host, rest[0] if rest else "", small=small)
        case ["history", host, *topic]:
            return _past(world, ask, host, topic, small=small)
        case ["ips", "nearby", address]:
            return _nearby(world, ask, address)
    return _error(404, "The endpoint does not exist.")


def _domain(world: World, ask: Ask, host: str, topic: str, *, small: bool) -> Page:
    if not _is_known(world, host):
        return _error(404, f"Hostname {host} was not found.")
    if topic == "associated" and small:
        return _not_in_plan()
    lists: dict[str, tuple[str, Sequence[object]]] = {
        "subdomains": ("subdomains", _below(world, host)),
        "tags": ("tags", list(TAGS.get(host, ())) if host != HOSTILE else list(hostile.ALL)),
        "associated": ("records", [{"hostname": each} for each in ASSOCIATED.get(host, ())]),
    }
    if topic == "":
        return as_json(_current(world, ask, host))
    if topic not in lists:
        return _error(404, "The endpoint does not exist.")
    name, values = lists[topic]
    more = {"meta": {"limit_reached": host == HOSTILE}, "subdomain_count": len(values)} if topic == "subdomains" else {}
    return as_json({"endpoint": ask.path, **more, name: values})


def _is_known(world: World, host: str) -> bool:
    return host == BARE or bool(world.zones.texts(host, "SOA") or world.zones.texts(host, "A"))


def _current(world: World, ask: Ask, host: str) -> dict[str, object]:
    records = {rdtype: _now(world, host, rdtype) for rdtype in NAMES}
    return {
        "endpoint": ask.path,
        "hostname": host,
        "apex_domain": host,
        "alexa_rank": None,
        "subdomain_count": len(_below(world, host)),
        "current_dns": records,
    }


def _now(world: World, host: str, rdtype: str) -> dict[str, object]:
    """One record type as the zones have it; the empty object when there is none."""
    texts = [] if host == BARE else [each[:400] for each in world.zones.texts(host, rdtype.upper())]
    if not texts:
        return {}
    past = PAST.get(host, {}).get(rdtype, ())
    since = next((each.since for each in past if each.until == 0), 700)
    return {"first_seen": day(world.today, since), "values": [_value(rdtype, text, host) for text in texts]}


def _value(rdtype: str, text: str, host: str) -> dict[str, object]:
    name = NAMES[rdtype]
    match rdtype:
        case "a" | "aaaa":
            return {name: text, f"{name}_count": 4, f"{name}_organization": organisation_of(text, host)}
        case "mx":
            priority, exchange = text.split(maxsplit=1)
            spelled = exchange.rstrip(".").upper()
            return {name: spelled, f"{name}_count": 90, f"{name}_organization": None, "priority": int(priority)}
        case "ns":
            return {name: text.rstrip("."), f"{name}_count": 300, f"{name}_organization": "Example DNS"}
        case "soa":
            return {name: text.split()[1].rstrip("."), f"{name}_count": 3, "ttl": 3600}
    return {name: text.removeprefix('"').removesuffix('"')}


def _below(world: World, host: str) -> list[str]:
    """Labels only; duplicates that differ in case occur."""
    if host == HOSTILE:
        return [*hostile.ALL, "www", f"{hostile.MENTIONS}.www", "x" * 300]
    zone = next((each for each in world.zones.by_origin.values() if each.origin.to_text() == f"{host}."), None)
    names = [name.to_text(omit_final_dot=True).removesuffix(f".{host}") for name in (zone.names if zone else ())]
    today = sorted(each for each in names if each != host and "*" not in each and "_" not in each)
    return [*today, *SEEN_BELOW.get(host, ())]


def _past(world: World, ask: Ask, host: str, topic: list[str], *, small: bool) -> Page:
    if not _is_known(world, host):
        return _error(404, f"Hostname {host} was not found.")
    if topic == ["whois"]:
        return _not_in_plan() if small else _registrations(world, ask, host)
    if topic[:1] == ["dns"] and topic[-1] in NAMES:
        return _history(world, ask, host, topic[-1])
    return _error(404, "The endpoint does not exist.")


def _history(world: World, ask: Ask, host: str, rdtype: str) -> Page:
    records = [_record(world.today, rdtype, each) for each in PAST.get(host, {}).get(rdtype, ())]
    if host == HOSTILE:
        records = [_hostile_record(rdtype)]
    page = int(ask.first("page")) if ask.first("page").isdigit() else 1
    shown = records[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH]
    pages = -(-len(records) // PAGE_LENGTH)
    return as_json({"endpoint": ask.path, "pages": pages, "type": SHOWN.get(rdtype, rdtype), "records": shown})


def _record(today: datetime, rdtype: str, past: Past) -> dict[str, object]:
    return {
        "first_seen": day(today, past.since),
        "last_seen": day(today, past.until),
        "organizations": [past.organisation] if past.organisation else [],
        "type": rdtype,
        "values": [{NAMES[rdtype]: each, f"{NAMES[rdtype]}_count": 40} for each in past.values],
    }


def _hostile_record(rdtype: str) -> dict[str, object]:
    values = [{NAMES[rdtype]: text} for text in (*hostile.ALL, "198.51.100.166", "mail.hostile.test")]
    return {
        "first_seen": "2025-01-01",
        "last_seen": hostile.FORMULA,
        "organizations": [hostile.MENTIONS, hostile.LINK],
        "type": hostile.MARKUP,
        "values": values,
    }


def _registrations(world: World, ask: Ask, host: str) -> Page:
    held = [
        {
            "domain": host,
            "started": _milliseconds(world.today, each.since),
            "ended": _milliseconds(world.today, each.until) if each.until else None,
            "createdDate": _milliseconds(world.today, 11_000),
            "updatedDate": _milliseconds(world.today, each.since),
            "expiresDate": _milliseconds(world.today, -200),
            "registrarName": each.registrar,
            "nameServers": ["ns1.example.net", "ns2.example.net"],
            "status": ["clientTransferProhibited"],
            "contact": [
                {"type": "registrant", "name": each.name, "organization": each.organisation, "email": each.email}
            ],
        }
        for each in HOLDINGS.get(host, ())
    ]
    return as_json({"endpoint": ask.path, "pages": 1, "result": {"count": len(held), "items": held}})


def _milliseconds(today: datetime, ago: int) -> int:
    return int((today - timedelta(days=ago)).timestamp()) * 1000


def _nearby(world: World, ask: Ask, text: str) -> Page:
    try:
        address = ip_address(text)
    except ValueError:
        return _error(400, "Invalid IP address")
    if network_of(text) is None:
        return _error(404, "The IP address was not found.")
    if address.version == 6:
        return as_json({"endpoint": ask.path, "blocks": []})
    names = _names_by_address(world)
    block = ip_network(f"{text}/27", strict=False)
    blocks: list[dict[str, object]] = []
    for each in block:
        hosts = names.get(str(each), [])
        if hosts or each == address:
            shown = [*hostile.ALL, "www.hostile.test"] if text == "198.51.100.166" and each == address else hosts
            port = [80, 443] if hosts else []
            blocks.append(
                {"ip": f"{each}/32", "hostnames": shown, "sites": len(hosts), "ports": port, "current": each == address}
            )
    return as_json({"endpoint": ask.path, "blocks": blocks})


def _names_by_address(world: World) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for zone in world.zones.by_origin.values():
        for name in sorted(zone.names):
            host = name.to_text(omit_final_dot=True)
            for address in world.zones.texts(host, "A") if name.labels else ():
                found.setdefault(address, []).append(host)
    return found


def _not_in_plan() -> Page:
    return _error(403, "You are not authorized to access this endpoint: your plan does not include it.")


def _error(status: int, message: str) -> Page:
    return as_json({"message": message}, status=status)


SITES = {"api.securitytrails.com": Site(about=_about, answer=_answer)}
