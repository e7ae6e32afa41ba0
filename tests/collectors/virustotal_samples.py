"""Invented answers of VirusTotal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

SHA256 = "ab" * 32
OTHER = "cd" * 32
CERTIFICATE = "ef" * 32


def ago(days: float) -> int:
    """Unix seconds so many days ago."""
    return int((datetime.now(UTC) - timedelta(days=days)).timestamp())


def judged(malicious: int = 0, suspicious: int = 0, *, harmless: int = 60, days: float | None = 3.2) -> dict[str, Any]:
    """What vendors say: the first so many flag it."""
    flagged = [("malicious", "phishing")] * malicious + [("suspicious", "suspicious")] * suspicious
    results = {
        f"Vendor {number:02d}": {"method": "blacklist", "engine_name": "x", "category": category, "result": result}
        for number, (category, result) in enumerate([*flagged, ("harmless", "clean"), ("undetected", "unrated")])
    }
    stats = {"malicious": malicious, "suspicious": suspicious, "harmless": harmless, "undetected": 30, "timeout": 2}
    when = {} if days is None else {"last_analysis_date": ago(days)}
    return {"last_analysis_stats": stats, "last_analysis_results": results, **when}


def thing(kind: str, name: str, *, links: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """An object; `links` are its relations as descriptors, all of them empty when not given."""
    relationships = {each: {"data": rows} for each, rows in (links or {}).items()}
    found = {"id": name, "type": kind, "links": {}, "attributes": attributes, "relationships": relationships}
    if links is None:
        del found["relationships"]
    return {"data": found}


def domain(*, links: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Everything that there may be about a domain."""
    attributes = {
        **judged(),
        "reputation": -3,
        "total_votes": {"harmless": 2, "malicious": 5},
        "categories": {"ExampleCat": "business"},
        "tags": ["dga"],
        "popularity_ranks": {"Example Million": {"rank": 4211, "timestamp": ago(1)}},
        "registrar": "Example Registrar",
        "creation_date": 808372800,
        "whois": "Domain Name: EXAMPLE.COM\nRegistrar Abuse Contact Email: abuse@example.net\n",
        "whois_date": ago(10),
        "jarm": "2" * 62,
        "favicon": {"raw_md5": "a" * 32, "dhash": "b" * 16},
        "last_dns_records": [
            {"type": "A", "value": "192.0.2.10", "ttl": 300},
            {"type": "NS", "value": "ns1.example.net", "ttl": 300},
            {"type": "TXT", "value": "v=spf1 -all", "ttl": 300},
        ],
        "last_dns_records_date": ago(2),
        "last_https_certificate": certificate(),
        "crowdsourced_context": [{"source": "Example CERT", "title": "Seen in a lure", "severity": "high"}],
    }
    empty: dict[str, Any] = {name: [] for name in ("resolutions", "communicating_files", "subdomains", "siblings")}
    return thing("domain", "example.com", links=empty | (links or {}), **attributes | changes)


def certificate() -> dict[str, Any]:
    """A certificate as it is kept."""
    return {
        "thumbprint_sha256": CERTIFICATE,
        "serial_number": "0a0b",
        "subject": {"CN": "www.example.com"},
        "issuer": {"O": "Example CA", "CN": "E1"},
        "validity": {"not_before": "2026-10-01 00:00:00", "not_after": "2027-01-01 00:00:00"},
        "extensions": {"subject_alternative_name": ["www.example.com", "*.example.com", "<!channel>"]},
    }


def file(**changes: Any) -> dict[str, Any]:
    """Everything that there may be about a file."""
    attributes = {
        **judged(11),
        "md5": "1" * 32,
        "sha1": "2" * 40,
        "sha256": SHA256,
        "meaningful_name": "invoice.exe",
        "names": ["invoice.exe", "x.exe"],
        "size": 1024,
        "type_description": "Win32 EXE",
        "first_submission_date": ago(9),
        "last_submission_date": ago(4),
        "times_submitted": 17,
        "popular_threat_classification": {"suggested_threat_label": "trojan.example"},
        "crowdsourced_yara_results": [{"rule_name": "Example_Rule", "ruleset_name": "rules", "author": "nobody"}],
        "crowdsourced_ids_results": [{"rule_msg": "Example alert", "alert_severity": "high"}],
        "sigma_analysis_results": [{"rule_title": "Example behaviour", "rule_level": "high"}],
        "sandbox_verdicts": {"Example Box": {"category": "malicious", "malware_classification": ["TROJAN"]}},
        "signature_info": {"verified": "Signed", "signers": "Example Corp; Example CA"},
    }
    return thing("file", SHA256, links={}, **attributes | changes)


def url(**changes: Any) -> dict[str, Any]:
    """Everything that there may be about a URL."""
    attributes = {
        **judged(6),
        "url": "https://example.com/a?b=c",
        "title": "Sign in",
        "last_final_url": "https://example.org/collect",
        "redirection_chain": ["https://example.com/a?b=c", "https://example.net/in", "https://example.org/collect"],
        "last_http_response_code": 200,
        "last_http_response_content_sha256": OTHER,
        "last_http_response_headers": {"Server": "nginx"},
        "trackers": {"Example Analytics": [{"id": "EX-1", "url": "https://example.net/x.js"}]},
        "outgoing_links": ["https://example.org/", "javascript:alert(1)"],
        "threat_names": ["Example-Phish"],
    }
    served = {"last_serving_ip_address": {"type": "ip_address", "id": "192.0.2.10"}}
    return thing("url", OTHER, links=served, **attributes | changes)


def address(**changes: Any) -> dict[str, Any]:
    """Everything that there may be about an address."""
    attributes = {
        **judged(),
        "network": "192.0.2.0/24",
        "asn": 64496,
        "as_owner": "Example Hosting",
        "country": "US",
        "last_https_certificate": certificate(),
    }
    return thing("ip_address", "192.0.2.10", links={}, **attributes | changes)


def page(*rows: dict[str, Any], cursor: str = "", following: str = "") -> dict[str, Any]:
    """A page of a relation."""
    return {
        "data": list(rows),
        "meta": {"count": len(rows), **({"cursor": cursor} if cursor else {})},
        "links": {"self": "", **({"next": following} if following else {})},
    }


def talking(sha256: str = OTHER, malicious: int = 12) -> dict[str, Any]:
    """A file at the other end of a relation."""
    return {"id": sha256, "type": "file", "attributes": {**judged(malicious), "meaningful_name": "x.exe"}}


def resolution(address: str, host: str, *, malicious: int = 0) -> dict[str, Any]:
    """A row of passive DNS."""
    stats = judged(malicious)["last_analysis_stats"]
    told = {"date": ago(20), "ip_address": address, "host_name": host, "ip_address_last_analysis_stats": stats}
    return {"id": address + host, "type": "resolution", "attributes": told}


def error(code: str) -> dict[str, Any]:
    """VirusTotal's own form of an error."""
    return {"error": {"code": code, "message": "<!channel> what was asked"}}
