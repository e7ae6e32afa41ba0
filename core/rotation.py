"""Addresses that change by themselves: those of a CDN or a balancer, which hands out another few at each question.

An address rotates when it lies in the networks of a CDN, when the name is an alias into somebody else's zone, or when
its record lives for moments only. It is noise as long as it stays with its keeper: the same CDN, the same alias, the
same owner, the same site of confirmed reverse names, or the same network (/24, /48). A move to another keeper is news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from core.meaning import text_of
from core.models import Finding, Kind
from core.targets.suffixes import registrable

ADDRESSES = frozenset({"address", "address hint", "resolved", "served from", "contacted"})
"""Roles in which an address is where a name leads, and no address by itself."""

# As the providers publish them: cloudflare.com/ips, api.fastly.com/public-ip-list, and the widest blocks of
# d7uri8nf7uskq.cloudfront.net/tools/list-cloudfront-ips. A block that is missing here makes a rotation look like a
# change, never the other way round.
CDNS: Mapping[str, tuple[str, ...]] = {
    "Cloudflare": (
        *("173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18"),
        *("108.162.192.0/18", "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17"),
        *("162.158.0.0/15", "104.16.0.0/13", "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22"),
        *("2400:cb00::/32", "2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32"),
        *("2a06:98c0::/29", "2c0f:f248::/32"),
    ),
    "Fastly": (
        *("23.235.32.0/20", "43.249.72.0/22", "103.244.50.0/24", "103.245.222.0/23", "103.245.224.0/24"),
        *("104.156.80.0/20", "140.248.64.0/18", "140.248.128.0/17", "146.75.0.0/17", "151.101.0.0/16"),
        *("157.52.64.0/18", "167.82.0.0/17", "172.111.64.0/18", "185.31.16.0/22", "199.27.72.0/21"),
        *("199.232.0.0/16", "2a04:4e40::/32", "2a04:4e42::/32"),
    ),
    "CloudFront": (
        *("13.32.0.0/15", "13.35.0.0/16", "13.224.0.0/14", "13.249.0.0/16", "18.64.0.0/14", "18.154.0.0/15"),
        *("18.160.0.0/15", "18.164.0.0/15", "18.172.0.0/15", "18.238.0.0/15", "18.244.0.0/15", "52.84.0.0/15"),
        *("54.182.0.0/16", "54.192.0.0/16", "65.8.0.0/16", "99.84.0.0/16", "99.86.0.0/16", "108.138.0.0/15"),
        *("108.156.0.0/14", "143.204.0.0/16", "2600:9000::/28"),
    ),
}

FRONTS = (
    "akamai",
    "cloudflare",
    "fastly",
    "cloudfront",
    "imperva",
    "incapsula",
    "edgecast",
    "cdn77",
    "bunny",
    "sucuri",
)
"""Words in the names of owners whose trade is to hand out addresses in turn."""


@dataclass(frozen=True, slots=True)
class Keepers:
    """Who keeps each address of one look of one collector, for those that rotate."""

    by_address: Mapping[str, frozenset[str]]

    @property
    def all(self) -> frozenset[str]:
        return frozenset().union(*self.by_address.values()) if self.by_address else frozenset()


def keepers(findings: Sequence[Finding], target: str) -> Keepers:
    """For each address that rotates, its keepers; `target` is the name that was asked about."""
    alias = _alias(findings, target)
    sites = _sites(findings)
    kept: dict[str, frozenset[str]] = {}
    for each in findings:
        if each.kind != Kind.IP or text_of(each, "role") not in ADDRESSES:
            continue
        if found := _of(each, alias, sites.get(each.value, "")):
            kept[each.value] = kept.get(each.value, frozenset()) | found
    return Keepers(kept)


def is_rotated(finding: Finding, here: Keepers, there: Keepers) -> bool:
    """Whether this finding of one look is of an address that only rotated: the other look has others of its keeper."""
    named = finding.attributes.get("address")
    address = finding.value if finding.kind == Kind.IP else named if isinstance(named, str) else ""
    return bool(here.by_address.get(address, frozenset()) & there.all)


@cache
def cdn_of(address: str) -> str:
    """The CDN whose networks an address lies in; "" when in none of ours."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return next((name for name, network in _networks() if parsed in network), "")


def _of(each: Finding, alias: str, site: str) -> frozenset[str]:
    cdn = cdn_of(each.value)
    found = {f"cdn {cdn}"} if cdn else set()
    if alias:
        found.add(f"alias {alias}")
    found |= {f"owner {name}" for name in _owners(each) if any(word in name for word in FRONTS)}
    fleeting = each.attributes.get("volatile") is True or each.attributes.get("role") != "address"
    if fleeting:
        found |= {f"owner {name}" for name in _owners(each)} | {f"net {_around(each.value)}"}
        found |= {f"site {site}"} if site else set()
    return frozenset(found)


def _owners(each: Finding) -> Iterable[str]:
    for name in ("owner", "organisation", "asn"):
        value = each.attributes.get(name)
        if isinstance(value, str) and value.strip():
            yield value.strip().casefold()


def _around(address: str) -> str:
    """The network that one keeper's addresses mostly share: /24, or /48 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def _alias(findings: Sequence[Finding], target: str) -> str:
    """The last name of the alias chain, when it is in somebody else's zone."""
    steps = [each for each in findings if each.kind == Kind.DOMAIN and each.attributes.get("role") == "alias"]
    last = max(steps, key=lambda each: (_step(each), each.value), default=None)
    own = registrable(target)
    return last.value if last is not None and own and registrable(last.value) != own else ""


def _step(each: Finding) -> int:
    place = each.attributes.get("place")
    return place if isinstance(place, int) else 0


def _sites(findings: Sequence[Finding]) -> dict[str, str]:
    """For each address, the site of its confirmed reverse name."""
    named: dict[str, str] = {}
    for each in sorted(findings, key=lambda each: each.value):
        about = each.attributes
        if about.get("role") == "reverse name" and about.get("forward_confirmed") is True:
            named.setdefault(str(about.get("address", "")), registrable(each.value) or "")
    return named


@cache
def _networks() -> tuple[tuple[str, IPv4Network | IPv6Network], ...]:
    return tuple((name, ip_network(text)) for name, texts in CDNS.items() for text in texts)
