"""OpenPGP public keys (RFC 9580, RFC 4880): fingerprint, user ids, made when, valid until; no signature is checked.

Anybody can write anything into a key. Whether an address in it is its owner's is for the directory to say that the
key came from.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.errors import Changed
from core.language.noted import noted

MOST_BYTES = 256 * 1024
MOST_PACKETS = 2_000
MOST_KEYS = 20
MOST_USER_IDS = 50
LONGEST_USER_ID = 500

SIGNATURE, PRIMARY, USER_ID, SUBKEY, ATTRIBUTE = 2, 6, 13, 14, 17
CERTIFICATIONS = frozenset({0x10, 0x11, 0x12, 0x13, 0x1F})  # RFC 9580 5.2.1: on a user id, or on the key itself
REVOKED = 0x20
CREATED, EXPIRES, ISSUER, ISSUER_FINGERPRINT = 2, 9, 16, 33  # RFC 9580 5.2.3.7: subpackets

MPI_FIRST, NAMED_CURVE = frozenset({1, 2, 3, 16, 17}), frozenset({18, 19, 22})
ALGORITHMS = {1: "RSA", 2: "RSA", 3: "RSA", 16: "ElGamal", 17: "DSA", 18: "ECDH", 19: "ECDSA", 22: "EdDSA",
              25: "X25519", 26: "X448", 27: "Ed25519", 28: "Ed448"}  # fmt: skip
FIXED_BITS = {25: 256, 26: 448, 27: 256, 28: 448}
CURVES = {
    "2a8648ce3d030107": ("P-256", 256),
    "2b81040022": ("P-384", 384),
    "2b81040023": ("P-521", 521),
    "2b2403030208010107": ("brainpoolP256r1", 256),
    "2b240303020801010b": ("brainpoolP384r1", 384),
    "2b240303020801010d": ("brainpoolP512r1", 512),
    "2b06010401da470f01": ("Ed25519", 256),
    "2b060104019755010501": ("Curve25519", 256),
}


@dataclass(slots=True)
class PublicKey:
    """One key as it describes itself."""

    fingerprint: str  # upper-case hex
    key_id: str
    version: int
    algorithm: str
    bits: int | None
    created: datetime
    expires: datetime | None = None
    revoked: bool = False  # it carries a revocation; whether that is genuine was not checked
    user_ids: list[str] = field(default_factory=list)
    subkeys: int = 0
    photos: int = 0


def parse(said: bytes, source: str) -> list[PublicKey]:
    """The keys in an answer of a source, armored or binary.

    Raises:
        Changed: it is no key, or one of a form that is not known.
    """
    try:
        return _read(said)
    except Changed as error:
        sentence = noted("What {source} sent as a key is none that I can read: {error}.", source=source, error=error)
        raise Changed(sentence) from error


def _read(said: bytes) -> list[PublicKey]:
    if len(said) > MOST_BYTES:
        raise Changed(noted("it has {n:,} bytes", n=len(said)))
    blocks = list(_unarmored(said)) if said.lstrip()[:5] == b"-----" else [said]
    keys = [key for block in blocks for key in _keys(block)]
    if not keys:
        raise Changed(noted("it holds no public key"))
    return keys[:MOST_KEYS]


def readable(said: bytes) -> list[PublicKey]:
    """The same for keys that are one among many: what cannot be read is no key."""
    try:
        return _read(said) if said else []
    except Changed:
        return []


def _unarmored(said: bytes) -> Iterator[bytes]:
    """The bytes of each armored block (RFC 9580 6.2). Its checksum says nothing and need not be right (6.1)."""
    inside = False
    body: list[bytes] = []
    for line in (each.strip() for each in said.splitlines()):
        if line == b"-----BEGIN PGP PUBLIC KEY BLOCK-----":
            inside, body = True, []
        elif line.startswith(b"-----END") and inside:
            inside = False
            yield _decoded(b"".join(body))
        elif inside and line and b": " not in line and not line.startswith(b"="):
            body.append(line)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Changed(noted("its armor is broken")) from error


def _keys(said: bytes) -> Iterator[PublicKey]:
    key: PublicKey | None = None
    newest = 0  # when the self-signature that decides the expiry was made
    for tag, body in _packets(said):
        if tag == PRIMARY:
            if key is not None:
                yield key
            key, newest = _primary(body), 0
        elif key is None:
            continue
        elif tag == USER_ID and len(key.user_ids) < MOST_USER_IDS:
            key.user_ids.append(body[:LONGEST_USER_ID].decode("utf-8", errors="replace"))
        elif tag == SUBKEY:
            key.subkeys += 1
        elif tag == ATTRIBUTE:
            key.photos += 1
        elif tag == SIGNATURE:
            newest = _sign(key, body, newest)
    if key is not None:
        yield key


def _packets(said: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(MOST_PACKETS):
        if at >= len(said):
            return
        head = said[at]
        if not head & 0x80:
            raise Changed(noted("a packet does not begin like one"))
        newer = bool(head & 0x40)
        tag = head & 0x3F if newer else (head >> 2) & 0x0F
        at, length = _new(said, at + 1) if newer else _old(said, at + 1, head & 0x03)
        if at + length > len(said):
            raise Changed(noted("it breaks off in the middle"))
        yield tag, said[at : at + length]
        at += length
    raise Changed(noted("it has more than {n:,} parts", n=MOST_PACKETS))


def _new(said: bytes, at: int) -> tuple[int, int]:
    """Where the body begins and how long it is (RFC 9580 4.2.1); keys never come in partial lengths."""
    first = _number(said, at, 1)
    if first < 192:
        return at + 1, first
    if first < 224:
        return at + 2, ((first - 192) << 8) + _number(said, at + 1, 1) + 192
    if first == 255:
        return at + 5, _number(said, at + 1, 4)
    raise Changed(noted("a part of it has no length"))


def _old(said: bytes, at: int, kind: int) -> tuple[int, int]:
    """The same in the format of before (RFC 9580 4.2.2)."""
    size = (1, 2, 4, 0)[kind]
    if not size:
        raise Changed(noted("a part of it has no length"))
    return at + size, _number(said, at, size)


def _number(said: bytes, at: int, size: int) -> int:
    """A big-endian number.

    Raises:
        Changed: the bytes end before it does.
    """
    if at + size > len(said):
        raise Changed(noted("it breaks off in the middle"))
    return int.from_bytes(said[at : at + size])


def _primary(body: bytes) -> PublicKey:
    """RFC 9580 5.5.2 and 5.5.4. Version 3 keys, whose fingerprints are MD5, are of no use to anybody."""
    version = _number(body, 0, 1)
    created, algorithm = _number(body, 1, 4), _number(body, 5, 1)
    if version == 4 and len(body) < 65536:  # SHA-1 is the RFC's way of naming a key, and protects nothing here
        fingerprint = hashlib.sha1(b"\x99" + len(body).to_bytes(2) + body, usedforsecurity=False).hexdigest().upper()
    elif version in (5, 6):
        mark = b"\x9a" if version == 5 else b"\x9b"
        fingerprint = hashlib.sha256(mark + len(body).to_bytes(4) + body).hexdigest().upper()
    else:
        raise Changed(noted("it is of version {version}", version=version))
    material = body[6:] if version == 4 else body[10:]
    name, bits = _strength(algorithm, material)
    return PublicKey(
        fingerprint=fingerprint,
        key_id=fingerprint[-16:] if version == 4 else fingerprint[:16],
        version=version,
        algorithm=name,
        bits=bits,
        created=datetime.fromtimestamp(created, UTC),
    )


def _strength(algorithm: int, material: bytes) -> tuple[str, int | None]:
    name = ALGORITHMS.get(algorithm, f"algorithm {algorithm}")
    if algorithm in FIXED_BITS:
        return name, FIXED_BITS[algorithm]
    if algorithm in MPI_FIRST:
        return name, _number(material, 0, 2)
    if algorithm in NAMED_CURVE:
        length = _number(material, 0, 1)
        curve, bits = CURVES.get(material[1 : 1 + length].hex(), ("", None))
        return " ".join(filter(None, (name, curve))), bits
    return name, None


def _sign(key: PublicKey, body: bytes, newest: int) -> int:
    """Take what a signature by the key itself says of its expiry; its own time when it is the newest so far."""
    wide = 4 if body[:1] == b"\x06" else 2
    if len(body) < 4 + wide or body[0] not in (4, 5, 6):
        return newest
    hashed = dict(_subpackets(body, 4, wide))
    unhashed = dict(_subpackets(body, 4 + wide + _number(body, 4, wide), wide))
    if not _is_own(key, hashed, unhashed):
        return newest
    if body[1] == REVOKED:
        key.revoked = True
    made = int.from_bytes(hashed.get(CREATED, b"")[:4])
    if body[1] not in CERTIFICATIONS or made < newest:
        return newest
    seconds = int.from_bytes(hashed.get(EXPIRES, b"")[:4])
    key.expires = key.created + timedelta(seconds=seconds) if seconds else None
    return made


def _is_own(key: PublicKey, hashed: dict[int, bytes], unhashed: dict[int, bytes]) -> bool:
    """Whether it claims to be by the key itself: what strangers certify says nothing about its expiry."""
    issuer = hashed.get(ISSUER_FINGERPRINT) or unhashed.get(ISSUER_FINGERPRINT)
    if issuer:
        return issuer[1:].hex().upper() == key.fingerprint
    by = hashed.get(ISSUER) or unhashed.get(ISSUER)
    return by is not None and by.hex().upper() == key.key_id


def _subpackets(body: bytes, at: int, wide: int) -> Iterator[tuple[int, bytes]]:
    """The subpackets of one area (RFC 9580 5.2.3.7), by their type without the critical bit."""
    if at + wide > len(body):
        return
    ends = min(at + wide + _number(body, at, wide), len(body))
    at += wide
    while at < ends:
        first = body[at]
        if first < 192:
            length, at = first, at + 1
        elif first < 255:
            length, at = ((first - 192) << 8) + _number(body, at + 1, 1) + 192, at + 2
        else:
            length, at = _number(body, at + 1, 4), at + 5
        if length < 1 or at + length > ends:
            return
        yield body[at] & 0x7F, body[at + 1 : at + length]
        at += length
