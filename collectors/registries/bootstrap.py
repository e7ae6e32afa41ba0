"""Which RDAP server answers for a name, network or AS number: IANA's bootstrap files (RFC 9224).

A dated copy of IANA's files ships in collectors/bootstrap; `refresh` fetches newer ones into the data
directory, where they are preferred from then on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ada_url

from collectors import shape
from collectors.registries.rdap import network_of
from core.errors import Changed
from core.language import N_
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch

SHIPPED = Path(__file__).parent.parent / "bootstrap"
IANA = "https://data.iana.org/rdap/"
IANA_HOST = "data.iana.org"
LEAST = {"dns": 500, "ipv4": 150, "ipv6": 15, "asn": 50}
"""Fewer keys than this in a fetched file mean that something else than IANA's file was sent."""

# RDAP servers of large registrars, after IANA's list of registrar ids. Thin registries point to their
# registrars, and only these are followed: a link in an answer must not choose whom we connect to.
REGISTRARS = frozenset(
    {
        "opensrs.rdap.tucows.com",
        "rdap.cloudflare.com",
        "rdap.cscglobal.com",
        "rdap.gandi.net",
        "rdap.godaddy.com",
        "rdap.markmonitor.com",
        "rdap.namecheap.com",
        "rdap.networksolutions.com",
    }
)


@dataclass(frozen=True)
class Registry:
    """One bootstrap file, read: keys and the base URL that answers for them."""

    published: datetime
    bases: dict[str, str] = field(repr=False)

    @cached_property
    def networks(self) -> list[tuple[IPv4Network | IPv6Network, str]]:
        """The keys as networks, longest prefix first."""
        found = [(network, base) for key, base in self.bases.items() if (network := network_of(key))]
        return sorted(found, key=lambda pair: -pair[0].prefixlen)

    @cached_property
    def ranges(self) -> list[tuple[int, int, str]]:
        """The keys as ranges of AS numbers."""
        found = []
        for key, base in self.bases.items():
            first, _, last = key.partition("-")
            if first.isdecimal() and (last or first).isdecimal():
                found.append((int(first), int(last or first), base))
        return found


@dataclass(frozen=True)
class Bootstrap:
    """The four files together."""

    dns: Registry
    ipv4: Registry
    ipv6: Registry
    asn: Registry

    def for_domain(self, domain: str) -> str | None:
        """The base URL for a domain: the longest suffix listed (RFC 9224 section 4)."""
        labels = domain.split(".")
        suffixes = (".".join(labels[start:]) for start in range(1, len(labels)))
        return next((base for suffix in suffixes if (base := self.dns.bases.get(suffix))), None)

    def for_network(self, network: IPv4Network | IPv6Network) -> str | None:
        """The base URL for an address or network: the longest prefix that holds it (section 5.1, 5.2)."""
        registry = self.ipv4 if network.version == 4 else self.ipv6
        inside = (base for listed, base in registry.networks if _holds(listed, network))
        return next(inside, None)

    def for_asn(self, number: int) -> str | None:
        """The base URL for an AS number (section 5.3)."""
        return next((base for first, last, base in self.asn.ranges if first <= number <= last), None)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Every host that may be asked over RDAP."""
        files = (self.dns, self.ipv4, self.ipv6, self.asn)
        return frozenset(host_in(base) for registry in files for base in registry.bases.values()) | REGISTRARS

    def allows(self, url: str) -> bool:
        """Whether a link in an answer leads to a host of the list, over HTTPS, on the usual port."""
        try:
            parts = ada_url.URL(url)
            return parts.protocol == "https:" and parts.port in ("", "443") and host_in(url) in self.hosts
        except ValueError:
            return False


def _holds(listed: IPv4Network | IPv6Network, network: IPv4Network | IPv6Network) -> bool:
    if isinstance(listed, IPv4Network):
        return isinstance(network, IPv4Network) and network.subnet_of(listed)
    return isinstance(network, IPv6Network) and network.subnet_of(listed)


def host_in(url: str) -> str:
    """The host of a URL in lower case, as the door that asks reads it; "" when there is none."""
    try:
        return ada_url.URL(url).hostname.removeprefix("[").removesuffix("]")
    except ValueError:
        return ""


def read(file: Any, name: str) -> Registry:
    """One bootstrap file's JSON value.

    Raises:
        Changed: it has not the shape of RFC 9224 section 3.
    """
    published = shape.when(file, "publication")
    bases: dict[str, str] = {}
    for service in shape.items(file, "services"):
        keys, urls = shape.texts(service, 0), shape.texts(service, 1)
        base = _preferred(urls)
        bases.update({key.lower(): base for key in keys if base})
    if published is None or not bases:
        raise Changed(noted("IANA's list {name}.json has not the shape of RFC 9224.", name=name))
    return Registry(published, bases)


def _preferred(urls: list[str]) -> str:
    """HTTPS before HTTP, with a final slash."""
    fit = sorted((url for url in urls if url.startswith(("https://", "http://")) and host_in(url)), reverse=True)
    return fit[0].rstrip("/") + "/" if fit else ""


def load(directory: Path | None = None) -> Bootstrap:
    """The shipped files, each replaced by the one in `directory` where that is newer and whole."""
    return Bootstrap(**{name: _newest(name, directory) for name in LEAST})


def _newest(name: str, directory: Path | None) -> Registry:
    shipped = read(json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8")), name)
    fetched = _fetched(name, directory)
    return fetched if fetched and fetched.published > shipped.published else shipped


def _fetched(name: str, directory: Path | None) -> Registry | None:
    """A refreshed file; None when there is none, or it can't be read: the shipped one serves then."""
    path = directory / f"{name}.json" if directory else None
    if path is None or not path.is_file():
        return None
    try:
        return _checked(json.loads(path.read_text(encoding="utf-8")), name)
    except (OSError, ValueError, Changed):
        return None


def _checked(file: Any, name: str) -> Registry:
    registry = read(file, name)
    if len(registry.bases) < LEAST[name]:
        said = N_("IANA's list {name}.json names only {number} keys, too few to be whole.")
        raise Changed(noted(said, name=name, number=len(registry.bases)))
    return registry


async def refresh(fetch: Fetch, directory: Path) -> dict[str, datetime]:
    """Fetch IANA's files and keep them in `directory`; a file is written only when it is whole.

    Args:
        fetch: a door whose collector declares data.iana.org, as `whois` does.
        directory: DATA_DIR/bootstrap.

    Returns:
        when each file was published.

    Raises:
        SourceError: a file could not be fetched, or is not IANA's; the ones before it are kept.
    """
    published = {}
    for name in LEAST:
        reply = await fetch.json(f"{IANA}{name}.json", absent=(), source="IANA")
        published[name] = _checked(reply.json(), name).published
        _keep(directory / f"{name}.json", reply.body)
    return published


def _keep(path: Path, body: bytes) -> None:
    """Written beside and moved in place, so that nobody reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_bytes(body)
    beside.replace(path)


def age_days(bootstrap: Bootstrap, now: datetime) -> int:
    """Days since IANA published the list of names we use."""
    return (now.astimezone(UTC) - bootstrap.dns.published).days
