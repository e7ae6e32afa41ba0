"""DKIM: the keys a name publishes for signing its mail (RFC 6376), read and graded."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from collectors.posture.check import Check, bad, fair, good, info
from collectors.posture.text import cut, tags
from core.language import N_
from core.language.noted import nnoted, noted
from core.models import Severity

# Selectors cannot be listed; these are the ones that mail providers hand out in their set-up guides.
SELECTORS = (
    *("default", "dkim", "dkim1", "mail", "k1", "k2", "k3", "s1", "s2", "selector1", "selector2", "google", "smtp"),
    *("mandrill", "mxvault", "everlytickey1", "everlytickey2", "fm1", "fm2", "fm3", "protonmail", "protonmail2"),
    *("protonmail3", "zoho", "zmail", "pm", "mg", "mailo", "sig1", "amazonses", "sendgrid", "smtpapi", "cm"),
    *("hs1", "hs2", "20230601", "20221208", "20161025", "krs", "turbo-smtp"),
)
MOST_KEY = 4096  # base64 characters: a 16,384-bit RSA key still fits


class State(StrEnum):
    """What a published key is worth; sizes by RFC 8301."""

    FIT = "fit"
    WEAK = "weak"
    BROKEN = "broken"
    REVOKED = "revoked"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Key:
    """One selector's key; `provider` is the name a CNAME hands the selector to."""

    selector: str
    raw: str
    algorithm: str
    bits: int
    state: State
    testing: bool
    provider: str = ""


def parse(selector: str, text: str, *, provider: str = "") -> Key | None:
    """Read a TXT record below _domainkey; None when it is no key record (no p= or another version)."""
    found = tags(text)
    if "p" not in found or found.get("v", "DKIM1") != "DKIM1":
        return None
    algorithm = found.get("k", "rsa").lower()
    bits, state = _measure(algorithm, "".join(found["p"].split()))
    testing = "y" in found.get("t", "").replace(" ", "").split(":")
    return Key(selector, text, cut(algorithm, 20), bits, state, testing, provider)


def _measure(algorithm: str, encoded: str) -> tuple[int, State]:
    """A key's size and worth; an empty p= says that the key was taken back (RFC 6376 3.6.1)."""
    if not encoded:
        return 0, State.REVOKED
    if len(encoded) > MOST_KEY:
        return 0, State.UNREADABLE
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return 0, State.UNREADABLE
    if algorithm == "ed25519":  # RFC 8463: the 32 bytes themselves
        return (256, State.FIT) if len(raw) == 32 else (0, State.UNREADABLE)
    bits = _rsa_bits(raw)
    if not bits:
        return 0, State.UNREADABLE
    return bits, State.BROKEN if bits < 1024 else State.WEAK if bits < 2048 else State.FIT


def _rsa_bits(raw: bytes) -> int:
    """The size of an RSA key in DER, 0 when it is something else."""
    try:
        key = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 0


def grade(keys: Sequence[Key], *, tried: int, mails: bool = True) -> Check:
    """Grade the keys found among `tried` well-known selectors."""
    if not keys:
        why = noted(
            "No key under {tried} well-known selectors; others may exist, since selectors cannot be listed.",
            tried=tried,
        )
        return info("DKIM", why, parts={"tried": tried, "keys": []})
    parts: dict[str, object] = {"tried": tried, "keys": [_part(key) for key in keys]}
    raw = cut(f"{keys[0].selector}: {keys[0].raw}")
    live = [key for key in keys if key.state is not State.REVOKED]
    if not live:
        fine = noted("Every key found is revoked, as it should be for a name without mail.")
        return info("DKIM", noted("Every key found is revoked.") if mails else fine, raw=raw, parts=parts)
    for state, why in _TROUBLE.items():
        worst = next((key for key in live if key.state is state), None)
        if worst is not None:
            say = bad if state is State.BROKEN else fair
            sentence = noted(why, selector=cut(worst.selector, 63), bits=worst.bits)
            return say("DKIM", sentence, severity=_SEVERITY[state], raw=raw, parts=parts)
    testing = next((key for key in live if key.testing), None)
    if testing is not None:
        why = noted(
            "Key {selector} says it is only a test (t=y), so receivers may ignore its signatures.",
            selector=testing.selector,
        )
        return fair("DKIM", why, raw=raw, parts=parts)
    names = ", ".join(key.selector for key in live[:4])
    why = nnoted("{n} sound key found: {names}.", "{n} sound keys found: {names}.", len(live), names=names)
    return good("DKIM", why, raw=raw, parts=parts)


_TROUBLE = {
    State.BROKEN: N_("Key {selector} has {bits} bits; below 1024 anybody can forge signatures."),
    State.WEAK: N_("Key {selector} has {bits} bits; 2048 are advised (RFC 8301)."),
    State.UNREADABLE: N_("Key {selector} cannot be read, so its signatures fail."),
}
_SEVERITY = {State.BROKEN: Severity.HIGH, State.WEAK: Severity.LOW, State.UNREADABLE: Severity.LOW}


def _part(key: Key) -> dict[str, object]:
    return {
        "selector": key.selector,
        "algorithm": key.algorithm,
        "bits": key.bits,
        "state": key.state.value,
        "testing": key.testing,
        "provider": key.provider,
    }
