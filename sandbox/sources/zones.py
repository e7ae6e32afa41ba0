"""The zones of the invented world, read from zone files, delegated from their parents and signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import dns.dnssec
import dns.dnssectypes
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.rdtypes.ANY.DNSKEY import DNSKEY

FILES = Path(__file__).with_name("world") / "zones"
PARENTS = (".", "arpa.", "com.", "example.", "in-addr.arpa.", "ip6.arpa.", "net.", "org.", "test.")
SIGNED = frozenset({".", "com.", "net.", "example.com.", "example.net."})
FLOODED = "hostile.test."
FLOOD_STRINGS = 170  # of 255 octets each: over 40 kB, the most one answer may hold is 64 kB
PARENT_TEXT = """\
$TTL 86400
@ SOA a.nic.test. hostmaster.nic.test. 2026112300 1800 900 604800 900
@ NS a.nic.test.
@ NS b.nic.test.
"""
NIC_ADDRESSES = (("a.nic.test.", "198.51.100.1"), ("b.nic.test.", "198.51.100.2"))
KEYS_FOR_KSK = {dns.rdatatype.DNSKEY, dns.rdatatype.CDS, dns.rdatatype.CDNSKEY}


@dataclass(frozen=True, slots=True)
class Zone:
    """A loaded zone, with every name that exists in it: owners and the empty names between."""

    content: dns.zone.Zone
    names: frozenset[dns.name.Name]
    signed: bool

    @property
    def origin(self) -> dns.name.Name:
        assert self.content.origin is not None
        return self.content.origin

    def rdataset(
        self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType, covers: dns.rdatatype.RdataType = dns.rdatatype.NONE
    ) -> dns.rdataset.Rdataset | None:
        """The records of a type at a name, None when there are none."""
        return self.content.get_rdataset(name, rdtype, covers)


class Zones:
    """All zones by origin; the deepest one that covers a name is the one that answers."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        self.by_origin = {zone.origin: zone for zone in zones}

    def covering(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType = dns.rdatatype.NONE) -> Zone:
        """The zone that answers for a name; a DS question goes to the parent (RFC 4035 3.1.4.1)."""
        start = name.parent() if rdtype == dns.rdatatype.DS and name != dns.name.root else name
        while start not in self.by_origin:
            start = start.parent()
        return self.by_origin[start]

    def texts(self, name: str, rdtype: str) -> list[str]:
        """The records of a type at a name as text, sorted; the other sources take such facts from here."""
        owner, kind = dns.name.from_text(name), dns.rdatatype.from_text(rdtype)
        records = self.covering(owner, kind).rdataset(owner, kind)
        return sorted(record.to_text() for record in records or ())


def load(now: datetime) -> Zones:
    """Read the zone files, add the parents' delegations, and sign what is signed from `now` on."""
    contents = {path.stem + ".": _read(path.read_text("utf-8"), path.stem + ".") for path in FILES.glob("*.zone")}
    _flood(contents[FLOODED])
    contents |= {origin: _read(PARENT_TEXT, origin) for origin in PARENTS}
    for name, address in NIC_ADDRESSES:
        _put(contents["test."], name, "A", 86400, [address])
    for origin in sorted(contents, key=len, reverse=True):  # children first: a parent signs their DS
        _sign_and_delegate(contents, origin, now)
    return Zones(_closed(content, origin in SIGNED) for origin, content in contents.items())


def _read(text: str, origin: str) -> dns.zone.Zone:
    return dns.zone.from_text(text, origin=origin, relativize=False)


def _flood(content: dns.zone.Zone) -> None:
    assert content.origin is not None
    flood = " ".join(f'"{chr(97 + number % 26) * 255}"' for number in range(FLOOD_STRINGS))
    _put(content, content.origin.to_text(), "TXT", 300, [flood])


def _put(content: dns.zone.Zone, name: str, rdtype: str, ttl: int, texts: Iterable[str]) -> None:
    fresh = dns.rdataset.from_text_list("IN", rdtype, ttl, list(texts))
    owner = dns.name.from_text(name)
    kept = content.find_rdataset(owner, fresh.rdtype, create=True)
    for record in fresh:
        kept.add(record, ttl)


def _sign_and_delegate(contents: dict[str, dns.zone.Zone], origin: str, now: datetime) -> None:
    content = contents[origin]
    delegation_signers = _sign(content, now) if origin in SIGNED else []
    parent = _parent_of(origin, contents)
    if parent is None:
        return
    servers = content.get_rdataset(dns.name.from_text(origin), dns.rdatatype.NS) or ()
    _put(contents[parent], origin, "NS", 86400, [server.to_text() for server in servers])
    if delegation_signers:
        _put(contents[parent], origin, "DS", 86400, delegation_signers)


def _parent_of(origin: str, contents: Iterable[str]) -> str | None:
    above = [other for other in contents if other not in (origin, ".") and origin.endswith("." + other)]
    return max(above, key=len, default=None if origin == "." else ".")


def _sign(content: dns.zone.Zone, now: datetime) -> list[str]:
    """Add keys and signatures; gives the DS texts for the parent.

    Denials get no proof (no NSEC chain): nobody here validates them. The keys follow from the
    name, so that DS and DNSKEY are the same at every start.
    """
    assert content.origin is not None
    origin = content.origin
    pairs = {flags: _key(origin, flags) for flags in (257, 256)}
    keys = [public for _, public in pairs.values()]
    signer = dns.dnssec.make_ds(origin, keys[0], "SHA256").to_text()
    _put(content, origin.to_text(), "DNSKEY", 3600, [key.to_text() for key in keys])
    _put(content, origin.to_text(), "CDS", 3600, [signer])
    for owner, rdataset in list(content.iterate_rdatasets()):
        if rdataset.rdtype == dns.rdatatype.NS and owner != origin:
            continue  # a delegation is the child's to sign (RFC 4035 2.2)
        private, public = pairs[257 if rdataset.rdtype in KEYS_FOR_KSK else 256]
        signature = dns.dnssec.sign(
            (owner, rdataset), private, origin, public, inception=now - timedelta(days=1), lifetime=31 * 86400
        )
        node = content.find_node(owner)
        node.find_rdataset(dns.rdataclass.IN, dns.rdatatype.RRSIG, rdataset.rdtype, create=True).add(
            signature, rdataset.ttl
        )
    return [signer]


def _key(origin: dns.name.Name, flags: int) -> tuple[ec.EllipticCurvePrivateKey, DNSKEY]:
    seed = hashlib.sha256(f"stand-in key {origin} {flags}".encode()).digest()
    private = ec.derive_private_key(int.from_bytes(seed) >> 8, ec.SECP256R1())
    public = dns.dnssec.make_dnskey(private.public_key(), dns.dnssectypes.Algorithm.ECDSAP256SHA256, flags=flags)
    return private, public


def _closed(content: dns.zone.Zone, signed: bool) -> Zone:
    assert content.origin is not None
    names = set(content.nodes)
    for owner in content.nodes:
        above = owner
        while above != content.origin:
            above = above.parent()
            names.add(above)
    return Zone(content=content, names=frozenset(names), signed=signed)
