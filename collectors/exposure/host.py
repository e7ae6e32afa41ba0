"""One address as a scanner of the internet saw it, read from the answers of Shodan and of its InternetDB."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collectors import shape
from collectors.exposure.weaknesses import MOST, Weakness, gathered, named
from collectors.names import is_host
from core.addresses import canonical
from core.errors import Changed
from core.language.noted import noted

MOST_SERVICES = 200
MOST_NAMES = 300
MOST_PAST = 100  # ports whose past is told
MOST_TAGS = 40
SHORT = 200  # characters of one text of a banner
BANNER = 300

DNS_NAME = "\x82"
ESCAPED = re.compile(r"""\\(?:x([0-9a-fA-F]{2})|([nrt\\'"]))""")  # how Python writes bytes
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*)?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What answers on one port. `transport` is empty where the source does not say it."""

    port: int
    transport: str = ""
    product: str = ""
    version: str = ""
    module: str = ""  # what Shodan spoke to it with: "redis", "https"
    banner: str = ""
    cpes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # on its certificate
    seen: datetime | None = None
    http: Mapping[str, Any] = field(default_factory=dict)
    tls: Mapping[str, Any] = field(default_factory=dict)
    ssh: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.port}/{self.transport}" if self.transport else str(self.port)

    @property
    def program(self) -> str:
        return " ".join(filter(None, (self.product, self.version)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Everything known of one address."""

    address: str
    services: tuple[Service, ...]
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cpes: tuple[str, ...] = ()
    weaknesses: tuple[Weakness, ...] = ()
    updated: datetime | None = None
    about: Mapping[str, Any] = field(default_factory=dict)  # org, isp, asn, os, country, city ...
    past: tuple[Service, ...] = ()  # all sights of all times, when they were asked for
    left_out: int = 0  # services, names and weaknesses beyond what is kept

    @property
    def open_ports(self) -> frozenset[int]:
        return frozenset(each.port for each in self.services)


def summary(answer: Any, asked: str, source: str) -> Host:
    """An answer of InternetDB: ports without protocols, and everything by version alone.

    Raises:
        Changed: it is about another address, or one of its lists is not there.
    """
    _same(shape.require(answer, "ip", str, source=source), asked, source)
    lists = {name: shape.require(answer, name, list, source=source) for name in ("ports", "hostnames", "vulns")}
    ports = _ports(lists["ports"], source)
    cpes = shape.texts(answer, "cpes")
    names = _names(lists["hostnames"])
    weaknesses = sorted(map(Weakness, named(lists["vulns"])), key=lambda each: each.order)
    return Host(
        address=asked,
        services=tuple(Service(port=port) for port in ports[:MOST_SERVICES]),
        names=names[:MOST_NAMES],
        tags=tags(answer),
        cpes=tuple(map(clean, cpes[:MOST_SERVICES])),
        weaknesses=tuple(weaknesses[:MOST]),
        left_out=_beyond((ports, MOST_SERVICES), (names, MOST_NAMES), (weaknesses, MOST)),
    )


def detailed(answer: Any, asked: str, source: str, *, past: bool = False) -> Host:
    """An answer of Shodan's REST API with its banners, with `past` those of all times.

    Raises:
        Changed: it is about another address, or its ports or banners are no lists.
    """
    _same(shape.require(answer, "ip_str", str, source=source), asked, source)
    ports = _ports(shape.require(answer, "ports", list, source=source), source)
    banners = shape.perhaps(answer, "data", list, source=source) or []
    sights = [(service, each) for each in banners if (service := _service(each))]
    services = _services([service for service, _ in sights if not past or service.port in ports], ports)
    shown = set(map(id, services))
    current = [each for service, each in sights if id(service) in shown] if past else banners
    names = _names([*shape.texts(answer, "hostnames"), *(name for each in services for name in each.names)])
    cpes = list(dict.fromkeys(cpe for each in services for cpe in each.cpes))
    weaknesses = gathered(shape.dig(answer, "vulns"), current)
    former = {(service.port, service.transport) for service, _ in sights if past and service.seen is not None}
    return Host(
        address=asked,
        services=services[:MOST_SERVICES],
        names=names[:MOST_NAMES],
        tags=tags(answer),
        cpes=tuple(cpes[:MOST_SERVICES]),
        weaknesses=weaknesses[:MOST],
        updated=shape.when(answer, "last_update"),
        past=tuple(service for service, _ in sights) if past else (),
        about={name: about for name in ABOUT if (about := clean(shape.text(answer, name)))} | _place(answer),
        left_out=_beyond(
            *((services, MOST_SERVICES), (names, MOST_NAMES), (weaknesses, MOST), (cpes, MOST_SERVICES)),
            (former, MOST_PAST),
        ),
    )


def _beyond(*kept: tuple[Sized, int]) -> int:
    """How many are beyond what is kept of each."""
    return sum(max(0, len(all_) - most) for all_, most in kept)


ABOUT = ("org", "isp", "asn", "os", "country_code", "country_name", "region_code", "city")


def _place(answer: Any) -> dict[str, float]:
    found = {name: shape.number(answer, name) for name in ("latitude", "longitude")}
    return {name: value for name, value in found.items() if value is not None and abs(value) <= 180}


def tags(answer: Any) -> tuple[str, ...]:
    """The words that the source hangs on something."""
    spelled = (each.lower() for each in shape.texts(answer, "tags"))
    return tuple(dict.fromkeys(each for each in spelled if re.fullmatch(r"[a-z0-9 _.-]{1,40}", each)))[:MOST_TAGS]


def clean(text: str, most: int = SHORT) -> str:
    """A text on one line without control characters, cut where nobody reads on."""
    shown = CONTROL.sub(" ", ESCAPE.sub("", text[: most * 4])).strip()
    return shown if len(shown) <= most else f"{shown[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _same(said: str, asked: str, source: str) -> None:
    if str(canonical(said)) != asked:
        raise Changed(
            noted("{source} answered about another address than {asked}.", source=source, asked=asked),
            source=source,
            path="ip",
        )


def _ports(found: list[Any], source: str) -> list[int]:
    """Raises:
    Changed: not one of them is a port.
    """
    ports = sorted({each for each in found if type(each) is int and 0 <= each <= 65535})
    if found and not ports:
        raise shape.differs(source, "ports.0", noted("a port number"), found[0])
    return ports


def _names(found: Iterable[Any]) -> tuple[str, ...]:
    """Host names in lower case, wildcards with their star, in their order."""
    spelled = (each.strip().lower().rstrip(".") for each in found if isinstance(each, str))
    return tuple(dict.fromkeys(each for each in spelled if is_host(each.removeprefix("*."))))


def _services(sights: list[Service], ports: list[int]) -> tuple[Service, ...]:
    """One for each port and protocol, by its newest banner; ports without a banner too."""
    newest: dict[tuple[int, str], Service] = {}
    for service in sights:
        before = newest.get((service.port, service.transport))
        if before is None or _is_newer(service, before):
            newest[service.port, service.transport] = service
    told = {port for port, _ in newest}
    silent = [Service(port=port) for port in ports if port not in told]
    return tuple(sorted([*newest.values(), *silent], key=lambda each: (each.port, each.transport)))


def _is_newer(service: Service, before: Service) -> bool:
    return service.seen is not None and (before.seen is None or service.seen > before.seen)


def _service(banner: Any) -> Service | None:
    """One banner; None when it names no port."""
    port = shape.dig(banner, "port")
    if type(port) is not int or not 0 <= port <= 65535:
        return None
    transport = shape.text(banner, "transport").lower()
    return Service(
        port=port,
        transport=transport if transport in ("tcp", "udp") else "",
        product=clean(shape.text(banner, "product"), 100),
        version=clean(shape.text(banner, "version"), 60),
        module=clean(shape.text(banner, "_shodan", "module"), 60).lower(),
        banner=clean(shape.text(banner, "data"), BANNER),
        cpes=tuple(clean(each) for each in (shape.texts(banner, "cpe23") or shape.texts(banner, "cpe"))[:20]),
        names=_certificate_names(shape.mapping(banner, "ssl", "cert")),
        seen=shape.when(banner, "timestamp"),
        http=_http(shape.mapping(banner, "http")),
        tls=_tls(shape.mapping(banner, "ssl")),
        ssh=_ssh(shape.mapping(banner, "ssh")),
    )


def _http(told: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "status": shape.whole(told, "status"),
        "title": clean(shape.text(told, "title")),
        "server": clean(shape.text(told, "server")),
        "redirects_to": clean(shape.text(told, "location")),
        "components": [clean(each, 60) for each in list(shape.mapping(told, "components"))[:30]],
        "favicon_hash": shape.whole(told, "favicon", "hash"),
        "html_hash": shape.whole(told, "html_hash"),
        "security_txt": bool(shape.text(told, "securitytxt")) or None,
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _tls(told: Mapping[str, Any]) -> dict[str, Any]:
    cert = shape.mapping(told, "cert")
    versions = [clean(each, 20) for each in shape.texts(told, "versions")[:20]]
    expires = shape.when(cert, "expires")
    found = {
        "subject": clean(shape.text(cert, "subject", "CN")),
        "issuer": clean(", ".join(filter(None, (shape.text(cert, "issuer", part) for part in ("O", "CN"))))),
        "issued": shape.when(cert, "issued"),
        "expires": expires,
        "expired": True if shape.dig(cert, "expired") is True else None,
        "sha256": digits(shape.text(cert, "fingerprint", "sha256"), 64),
        "serial": clean(shape.text(cert, "serial"), 60),
        "jarm": digits(shape.text(told, "jarm"), 62),
        "ja3s": digits(shape.text(told, "ja3s"), 32),
        "cipher": clean(shape.text(told, "cipher", "name"), 60),
        "versions": [each for each in versions if each and not each.startswith("-")],
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _ssh(told: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "type": clean(shape.text(told, "type"), 40),
        "fingerprint": clean(shape.text(told, "fingerprint"), 100),
        "hassh": digits(shape.text(told, "hassh"), 32),
    }
    return {name: value for name, value in found.items() if value}


def digits(text: str, length: int) -> str:
    """A fingerprint in hexadecimal of that length; "" for anything else."""
    low = text.strip().lower().replace(":", "")
    return low if re.fullmatch(rf"[0-9a-f]{{{length}}}", low) else ""


def _certificate_names(cert: Mapping[str, Any]) -> tuple[str, ...]:
    """The names a certificate is for: the subject's, and those of its extension (RFC 5280 4.2.1.6)."""
    spelled = [shape.text(cert, "subject", "CN")]
    for extension in shape.mappings(cert, "extensions")[:50]:
        if shape.text(extension, "name") == "subjectAltName":
            spelled += _alternative(ESCAPED.sub(_byte, shape.text(extension, "data")[:40_000]))
    return _names(spelled)[:MOST_NAMES]


def _alternative(der: str) -> list[str]:
    """The dNSName entries of a subjectAltName, which Shodan gives as the extension's bytes: 0x82, length, name."""
    starts = [place for place, sign in enumerate(der[:-1]) if sign == DNS_NAME]
    return [der[start + 2 : start + 2 + ord(der[start + 1])] for start in starts]


def _byte(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else {"n": "\n", "r": "\r", "t": "\t"}.get(escape[2], escape[2])
