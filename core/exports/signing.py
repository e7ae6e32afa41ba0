"""Signs evidence, so that others can tell that it is ours and unchanged: Ed25519 (RFC 8032)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.errors import BadSetting
from core.settings import Settings

ALGORITHM = "Ed25519"
PEM = "EVIDENCE_KEY is wrong: it must be an Ed25519 private key in PEM, without a password. See .env.example."


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What signatures of one installation are checked by."""

    raw: bytes

    @property
    def text(self) -> str:
        """In base64, as it stands in manifests."""
        return b64encode(self.raw).decode()

    @property
    def fingerprint(self) -> str:
        """What people compare by telephone: the SHA-256 of the key, in groups of four."""
        whole = hashlib.sha256(self.raw).hexdigest()
        return " ".join(whole[place : place + 4] for place in range(0, 64, 4))

    @property
    def pem(self) -> str:
        """As openssl reads it."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        kinds = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return key.public_bytes(*kinds).decode()

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Whether this key's owner signed exactly these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, content)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """Holds the private key; only what it signed leaves it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public(self) -> PublicKey:
        kinds = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return PublicKey(self._key.public_key().public_bytes(*kinds))

    def sign(self, content: bytes) -> bytes:
        """The signature of these bytes, 64 bytes long."""
        return self._key.sign(content)


def signer_of(settings: Settings) -> Signer | None:
    """Whoever signs here: the key that was set, or one made from the secret that all our processes share. None where
    there is no secret at all: a key that anybody can make signs nothing.

    Raises:
        BadSetting: EVIDENCE_KEY is no such key.
    """
    given = settings.evidence_key.get_secret_value()
    if given:
        return Signer(_read(given))
    if not settings.root_secret:
        return None
    seed = hmac.digest(settings.seal_key, b"gumshoe evidence", "sha256")
    return Signer(Ed25519PrivateKey.from_private_bytes(seed))


def public_key_of(text: str) -> PublicKey:
    """A public key in base64 or PEM.

    Raises:
        ValueError: it is none.
    """
    if "BEGIN PUBLIC KEY" in text:
        try:
            key = serialization.load_pem_public_key(text.encode())
        except UnsupportedAlgorithm as error:
            raise ValueError("another kind of key") from error
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("another kind of key")
        return PublicKey(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))
    try:
        raw = b64decode(text.strip(), validate=True)
    except NotBase64 as error:
        raise ValueError("not base64") from error
    if len(raw) != 32:
        raise ValueError("another length than a key has")
    return PublicKey(raw)


def _read(text: str) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadSetting(PEM) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSetting(PEM)
    return key
