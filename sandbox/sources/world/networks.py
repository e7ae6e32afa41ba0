"""Address ranges and network numbers of the invented world, and which registry answers for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from sandbox.sources.world import hostile
from sandbox.sources.world.parties import EXAMPLE_CORP, EXAMPLE_HOSTING, RENTED, Party


@dataclass(frozen=True, slots=True)
class Registry:
    """A regional registry: where it answers over RDAP and over port 43."""

    name: str
    rdap_host: str
    rdap_path: str
    whois: str


ARIN = Registry("ARIN", "rdap.arin.net", "/registry/", "whois.arin.net")
APNIC = Registry("APNIC", "rdap.apnic.net", "/", "whois.apnic.net")
RIPE = Registry("RIPE", "rdap.db.ripe.net", "/", "whois.ripe.net")


@dataclass(frozen=True, slots=True)
class Network:
    """An address range as its registry knows it."""

    prefix: IPv4Network | IPv6Network
    name: str
    handle: str
    parent: str
    holder: Party
    registry: Registry
    registered: datetime
    changed: datetime
    origin: int  # the AS number that announces it
    kind: str = "ASSIGNMENT"
    flooded: bool = False  # its answers carry 5 MB of remarks


@dataclass(frozen=True, slots=True)
class Autnum:
    """A network number as its registry knows it."""

    number: int
    name: str
    holder: Party
    registry: Registry
    registered: datetime
    changed: datetime


NETWORKS = (
    Network(
        prefix=ip_network("192.0.2.0/24"),
        name="EXAMPLE-NET",
        handle="NET-192-0-2-0-1",
        parent="NET-192-0-0-0-0",
        holder=EXAMPLE_CORP,
        registry=ARIN,
        registered=datetime(2009, 6, 29, 15, tzinfo=UTC),
        changed=datetime(2024, 2, 3, 10, tzinfo=UTC),
        origin=64496,
    ),
    Network(
        prefix=ip_network("198.51.100.0/25"),
        name="EXAMPLE-HOSTING",
        handle="NET-198-51-100-0-1",
        parent="NET-198-0-0-0-0",
        holder=EXAMPLE_HOSTING,
        registry=ARIN,
        registered=datetime(2011, 1, 5, 9, tzinfo=UTC),
        changed=datetime(2023, 7, 7, 7, tzinfo=UTC),
        origin=64496,
    ),
    Network(
        prefix=ip_network("198.51.100.128/25"),
        name=hostile.MENTIONS,
        handle=hostile.LINK,
        parent=hostile.ANSI,
        holder=hostile.NOBODY,
        registry=ARIN,
        registered=datetime(2025, 1, 1, tzinfo=UTC),
        changed=datetime(2025, 1, 1, tzinfo=UTC),
        origin=64511,
        kind=hostile.FORMULA,
    ),
    Network(
        prefix=ip_network("198.51.100.192/26"),
        name="FLOOD-NET",
        handle="NET-198-51-100-192-1",
        parent="NET-198-51-100-128-1",
        holder=hostile.NOBODY,
        registry=ARIN,
        registered=datetime(2025, 1, 2, tzinfo=UTC),
        changed=datetime(2025, 1, 2, tzinfo=UTC),
        origin=64511,
        flooded=True,
    ),
    Network(
        prefix=ip_network("203.0.113.0/24"),
        name="RENTED-NET",
        handle="203.0.113.0 - 203.0.113.255",
        parent="203.0.0.0 - 203.255.255.255",
        holder=RENTED,
        registry=APNIC,
        registered=datetime(2018, 4, 11, 3, tzinfo=UTC),
        changed=datetime(2026, 1, 20, 6, tzinfo=UTC),
        origin=64511,
        kind="ASSIGNED NON-PORTABLE",
    ),
    Network(
        prefix=ip_network("2001:db8::/32"),
        name="EXAMPLE-NET6",
        handle="2001:db8::/32",
        parent="2001:c00::/23",
        holder=EXAMPLE_CORP,
        registry=APNIC,
        registered=datetime(2012, 9, 9, 9, tzinfo=UTC),
        changed=datetime(2022, 5, 5, 5, tzinfo=UTC),
        origin=64496,
        kind="ALLOCATED PORTABLE",
    ),
)
AUTNUMS = {
    64496: Autnum(
        number=64496,
        name="EXAMPLE-AS",
        holder=EXAMPLE_CORP,
        registry=ARIN,
        registered=datetime(2009, 6, 29, 15, tzinfo=UTC),
        changed=datetime(2024, 2, 3, 10, tzinfo=UTC),
    ),
    64511: Autnum(
        number=64511,
        name="RENTED-AS",
        holder=RENTED,
        registry=APNIC,
        registered=datetime(2018, 4, 11, 3, tzinfo=UTC),
        changed=datetime(2026, 1, 20, 6, tzinfo=UTC),
    ),
}


def network_of(text: str) -> Network | None:
    """The narrowest range that holds an address or a range; None when nobody in this world has it.

    Raises ValueError for text that is neither.
    """
    asked = ip_network(text, strict=False)
    holding = [
        network
        for network in NETWORKS
        if network.prefix.version == asked.version
        and int(network.prefix.network_address) <= int(asked.network_address)
        and int(asked.broadcast_address) <= int(network.prefix.broadcast_address)
    ]
    return max(holding, key=lambda network: network.prefix.prefixlen, default=None)
