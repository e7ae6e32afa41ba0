"""What scanners of the internet have seen open in the invented world."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.sources.world import hostile


@dataclass(frozen=True, slots=True)
class Open:
    """An open port and what answered there."""

    port: int
    module: str
    product: str = ""
    version: str = ""
    banner: str = ""
    transport: str = "tcp"
    cpe: str = ""
    title: str = ""  # of the page, where it speaks HTTP
    names: tuple[str, ...] = ()  # of its certificate, where it speaks TLS
    weaknesses: Mapping[str, float] = field(default_factory=dict)  # CVE -> CVSS, matched by version
    tested: frozenset[str] = frozenset()  # those that were tested

    def digest(self, purpose: str) -> str:
        """A made-up fingerprint that follows from what it is."""
        return hashlib.sha256(f"{purpose} {self.port} {self.names} {self.product}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Machine:
    """A host as a scanner knows it."""

    names: tuple[str, ...]
    ports: tuple[Open, ...]
    tags: tuple[str, ...] = ()
    system: str = ""
    seen: int = 2  # days ago
    city: str = ""
    refused: bool = False  # known, but not to small plans
    flooded: bool = False


REDIS = "$2812\r\n# Server\r\nredis_version:6.0.9\r\nredis_mode:standalone\r\nos:Linux x86_64\r\n"
NGINX = "HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nContent-Type: text/html\r\n"
OLD_APACHE = "HTTP/1.1 200 OK\r\nServer: Apache/2.4.49 (Unix)\r\nX-Powered-By: PHP/7.4.3\r\n"
SSH = "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.10\r\nKey type: ecdsa-sha2-nistp256\r\n"

# Numbers that no real weakness has: what they are about is invented too.
GUESSED = {"CVE-2021-99017": 7.7}
MANY = {f"CVE-{2014 + number % 9}-99{number:03d}": 4.0 + number % 6 for number in range(40)} | {"CVE-2021-99773": 9.8}

MACHINES: dict[str, Machine] = {
    "192.0.2.10": Machine(
        ("example.com", "www.example.com"),
        (
            Open(80, "http", "nginx", "1.18.0", NGINX, cpe="cpe:/a:f5:nginx:1.18.0", title="Example Corp"),
            Open(443, "https", "nginx", "1.18.0", NGINX, cpe="cpe:/a:f5:nginx:1.18.0", title="Example Corp",
                 names=("example.com", "www.example.com", "m.example.com"), weaknesses=GUESSED),
        ),
        city="Exampletown",
    ),
    "2001:db8::10": Machine(("example.com",), (Open(443, "https", "nginx", "1.18.0", NGINX, names=("example.com",)),)),
    "192.0.2.12": Machine(
        ("cdn.example.com",),
        (
            Open(80, "http", "CloudEdge Example", "", "HTTP/1.1 403 Forbidden\r\nServer: edge\r\n"),
            Open(443, "https", "CloudEdge Example", "", "HTTP/1.1 403 Forbidden\r\nServer: edge\r\n",
                 names=("cdn.example.com", "edge.example.net")),
            Open(2375, "docker", "Docker", "", "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n"),
        ),
        tags=("cdn",),
    ),
    "192.0.2.19": Machine(
        ("staging.example.com",),
        (
            Open(22, "ssh", "OpenSSH", "8.9p1", SSH, cpe="cpe:/a:openbsd:openssh:8.9p1"),
            Open(443, "https", "nginx", "1.18.0", NGINX, title="Staging", names=("staging.example.com",)),
            Open(6379, "redis", "Redis key-value store", "6.0.9", REDIS, cpe="cpe:/a:redis:redis:6.0.9"),
        ),
        tags=("database",),
        system="Ubuntu",
    ),
    "192.0.2.28": Machine(
        ("vpn.example.com",),
        (
            Open(161, "snmp", "", "", "SNMP: Example VPN appliance", transport="udp"),
            Open(443, "https", "", "", "HTTP/1.1 200 OK\r\n", title="FortiGate", names=("vpn.example.com",)),
        ),
        seen=120,
    ),
    "192.0.2.30": Machine(("example.org",), ()),
    "203.0.113.66": Machine(
        ("host66.rented.test",),
        (
            Open(80, "http", "Apache httpd", "2.4.49", OLD_APACHE, cpe="cpe:/a:apache:http_server:2.4.49",
                 title="Sign in to Example", weaknesses=MANY, tested=frozenset({"CVE-2021-99773"})),
            Open(443, "https", "Apache httpd", "2.4.49", OLD_APACHE, cpe="cpe:/a:apache:http_server:2.4.49",
                 title="Sign in to Example", names=("examp1e-login.test", "*.examp1e-login.test")),
            Open(3389, "rdp", "Remote Desktop Protocol", "", "Remote Desktop Protocol\nComputer: HOST66"),
        ),
        tags=("self-signed", "eol-product"),
        system="Windows Server 2012 R2",
        city="Sampleville",
        refused=True,
    ),
    "203.0.113.67": Machine(
        ("www.example.com",),
        (
            Open(23, "telnet", "", "", "login: "),
            Open(502, "modbus", "", "", "Unit ID: 1"),
            Open(3306, "mysql", "MySQL", "5.5.5", "5.5.5"),
            Open(5900, "vnc", "VNC", "", "RFB 003.008"),
            Open(9200, "elastic", "Elastic", "1.4.2", "HTTP/1.1 200 OK"),
        ),
        tags=("honeypot",),
    ),
    "198.51.100.166": Machine(
        tuple(f"{text}.hostile.test" for text in hostile.ALL),
        (
            Open(80, hostile.MENTIONS, hostile.LINK, hostile.BIDI, hostile.ANSI + hostile.NUL, title=hostile.MARKUP),
            Open(443, "https", hostile.FORMULA, "1", hostile.MARKUP, names=(hostile.MENTIONS, "hostile.test")),
        ),
        tags=(hostile.MENTIONS, hostile.BIDI),
        system=hostile.LINK,
        city=hostile.FORMULA,
    ),
    "198.51.100.200": Machine(("hostile.test",), (Open(80, "http", "x"),), flooded=True),
}  # fmt: skip
