"""A healthy invented zone for the tests of the dns collector, with keys made on the spot."""

from __future__ import annotations

import base64
from functools import cache

import dns.dnssec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dns.name import from_text

from core.models import Fact, Finding
from tests.collectors.canned import Canned, World

SOA = "ns1.example.net. ada\\.dns.example.org. 7 3600 600 86400 60"
POLICY = "version: STSv1\nmode: enforce\nmx: mx1.example.net\nmx: *.mail.example.net\nmax_age: 86400\n"


@cache
def rsa_key(bits: int) -> str:
    """A public key as DKIM publishes it."""
    public = generate_private_key(65537, bits).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def long_text(text: str) -> str:
    """A TXT record's text in strings of at most 255 bytes, as zone files need it."""
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))


def healthy(world: World) -> None:
    """example.com with every record type that is asked for, and all that they lead to."""
    add = world.dns.add
    add("example.com", "A", "192.0.2.10", ttl=3600)
    add("example.com", "AAAA", "2001:db8::10", ttl=60)
    add("example.com", "MX", "10 mx1.example.net.", "20 a.mail.example.net.")
    add("example.com", "NS", "ns1.example.net.", "ns1.example.org.")
    add("example.com", "SOA", SOA)
    add("example.com", "TXT", '"v=spf1 include:_spf.example.net ip4:192.0.2.0/24 -all"', '"docusign=0000-example"')
    add("example.com", "CAA", '0 issue "letsencrypt.org"', '0 iodef "mailto:security@example.com"')
    add("example.com", "HTTPS", '1 . alpn="h3" ipv4hint=192.0.2.11')
    add("example.com", "NAPTR", '10 100 "s" "SIP+D2T" "" _sip._tcp.example.com.')
    add("example.com", "HINFO", '"AMD64" "LINUX"')
    add("example.com", "LOC", "51 30 12.000 N 0 7 39.000 W 20m 10m 100m 10m")
    add("example.com", "SSHFP", "4 2 " + "ab" * 32)
    add("example.com", "RP", "ada.example.com. .")
    add("example.com", "NSEC3PARAM", "1 0 0 -")
    _signed(world)
    _mail(world)
    add("_sip._tls.example.com", "SRV", "10 50 5061 sip.example.com.")
    add("_dns.example.com", "SVCB", "1 dns.example.com. alpn=dot")
    add("_http._tcp.example.com", "URI", '10 1 "https://www.example.com/"')
    add("_443._tcp.example.com", "TLSA", "3 1 1 " + "cd" * 32)
    for name, address in (("mx1.example.net", "192.0.2.25"), ("a.mail.example.net", "198.51.100.25")):
        add(name, "A", address)
    for name, address in (("ns1.example.net", "192.0.2.53"), ("ns1.example.org", "198.51.100.53")):
        add(name, "A", address)
    add("10.2.0.192.in-addr.arpa", "PTR", "www.example.com.")
    add("www.example.com", "A", "192.0.2.10")


def _signed(world: World) -> None:
    key = dns.dnssec.make_dnskey(Ed25519PrivateKey.from_private_bytes(b"7" * 32).public_key(), "ED25519", flags=257)
    digest = dns.dnssec.make_ds(from_text("example.com"), key, "SHA256").to_text()
    world.dns.add("example.com", "DNSKEY", key.to_text())
    world.dns.add("example.com", "DS", digest)
    world.dns.add("example.com", "CDS", digest)
    world.dns.ad = True


def _mail(world: World) -> None:
    add = world.dns.add
    add("_spf.example.net", "TXT", '"v=spf1 ip4:198.51.100.0/24 -all"')
    add("_dmarc.example.com", "TXT", '"v=DMARC1; p=reject; rua=mailto:dmarc@example.com,mailto:r@example.net"')
    add("example.com._report._dmarc.example.net", "TXT", '"v=DMARC1"')
    add("s1._domainkey.example.com", "TXT", long_text(f"v=DKIM1; k=rsa; p={rsa_key(2048)}"))
    add("_mta-sts.example.com", "TXT", '"v=STSv1; id=20260101"')
    world.http.on("mta-sts.example.com", "/.well-known/mta-sts.txt", Canned(text=POLICY))
    add("_smtp._tls.example.com", "TXT", '"v=TLSRPTv1; rua=mailto:tls@example.com"')
    add("default._bimi.example.com", "TXT", '"v=BIMI1; l=https://example.com/l.svg; a=https://example.com/a.pem"')


def checks(findings: list[Finding]) -> dict[str, Finding]:
    """The graded checks by name."""
    return {finding.value: finding for finding in findings if finding.kind is Fact.POSTURE}


def grades(findings: list[Finding]) -> dict[str, str]:
    return {name: str(finding.attributes["grade"]) for name, finding in checks(findings).items()}


def values(findings: list[Finding], kind: str, role: str = "") -> list[str]:
    """The values of one kind, and of one role where that is given."""
    found = [each for each in findings if each.kind == kind and role in ("", each.attributes.get("role"))]
    return sorted(each.value for each in found)
