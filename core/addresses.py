"""Which addresses and names are public: everything else is refused with the reason, before anybody touches it.

Ranges come from the IANA special-purpose registries by way of Microsoft's AntiSSRF list, which has an upkeep;
what it leaves out is added here. An IPv4 address hidden inside an IPv6 one is judged by what is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from itertools import takewhile
from string import digits, hexdigits, octdigits

from AntiSSRF import IPAddressRanges

from core.language import N_, tr

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

LONGEST = 253  # no address is written longer than a name may be (RFC 1035 2.3.4)

METADATA = N_("the metadata service of a cloud provider, which hands out keys")
DOCUMENTATION = N_("a documentation address that exists in examples only (RFC 5737, RFC 3849, RFC 9637)")

# The first range that fits gives the reason, so the narrow ones come first.
REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        METADATA,
        (
            *IPAddressRanges.imds,
            *IPAddressRanges.wireserver,
            "169.254.170.2/32",
            "169.254.170.23/32",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "fd00:ec2::254/128",
            "fd00:ec2::23/128",
            "fd20:ce::254/128",
        ),
    ),
    (N_("the broadcast address of the local network (RFC 919)"), IPAddressRanges.broadcast),
    (N_("a loopback address: the machine itself (RFC 1122, RFC 4291)"), IPAddressRanges.loopback),
    (N_("an unspecified address: the machine itself (RFC 1122, RFC 4291)"), IPAddressRanges.unspecified),
    (N_("a private address (RFC 1918)"), IPAddressRanges.private_use),
    (N_("a private address (unique local, RFC 4193)"), IPAddressRanges.unique_local),
    (N_("a private address (site-local, RFC 3879)"), IPAddressRanges.site_local),
    (N_("a shared address behind carrier-grade NAT (RFC 6598)"), IPAddressRanges.shared_address_space),
    (N_("a link-local address (RFC 3927, RFC 4291)"), IPAddressRanges.link_local),
    (N_("a multicast address (RFC 5771, RFC 4291)"), IPAddressRanges.multicast),
    (DOCUMENTATION, IPAddressRanges.documentation),
    (N_("an address for benchmarks (RFC 2544, RFC 5180)"), IPAddressRanges.benchmarking),
    (N_("an address of a local translator (NAT64, RFC 8215)"), ("64:ff9b:1::/48",)),
    (N_("an address for discarding traffic (RFC 6666)"), IPAddressRanges.discard_only),
    (N_("an IPv4-compatible address, a form that was withdrawn (RFC 4291)"), ("::/96",)),
    (N_("a reserved address (RFC 1112)"), IPAddressRanges.reserved),
    (N_("reserved for a special purpose (RFC 6890)"), IPAddressRanges.recommended_latest),
)
REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), reason) for reason, texts in REASONS for text in texts
)
GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA gives out of IPv6 (RFC 4291, RFC 3587)
NOT_GIVEN_OUT = N_("outside 2000::/3, the part of IPv6 that is given out (RFC 4291)")
REFUSED_NETWORK = N_("{network} is {reason}. I look at public networks only.")

MAPPED = IPv6Network("::ffff:0:0/96")
# Prefixes that carry an IPv4 address in their last 32 bits.
AT_THE_END = (
    MAPPED,
    IPv6Network("::ffff:0:0:0/96"),  # SIIT (RFC 2765)
    IPv6Network("64:ff9b::/96"),  # NAT64 (RFC 6052)
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of one network (RFC 8215); its usual length is 96
    IPv6Network("::/96"),
)
UNSPECIFIED_AND_LOOPBACK = (IPv6Address("::"), IPv6Address("::1"))
# What stands before an IPv4 address in the second half of an ISATAP address, with and without the bit that says
# "given out globally" (RFC 5214 6.1).
ISATAP = (0x00005EFE, 0x02005EFE)
# Carriers that the public internet routes: they are as public as what they carry.
ROUTED = (IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"), IPv6Network("2001::/32"))

PRIVATE_SUFFIXES = {
    "localhost": N_("{name} means the machine itself (RFC 6761). I look at public names only."),
    "localdomain": N_("{name} means the machine itself. I look at public names only."),
    "localdomain4": N_("{name} means the machine itself. I look at public names only."),
    "localdomain6": N_("{name} means the machine itself. I look at public names only."),
    "local": N_("{name} is a name of the local network (mDNS, RFC 6762). I look at public names only."),
    "internal": N_("{name} is a private name (reserved by ICANN for private use). I look at public names only."),
    "home.arpa": N_("{name} is a name of a home network (RFC 8375). I look at public names only."),
    "lan": N_("{name} is a name of a local network (RFC 6762, appendix G). I look at public names only."),
    "home": N_("{name} is a name of a local network (RFC 6762, appendix G). I look at public names only."),
    "corp": N_("{name} is a name of a company's own network (RFC 6762, appendix G). I look at public names only."),
    "intranet": N_("{name} is a name of a company's own network (RFC 6762, appendix G). I look at public names only."),
    "private": N_("{name} is a name of a private network (RFC 6762, appendix G). I look at public names only."),
    "consul": N_("{name} is a name of a private network (Consul). I look at public names only."),
    "onion": N_("{name} is a Tor service, which has no public DNS (RFC 7686). I look at public names only."),
    "alt": N_("{name} is not a name of the public DNS (RFC 9476). I look at public names only."),
    "invalid": N_("{name} never exists (RFC 6761). I look at public names only."),
}
METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "metadata.tencentyun.com", "instance-data"}
)


def canonical(text: str) -> Address | None:
    """The address a text means, None when it means none.

    Reads what `inet_aton` and browsers read (decimal, octal and hex, fewer than four parts, one trailing dot),
    IPv6 with or without brackets; a zone is dropped, an IPv4-mapped address becomes IPv4.
    """
    if len(text) > LONGEST or not text.isascii():
        return None
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
        if ":" not in text:
            return None
    if ":" not in text:
        return _inet_aton(text)
    try:
        address = IPv6Address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address


def why_refused(address: Address, allow: Sequence[Network] = ()) -> str | None:
    """A sentence that says why this address is not to be touched; None when it is public or allowed.

    `allow` opens networks, but not what an IPv6 address carries: that has to be public or allowed as well.
    """
    for inner in carried(address):
        if trouble := why_refused(inner, allow):
            hidden = N_("{address} carries {inner}. {why}")
            return trouble if address in MAPPED else tr(hidden, address=address, inner=inner, why=trouble)
    if _covered(address, allow) or (isinstance(address, IPv6Address) and _held(address, (MAPPED, *ROUTED))):
        return None
    reason = _reason(address)
    refused = N_("{address} is {reason}. I look at public addresses only.")
    return tr(refused, address=address, reason=tr(reason)) if reason else None


def why_refused_network(network: Network, allow: Sequence[Network] = ()) -> str | None:
    """The same for a network: one that only touches a refused range is refused too."""
    if any(_within(network, each) for each in allow):
        return None
    for refused, reason in REFUSED:
        if network.overlaps(refused):
            if network.prefixlen >= refused.prefixlen:
                return tr(REFUSED_NETWORK, network=network, reason=tr(reason))
            touches = N_("{network} includes {refused}, {reason}. I look at public networks only.")
            return tr(touches, network=network, refused=refused, reason=tr(reason))
    if network.version == 6 and not _within(network, GLOBAL_UNICAST):
        return tr(REFUSED_NETWORK, network=network, reason=tr(NOT_GIVEN_OUT))
    return None


def why_refused_name(name: str) -> str | None:
    """A sentence that says why this host name is not public DNS; None when it may be looked up.

    .test and .example are reserved for examples (RFC 6761) and allowed. What a name resolves to is another
    question: ask `why_refused` of each address.
    """
    bare = name.rstrip(".").lower()
    if bare in METADATA_NAMES or bare.endswith(".metadata.google.internal"):
        return tr("{name} is the metadata service of a cloud provider, which hands out keys.", name=bare)
    labels = bare.split(".")
    for count in (1, 2):
        if reason := PRIVATE_SUFFIXES.get(".".join(labels[-count:])):
            return tr(reason, name=bare)
    if len(labels) < 2 or not all(labels):
        return tr('"{name}" is not a full name: a public name has at least two parts, like example.com.', name=bare)
    if is_number(labels[-1]):
        return tr("{name} ends in a number, so programs may read it as an address.", name=bare)
    return None


def why_refused_reverse(name: str, allow: Sequence[Network] = ()) -> str | None:
    """A sentence that says why the reverse name of an address or network is not to be asked about.

    A resolver of the inside may know 168.192.in-addr.arpa, and names its servers and machines.
    """
    network = reversed_network(name)
    if network is None or any(_within(network, each) for each in allow):
        return None
    reason = next((reason for refused, reason in REFUSED if _within(network, refused)), None)
    said = N_("{name} is the reverse name of {network}, {reason}. I look at public networks only.")
    return tr(said, name=name, network=network, reason=tr(reason)) if reason else None


def reversed_network(name: str) -> Network | None:
    """The network that a reverse name, or a name below one, stands for (RFC 1035 3.5, RFC 3596 2.5, RFC 2317)."""
    labels = name.rstrip(".").lower().split(".")[::-1]
    if labels[:2] == ["arpa", "in-addr"]:
        parts = list(takewhile(lambda each: each.isascii() and each.isdigit() and int(each[:4]) < 256, labels[2:6]))
        return IPv4Network((int.from_bytes(map(int, parts)) << 32 - 8 * len(parts), 8 * len(parts))) if parts else None
    if labels[:2] == ["arpa", "ip6"]:
        nibbles = "".join(takewhile(lambda each: len(each) == 1 and each in hexdigits, labels[2:34]))
        return IPv6Network((int(nibbles.ljust(32, "0"), 16), 4 * len(nibbles))) if nibbles else None
    return None


def is_number(label: str) -> bool:
    """Whether the last label makes a browser read the whole host as an IPv4 address (WHATWG URL, 4.5.6)."""
    if label.isascii() and label.isdigit():
        return True
    return label[:2] in ("0x", "0X") and all(letter in hexdigits for letter in label[2:])


def carried(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses hidden in an IPv6 one: mapped, compatible, translated, NAT64, 6to4, Teredo and ISATAP."""
    if isinstance(address, IPv4Address) or address in UNSPECIFIED_AND_LOOPBACK:
        return
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if _held(address, AT_THE_END) or int(address) >> 32 & 0xFFFFFFFF in ISATAP:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _within(network: Network, outer: Network) -> bool:
    same = network.version == outer.version
    return same and network.network_address in outer and network.prefixlen >= outer.prefixlen


def _covered(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == each.version and address in each for each in networks)


def _held(address: IPv6Address, networks: Sequence[IPv6Network]) -> bool:
    return any(address in each for each in networks)


def _reason(address: Address) -> str | None:
    for network, reason in REFUSED:
        if address.version == network.version and address in network:
            return reason
    return NOT_GIVEN_OUT if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST else None


def _inet_aton(text: str) -> IPv4Address | None:
    parts = text.removesuffix(".").split(".")
    if len(parts) > 4:
        return None
    numbers = [number for number in map(_number, parts) if number is not None]
    if len(numbers) < len(parts):
        return None
    *heads, last = numbers
    if any(head > 255 for head in heads) or last >= 256 ** (5 - len(parts)):
        return None
    return IPv4Address(sum(head << (8 * (3 - place)) for place, head in enumerate(heads)) + last)


def _number(part: str) -> int | None:
    base, allowed = 10, digits
    if part[:2] in ("0x", "0X"):
        part, base, allowed = part[2:] or "0", 16, hexdigits
    elif len(part) > 1 and part[0] == "0":
        base, allowed = 8, octdigits
    if not part or any(letter not in allowed for letter in part):
        return None
    return int(part, base)
