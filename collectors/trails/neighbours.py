"""What lies beside an address, and which names were seen at it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.names import is_host
from core.language.noted import noted
from core.models import Finding, Kind

if TYPE_CHECKING:
    from collectors.fetch import Reply

Network = IPv4Network | IPv6Network
MOST_BLOCKS = 500
MOST_NAMES = 2_000  # at one address
MOST_BESIDE = 20  # hostnames of one neighbour
NETWORK = re.compile(r"[0-9a-fA-F:.]{2,45}(/\d{1,3})?")


def neighbour_findings(reply: Reply, ip: str) -> Iterator[Finding]:
    """The names seen on an address, and what lies beside it."""
    for block in shape.mappings(None if reply.absent else reply.json(), "blocks")[:MOST_BLOCKS]:
        names = hosts_of(block)
        network = _network(shape.text(block, "ip"))
        if network is None:
            continue
        own = ip_address(ip) in network
        for name in names if own and network.num_addresses == 1 else ():
            yield reply.finding(
                Kind.DOMAIN,
                name,
                context=noted("SecurityTrails has seen it at {address}.", address=ip),
                role="name at the address",
                address=ip,
            )
        if not own or network.num_addresses > 1:
            yield _neighbour(reply, block, network, names, own=own)


def unread(reply: Reply) -> int:
    """How many elements name no address and no network."""
    blocks = shape.items(None if reply.absent else reply.json(), "blocks")[:MOST_BLOCKS]
    return sum(_network(shape.text(each, "ip")) is None for each in blocks)


def _neighbour(reply: Reply, block: Mapping[str, Any], network: Network, names: list[str], *, own: bool) -> Finding:
    single = network.num_addresses == 1
    sites = shape.whole(block, "sites")
    ports = sorted(
        {port for each in shape.items(block, "ports")[:1000] if (port := shape.whole(each)) and 0 < port < 65536}
    )
    return reply.finding(
        Kind.IP if single else Kind.CIDR,
        str(network.network_address if single else network),
        context=noted("The target lies in it.")
        if own
        else noted("Lies beside the target, which ties them by place alone."),
        role="own block" if own else "neighbour",
        names=names[:MOST_BESIDE],
        name_count=len(names),
        sites=sites if sites is not None else len(shape.items(block, "sites")),
        ports=ports,
    )


def hosts_of(block: Any) -> list[str]:
    named = [each.strip().lower().rstrip(".") for each in shape.texts(block, "hostnames")[:MOST_NAMES]]
    return list(dict.fromkeys(each for each in named if is_host(each)))


def _network(text: str) -> Network | None:
    """The network a text means, None when it means none; an address is a network of one."""
    bare = text.strip()
    if not NETWORK.fullmatch(bare):
        return None
    try:
        return ip_network(bare, strict=False)
    except ValueError:
        return None


def _port(said: Any) -> int:
    """A port's number; 0 for what is none."""
    number = shape.whole(said) or 0
    return number if 0 < number < 65536 else 0
