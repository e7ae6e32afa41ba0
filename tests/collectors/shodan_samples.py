"""Invented answers of Shodan, InternetDB and CVEDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

ADDRESS = "192.0.2.10"
CVE = "CVE-2021-99017"
SHA256 = "ab" * 32


def ago(days: int) -> str:
    """A time as Shodan writes it: no zone, which means UTC."""
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT%H:%M:%S}.190817"


def summary(**changes: Any) -> dict[str, Any]:
    """An answer of InternetDB, which always has its six keys."""
    found = {
        "cpes": ["cpe:/a:f5:nginx:1.18.0"],
        "hostnames": ["www.example.com"],
        "ip": ADDRESS,
        "ports": [22, 80, 443],
        "tags": [],
        "vulns": [CVE],
    }
    return found | changes


def banner(port: int, module: str = "", *, days: int = 1, **changes: Any) -> dict[str, Any]:
    """One open port with what answered."""
    found = {
        "port": port,
        "transport": "tcp",
        "timestamp": ago(days),
        "data": "",
        "_shodan": {"id": "0", "module": module, "ptr": True, "options": {}},
    }
    return found | changes


def web(**changes: Any) -> dict[str, Any]:
    """A web server with everything Shodan can say about one."""
    return banner(
        443,
        "https",
        product="nginx",
        version="1.18.0",
        cpe=["cpe:/a:f5:nginx:1.18.0"],
        data="HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\n",
        http={
            "status": 200,
            "title": "Example",
            "server": "nginx/1.18.0",
            "components": {"PHP": {"categories": ["Programming languages"]}},
            "favicon": {"hash": -1234},
        },
        ssl={
            "cert": {
                "subject": {"CN": "www.example.com"},
                "issuer": {"O": "Example CA", "CN": "E1"},
                "issued": "20261001000000Z",
                "expires": "20270101000000Z",
                "expired": False,
                "fingerprint": {"sha256": SHA256},
                "extensions": [
                    {
                        "name": "subjectAltName",
                        "data": "0\\x1d\\x82\\x0fwww.example.com\\x82\\nexample.co\\x82\\x0c*.example.ne",
                    }
                ],
            },
            "jarm": "2" * 62,
            "versions": ["-SSLv2", "TLSv1.2", "TLSv1.3"],
        },
        **{"vulns": {CVE: {"verified": False, "cvss": 7.7, "summary": "Invented.", "references": []}}, **changes},
    )


def host(*banners: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An answer of /shodan/host/{ip}."""
    found = {
        "ip_str": ADDRESS,
        "ports": [each["port"] for each in banners],
        "hostnames": ["www.example.com"],
        "domains": ["example.com"],
        "tags": ["cloud"],
        "os": None,
        "org": "Example Hosting",
        "isp": "Example ISP",
        "asn": "AS64496",
        "country_code": "US",
        "country_name": "United States",
        "city": "Exampletown",
        "latitude": 37.75,
        "longitude": -97.82,
        "last_update": ago(2),
        "data": list(banners),
    }
    return found | changes


def plan(left: int = 97, month: int = 100) -> dict[str, Any]:
    """An answer of /api-info."""
    return {"plan": "dev", "query_credits": left, "usage_limits": {"query_credits": month}, "scan_credits": 0}


def zone(*, more: bool = False, **changes: Any) -> dict[str, Any]:
    """An answer of /dns/domain/{domain}."""
    seen = ago(3) + "+00:00"
    rows = [
        ("", "MX", "mx1.example.net"),
        ("", "TXT", "v=spf1 -all"),
        ("www", "A", ADDRESS),
        ("shop", "CNAME", "shops.example.net."),
        ("*.dev", "A", "192.0.2.40"),
        ("_dmarc", "TXT", "v=DMARC1; p=none"),
    ]
    found = {
        "domain": "example.com",
        "tags": ["spf"],
        "data": [{"subdomain": name, "type": kind, "value": value, "last_seen": seen} for name, kind, value in rows],
        "subdomains": ["www", "shop", "*.dev", "silent"],
        "more": more,
    }
    return found | changes


def scores(**changes: Any) -> dict[str, Any]:
    """An answer of CVEDB."""
    return {"cve_id": CVE, "cvss_v3": 8.1, "epss": 0.62, "kev": True, "summary": "Invented.", **changes}
