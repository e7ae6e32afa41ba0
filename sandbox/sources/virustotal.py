"""VirusTotal's API v3: objects, their relations in pages, its own errors, and what a key has used of its quota.

Shapes from its reference and from vt-py. It takes any key but those that begin with "refused"; keys that begin with
"small" may not ask for what only premium keys may, and those that begin with "spent" have no questions left.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.sources.page import Ask, Page, Site, as_json
from sandbox.sources.world.judged import ADDRESSES, DOMAINS, FILES, FLAGGERS, PAGES, VENDORS, Opinion, Sample
from sandbox.sources.world.networks import network_of
from sandbox.sources.world.whole import World

PREFIX = "/api/v3/"
PREMIUM = frozenset({"urls", "downloaded_files", "redirecting_urls", "itw_urls", "similar_files"})
TYPES = {"domains": "domain", "ip_addresses": "ip_address", "urls": "url", "files": "file"}
MOST = 40


def _parts(ask: Ask) -> tuple[str, str, str]:
    """Collection, id and relation of a path."""
    collection, _, rest = ask.path.removeprefix(PREFIX).partition("/")
    name, _, relation = rest.partition("/")
    return collection, name, relation


def _about(ask: Ask) -> str:
    collection, name, _ = _parts(ask)
    if collection == "urls":
        return re.sub(r"^https?://", "", _url(name)).partition("/")[0]
    return name.lower()


def _url(name: str) -> str:
    """The URL in an id; "" when it is none. Padding is refused, as there."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return ""
    return urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode("utf-8", "replace")


def _answer(world: World, ask: Ask) -> Page:
    key = ask.headers.get("x-apikey", "")
    collection, _, relation = _parts(ask)
    if not key:
        return _error(401, "AuthenticationRequiredError", "X-Apikey header is missing")
    if key.startswith("refused"):
        return _error(401, "WrongCredentialsError", "Wrong API key")
    if collection == "users" and relation == "overall_quotas":
        return _quota(key)
    if key.startswith("spent"):
        return _error(429, "QuotaExceededError", "Quota exceeded")
    if collection not in TYPES or not ask.path.startswith(PREFIX):
        return _error(404, "NotFoundError", "Resource not found.")
    return _thing(world, ask, key)


def _thing(world: World, ask: Ask, key: str) -> Page:
    collection, name, relation = _parts(ask)
    if collection == "urls" and not _url(name):
        return _error(400, "InvalidArgumentError", f'Invalid URL id "{name}"')
    known = _known(collection, name)
    if known is None:
        return _error(404, "NotFoundError", f'{TYPES[collection].capitalize()} "{name}" not found')
    named, opinion = known
    if relation:
        return _relation(world, ask, relation, opinion, key)
    return as_json({"data": _object(world, collection, named, opinion, ask.first("relationships").split(","))})


def _error(status: int, code: str, message: str) -> Page:
    return as_json({"error": {"code": code, "message": message}}, status=status)


def _quota(key: str) -> Page:
    used = 500 if key.startswith("spent") else 42
    quotas = {
        "api_requests_hourly": {"user": {"used": 4, "allowed": 240}},
        "api_requests_daily": {"user": {"used": used, "allowed": 500}},
        "api_requests_monthly": {"user": {"used": 1_204, "allowed": 15_500}},
    }
    return as_json({"data": quotas})


def _known(collection: str, name: str) -> tuple[str, Opinion] | None:
    """What is asked about, as it calls it, and what is known of it."""
    if collection == "files":
        sample = next((each for each in FILES if name.lower() in each.hashes().values()), None)
        return (sample.sha256, FILES[sample]) if sample else None
    table, asked = {
        "domains": (DOMAINS, name.lower()),
        "ip_addresses": (ADDRESSES, name.lower()),
        "urls": (PAGES, _url(name)),
    }[collection]
    return (asked, table[asked]) if asked in table else None


def _object(world: World, collection: str, name: str, opinion: Opinion, wanted: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": name if collection != "urls" else Sample(name).sha256,
        "type": TYPES[collection],
        "links": {"self": f"https://www.virustotal.com/api/v3/{collection}/{name}"},
        "attributes": _attributes(world, collection, name, opinion),
    }
    asked = [each for each in wanted if each]
    if asked:
        found["relationships"] = {
            each: {
                "data": [{"type": kind, "id": there} for kind, there in opinion.links.get(each, ())],
                "links": {"related": f"{found['links']['self']}/{each}"},
            }
            for each in asked
        }
    return found


def _attributes(world: World, collection: str, name: str, opinion: Opinion) -> dict[str, Any]:
    return {
        **_judged(world, opinion),
        "reputation": opinion.reputation,
        "total_votes": {"harmless": opinion.votes[0], "malicious": opinion.votes[1]},
        "tags": [],
        **_own(world, collection, name),
        **opinion.attributes,
    }


def _judged(world: World, opinion: Opinion) -> dict[str, Any]:
    if opinion.age is None:
        return {"last_analysis_stats": {"harmless": 0, "malicious": 0, "suspicious": 0, "undetected": 0, "timeout": 0}}
    results = {
        vendor: {"method": "blacklist", "engine_name": vendor, "category": "malicious", "result": said}
        for vendor, said in zip(FLAGGERS, opinion.flags, strict=False)
    }
    for vendor in FLAGGERS[len(results) : len(results) + opinion.doubts]:
        results[vendor] = {
            "method": "blacklist", "engine_name": vendor, "category": "suspicious", "result": "suspicious",
        }  # fmt: skip
    flagging = len(results)
    for number in range(flagging, VENDORS):
        vendor = f"Vendor {number:02d}"
        results[vendor] = {"method": "blacklist", "engine_name": vendor, "category": "undetected", "result": "unrated"}
    stats = {
        "malicious": flagging - opinion.doubts,
        "suspicious": opinion.doubts,
        "undetected": 31,
        "harmless": VENDORS - flagging - 31,
        "timeout": 0,
    }
    when = int((world.now - timedelta(days=opinion.age)).timestamp())
    return {"last_analysis_stats": stats, "last_analysis_results": results, "last_analysis_date": when}


def _own(world: World, collection: str, name: str) -> dict[str, Any]:
    """What it keeps of a thing of this kind, taken from the rest of the world."""
    if collection == "domains":
        return _domain(world, name)
    if collection == "files":
        sample = next(each for each in FILES if each.sha256 == name)
        first = int((world.now - timedelta(days=9)).timestamp())
        return {**sample.hashes(), "first_submission_date": first, "last_submission_date": first}
    if collection == "urls":
        return {"url": name}
    network = network_of(name)
    if network is None:
        return {}
    return {
        "network": str(network.prefix),
        "asn": network.origin,
        "as_owner": network.holder.name,
        "country": network.holder.country,
        "regional_internet_registry": network.registry.name,
        "whois": f"NetName: {network.name}\nOrgName: {network.holder.name}\nOrgAbuseEmail: {network.holder.email}\n",
    }


def _domain(world: World, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"tld": name.rpartition(".")[2]}
    if held := world.registrations.get(name):
        found |= {
            "registrar": held.registrar.name,
            "creation_date": int(held.created.timestamp()),
            "expiration_date": int(held.expires.timestamp()),
            "whois": f"Domain Name: {name.upper()}\nRegistrar: {held.registrar.name}\n"
            f"Registrar Abuse Contact Email: {held.registrar.abuse_email}\n",
            "whois_date": int((world.now - timedelta(days=6)).timestamp()),
        }
    rows = [
        {"type": kind, "value": text.removesuffix(".").rpartition(" ")[2] if kind != "TXT" else text, "ttl": 300}
        for kind in ("A", "AAAA", "NS", "MX", "TXT")
        for text in world.zones.texts(name, kind)
    ]
    held_names = [each for each in world.certificates if name in each.names and each.not_after > world.now]
    if held_names:
        newest = max(held_names, key=lambda each: each.not_before)
        found["last_https_certificate"] = {
            "thumbprint_sha256": newest.digest("cert"),
            "serial_number": newest.serial,
            "subject": {"CN": newest.names[0]},
            "issuer": {"O": newest.issuer.friendly_name},
            "validity": {"not_before": f"{newest.not_before:%Y-%m-%d %H:%M:%S}",
                         "not_after": f"{newest.not_after:%Y-%m-%d %H:%M:%S}"},
            "extensions": {"subject_alternative_name": list(newest.names)},
        }  # fmt: skip
    return found | {"last_dns_records": rows[:30], "last_dns_records_date": int(world.now.timestamp())}


def _relation(world: World, ask: Ask, relation: str, opinion: Opinion, key: str) -> Page:
    if relation in PREMIUM and key.startswith("small"):
        return _error(403, "ForbiddenError", "You are not authorized to perform the requested operation")
    limit, start = ask.first("limit") or "10", ask.first("cursor") or "0"
    if not limit.isdigit() or not 0 < int(limit) <= MOST or not start.isdigit():
        return _error(400, "BadRequestError", "Invalid limit or cursor")
    linked = opinion.links.get(relation, ())
    page = linked[int(start) : int(start) + int(limit)]
    answer: dict[str, Any] = {
        "data": [_linked(world, kind, name) for kind, name in page],
        "meta": {"count": len(linked)},
        "links": {"self": f"https://www.virustotal.com{ask.path}"},
    }
    following = int(start) + int(limit)
    if following < len(linked):
        answer["meta"]["cursor"] = str(following)
        answer["links"]["next"] = f"https://www.virustotal.com{ask.path}?cursor={following}&limit={limit}"
    return as_json(answer)


def _linked(world: World, kind: str, name: str) -> dict[str, Any]:
    """An object at the other end of a relation, with its attributes."""
    return {"id": name, "type": kind, "links": {}, "attributes": _of_linked(world, kind, name)}


def _of_linked(world: World, kind: str, name: str) -> Mapping[str, Any]:
    if kind == "resolution":
        address = next((each for each in (*ADDRESSES, "198.51.100.30") if name.startswith(each)), "")
        host = name.removeprefix(address)
        return {
            "date": int((world.now - timedelta(days=20)).timestamp()),
            "ip_address": address,
            "host_name": host,
            "resolver": "VirusTotal",
            "ip_address_last_analysis_stats": _judged(world, ADDRESSES.get(address, Opinion()))["last_analysis_stats"],
            "host_name_last_analysis_stats": _judged(world, DOMAINS.get(host, Opinion()))["last_analysis_stats"],
        }
    if kind == "file":
        return _attributes(world, "files", name, next(FILES[each] for each in FILES if each.sha256 == name))
    table = DOMAINS if kind == "domain" else ADDRESSES
    return _judged(world, table.get(name, Opinion()))


SITES = {"www.virustotal.com": Site(about=_about, answer=_answer)}
