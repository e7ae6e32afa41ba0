"""AS numbers, phone numbers and hashes, and bare digits, which may be any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address

import phonenumbers

from core.addresses import Network, why_refused
from core.errors import NotATarget, Refused
from core.language import N_, tr
from core.models import Kind, Target
from core.targets.wording import ask, quoted

HASHES = {32: "MD5", 40: "SHA-1", 64: "SHA-256", 128: "SHA-512"}
HEX = re.compile(r"[0-9a-fA-F]{16,}")
ASN = re.compile(r"ASN?[ :-]?(?:(\d{1,15})|(\d{1,5})\.(\d{1,5}))", re.IGNORECASE | re.ASCII)
FILE = re.compile(r"F[A-Z0-9]{7,20}", re.IGNORECASE | re.ASCII)
DIGITS = re.compile(r"\d{1,15}", re.ASCII)
PHONE = re.compile(r"(?:\(?\+|00)[\d\s().\-–/]{3,40}(?:\s{0,2}(?:ext\.?|x|;ext=)\s{0,2}\d{1,6})?", re.IGNORECASE)
NATIONAL_PHONE = re.compile(r"(?=[\d.]*[\s()\-–/])[\d(][\d\s().\-–/]{5,24}\d")

# AS numbers nobody holds, with the RFC that says so; the documentation ranges are allowed, for examples.
RESERVED_AS = (
    (0, 0, N_("reserved (RFC 7607)")),
    (23456, 23456, N_("reserved for the change to 32 bits (RFC 6793)")),
    (64512, 65534, N_("private (RFC 6996)")),
    (65535, 65535, N_("reserved (RFC 7300)")),
    (65552, 131071, N_("reserved by IANA")),
    (4200000000, 4294967294, N_("private (RFC 6996)")),
    (4294967295, 4294967295, N_("reserved (RFC 7300)")),
)
DOCUMENTATION_AS = ((64496, 64511), (65536, 65551))  # RFC 5398


def hashed(text: str) -> Target | None:
    """An MD5, SHA-1, SHA-256 or SHA-512, told by its length."""
    if not HEX.fullmatch(text) or len(text) not in HASHES:
        return None
    return Target(Kind.HASH, text.lower())


def slack_file(text: str) -> Target | None:
    """A file in Slack by its id there; shortcuts and mentions write it, hardly anybody types it."""
    return Target(Kind.FILE, text.upper()) if FILE.fullmatch(text) else None


def asn(text: str) -> Target | None:
    """An AS number: AS64496, asn 64496, AS1.10 (RFC 5396).

    Raises:
        Refused: private or reserved.
        NotATarget: larger than 32 bits.
    """
    found = ASN.fullmatch(text)
    if found is None:
        return None
    number = int(found[1]) if found[1] else (int(found[2]) << 16) + int(found[3])
    if number > 0xFFFFFFFF or (found[2] and max(int(found[2]), int(found[3])) > 0xFFFF):
        raise NotATarget(tr("{text} is no AS number: they end at AS4294967295.", text=quoted(text)))
    for first, last, why in RESERVED_AS:
        if first <= number <= last:
            said = N_("{number} is {why}: no network on the internet has it.")
            raise Refused(tr(said, number=f"AS{number}", why=tr(why)))
    example = any(first <= number <= last for first, last in DOCUMENTATION_AS)
    note = tr("This AS number exists in examples only (RFC 5398).")
    return Target(Kind.ASN, f"AS{number}", (note,) if example else ())


def phone(text: str) -> Target | None:
    """A phone number in international form, kept as E.164 (ITU-T); an extension is left out.

    Raises:
        NotATarget: no numbering plan has it, or the country code is missing.
    """
    if not PHONE.fullmatch(text):
        if NATIONAL_PHONE.fullmatch(text):
            said = N_("{text} may be a phone number without its country code. Write it like +1 202 555 0143.")
            raise NotATarget(tr(said, text=quoted(text)))
        return None
    number = _number("+" + text[2:] if text.startswith("00") else text)
    if number is None:
        said = N_("{text} is no phone number in any country's plan. Write it like +1 202 555 0143.")
        raise NotATarget(tr(said, text=quoted(text)))
    notes = [tr("The extension {number} was left out.", number=number.extension)] if number.extension else []
    if not phonenumbers.is_valid_number(number):
        notes.append(tr("The number has a possible length, but is not in use as far as the numbering plans say."))
    return Target(Kind.PHONE, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), tuple(notes))


def bare_digits(text: str, allow: Sequence[Network]) -> None:
    """Digits alone say nothing about their kind.

    Raises:
        Ambiguous: always for up to 15 digits, with every reading that is possible.
    """
    if DIGITS.fullmatch(text):
        raise ask(text, (*_readings(text, allow), Target(Kind.USERNAME, text)))


def _readings(text: str, allow: Sequence[Network]) -> Iterator[Target]:
    for typed in (f"+{text}", f"+1{text}" if len(text) == 10 else ""):
        number = _number(typed)
        if number and phonenumbers.is_valid_number(number):
            yield Target(Kind.PHONE, typed)
    value = int(text)
    if value <= 0xFFFFFFFF and not any(first <= value <= last for first, last, _ in RESERVED_AS):
        yield Target(Kind.ASN, f"AS{value}")
    if 1 << 24 <= value <= 0xFFFFFFFF and why_refused(IPv4Address(value), allow) is None:
        yield Target(Kind.IP, str(IPv4Address(value)))


def _number(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
