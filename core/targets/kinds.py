"""One reader per kind of target: what is tried for a bare word, and what a prefix like user: asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.addresses import Network
from core.language import N_
from core.models import Kind, Target
from core.targets.hosts import domain
from core.targets.locators import domain_with_port, email, handle, url
from core.targets.networks import cidr, ip
from core.targets.numbers import asn, bare_digits, hashed, phone, slack_file
from core.targets.people import name, username

Reader = Callable[[str, Sequence[Network]], Target | None]


def anywhere(look: Callable[[str], Target | None]) -> Reader:
    """A reader from a function that does not care which networks are allowed."""

    def read(text: str, _allow: Sequence[Network]) -> Target | None:
        return look(text)

    return read


def said_domain(text: str) -> Target | None:
    return domain(text, said=True)


def said_asn(text: str) -> Target | None:
    return asn(text) or asn(f"AS{text}")


def said_email(text: str) -> Target | None:
    return email(text.partition("?")[0])


def hash_of(length: int) -> Reader:
    return anywhere(lambda text: hashed(text) if len(text) == length else None)


# Tried in this order. No word is taken by two of them: what could be two things is asked about.
BARE: tuple[Reader, ...] = (
    anywhere(hashed),
    bare_digits,
    anywhere(asn),
    cidr,
    ip,
    url,
    anywhere(handle),
    anywhere(email),
    anywhere(phone),
    anywhere(domain_with_port),
    anywhere(domain),
)


@dataclass(frozen=True, slots=True)
class Prefix:
    """What an asker may write before a colon to say which kind is meant."""

    kind: Kind
    read: Reader
    example: str


PREFIXES = {
    "domain": Prefix(Kind.DOMAIN, anywhere(said_domain), "example.com"),
    "ip": Prefix(Kind.IP, ip, "192.0.2.10"),
    "cidr": Prefix(Kind.CIDR, cidr, "192.0.2.0/24"),
    "net": Prefix(Kind.CIDR, cidr, "192.0.2.0/24"),
    "asn": Prefix(Kind.ASN, anywhere(said_asn), "AS64496"),
    "as": Prefix(Kind.ASN, anywhere(said_asn), "AS64496"),
    "url": Prefix(Kind.URL, url, "https://example.com/"),
    "email": Prefix(Kind.EMAIL, anywhere(said_email), "ada@example.com"),
    "mailto": Prefix(Kind.EMAIL, anywhere(said_email), "ada@example.com"),
    "user": Prefix(Kind.USERNAME, anywhere(username), "user:ada-example"),
    "username": Prefix(Kind.USERNAME, anywhere(username), "user:ada-example"),
    "phone": Prefix(Kind.PHONE, anywhere(phone), "+1 202 555 0143"),
    "tel": Prefix(Kind.PHONE, anywhere(phone), "+1 202 555 0143"),
    "hash": Prefix(Kind.HASH, anywhere(hashed), N_("sha256: and 64 hex digits")),
    "md5": Prefix(Kind.HASH, hash_of(32), N_("md5: and 32 hex digits")),
    "sha1": Prefix(Kind.HASH, hash_of(40), N_("sha1: and 40 hex digits")),
    "sha256": Prefix(Kind.HASH, hash_of(64), N_("sha256: and 64 hex digits")),
    "sha512": Prefix(Kind.HASH, hash_of(128), N_("sha512: and 128 hex digits")),
    "file": Prefix(Kind.FILE, anywhere(slack_file), "file:F0123456789"),
    "name": Prefix(Kind.NAME, anywhere(name), 'name:"Ada Example"'),
}
