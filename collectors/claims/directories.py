"""Directories of OpenPGP keys: one that checks addresses, one that does not, and the address's own domain."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from collectors import shape
from collectors.claims import openpgp
from collectors.claims.claim import Claim, known_absent
from collectors.claims.openpgp import PublicKey
from collectors.doors.reply import Reply
from collectors.names import email_in
from core.errors import Changed
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact

if TYPE_CHECKING:
    from collectors.fetch import Fetch

VKS = "https://keys.openpgp.org/vks/v1/by-email/"
HKP = "https://keyserver.ubuntu.com/pks/lookup"
CAP = openpgp.MOST_BYTES
TIMEOUT = 10.0
MOST_LINES = 2_000
MOST_SHOWN = 10
LONGEST = 253  # characters of a host name
ZBASE32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"ybndrfg8ejkmcpqxot1uwisza345h769")
UNCHECKED = N_("Anybody can upload a key with anybody's address there; nothing was checked.")


async def checked(mail: str, fetch: Fetch) -> list[Claim]:
    """Keys at keys.openpgp.org, which shows an address only after its holder has answered a letter to it."""
    reply = await fetch.text(VKS + quote(mail, safe=""), source="keys.openpgp.org", cap=CAP, timeout=TIMEOUT)
    if known_absent(reply):
        return []
    context = noted("keys.openpgp.org gives it for {mail}, whose holder confirmed it there.", mail=mail)
    return [_claim(key, reply, context, vouched=emails(key)) for key in openpgp.parse(reply.body, reply.source)]


async def unchecked(mail: str, fetch: Fetch) -> list[Claim]:
    """Keys at keyserver.ubuntu.com, where anybody may have put them (HKP, its machine-readable index)."""
    params = {"op": "index", "options": "mr", "search": mail}
    reply = await fetch.text(HKP, params=params, source="keyserver.ubuntu.com", cap=CAP, timeout=TIMEOUT)
    if reply.absent:
        return []
    naming = [key for key in indexed(reply.text()) if mail.casefold() in map(str.casefold, emails(key))]
    if len(naming) > MOST_SHOWN:
        more = N_("{n} keys at keyserver.ubuntu.com name {mail}; {most} were read.")
        fetch.gap("truncated", noted(more, n=len(naming), mail=mail, most=MOST_SHOWN))
    context = " ".join((noted("It names {mail}.", mail=mail), UNCHECKED))
    return [_claim(key, reply, context, rumoured=emails(key), confidence=Confidence.LOW) for key in naming[:MOST_SHOWN]]


async def own(mail: str, fetch: Fetch) -> list[Claim]:
    """Keys that the address's own domain gives out (Web Key Directory, draft-koch-openpgp-webkey-service)."""
    local, _, domain = mail.rpartition("@")
    host = f"openpgpkey.{domain}"
    places = [await fetch.dns(host, "A"), await fetch.dns(host, "AAAA")] if len(host) <= LONGEST else []
    # The plain way is for domains without the special host only (section 3.1 of the draft).
    start = f"https://{host}/.well-known/openpgpkey/{domain}" if any(each.records for each in places) else ""
    url = f"{start or f'https://{domain}/.well-known/openpgpkey'}/hu/{hashed(local)}"
    reply = await fetch.text(
        url, params={"l": local}, source=noted("Web Key Directory of {name}", name=domain), cap=CAP, timeout=TIMEOUT
    )
    if reply.absent:
        return []
    context = noted("{name} gives it out for {mail} (Web Key Directory).", name=domain, mail=mail)
    found = []
    for key in openpgp.parse(reply.body, reply.source):
        named = {each for each in emails(key) if each.casefold() == mail.casefold()}
        rest = tuple(each for each in emails(key) if each not in named)
        found.append(_claim(key, reply, context, vouched=tuple(named), published=rest, confidence=Confidence.HIGH))
    return found


def hashed(local: str) -> str:
    """The name of a mailbox in a Web Key Directory: SHA-1 of its lower case in Z-Base-32 (RFC 6189 5.1.6)."""
    digest = hashlib.sha1(local.lower().encode(), usedforsecurity=False).digest()
    return base64.b32encode(digest).translate(ZBASE32).decode()


def indexed(text: str) -> list[PublicKey]:
    """Read a machine-readable index (draft-ietf-openpgp-hkp).

    Raises:
        Changed: it is none.
    """
    lines = text.splitlines()
    if not lines or not lines[0].startswith(("info:", "pub:")):
        raise Changed(noted("keyserver.ubuntu.com answered something that is no index of keys."))
    keys: list[PublicKey] = []
    for line in lines[:MOST_LINES]:
        parts = line.split(":")
        if parts[0] == "pub" and (key := _listed(parts)):
            keys.append(key)
        elif parts[0] == "uid" and keys and len(parts) > 1 and len(keys[-1].user_ids) < openpgp.MOST_USER_IDS:
            keys[-1].user_ids.append(unquote(parts[1])[: openpgp.LONGEST_USER_ID])
    return keys


def _listed(parts: list[str]) -> PublicKey | None:
    """`pub:<fingerprint>:<algorithm>:<bits>:<created>:<expires>:<flags>`; None when it names no key."""
    _, fingerprint, algorithm, bits, created, expires, flags, *_ = [*parts, *[""] * 7]
    made = shape.when(shape.whole(created))
    if len(fingerprint) not in (16, 40, 64) or not all(each in "0123456789ABCDEFabcdef" for each in fingerprint):
        return None
    if made is None:
        return None
    long = fingerprint.upper()
    number = int(algorithm) if algorithm.isascii() and algorithm.isdigit() and len(algorithm) < 4 else 0
    return PublicKey(
        fingerprint=long,
        key_id=long[:16] if len(long) == 64 else long[-16:],
        version=6 if len(long) == 64 else 4,
        algorithm=openpgp.ALGORITHMS.get(number, f"algorithm {number}"),
        bits=shape.whole(bits),
        created=made,
        expires=shape.when(shape.whole(expires)),
        revoked="r" in flags,
    )


def emails(key: PublicKey) -> tuple[str, ...]:
    """The addresses in a key's user ids, each once."""
    found = (email_in(split(text)[1]) for text in key.user_ids)
    return tuple(dict.fromkeys(filter(None, found)))


def split(user_id: str) -> tuple[str, str]:
    """Name and address of a user id, by convention "Ada Example (comment) <ada@example.com>"."""
    name, mark, rest = user_id.rpartition("<")
    if not mark:
        return ("", user_id.strip()) if "@" in user_id else (user_id.partition("(")[0].strip(), "")
    return name.partition("(")[0].strip(' "'), rest.rstrip("> ")


def _claim(
    key: PublicKey,
    reply: Reply,
    context: str,
    *,
    vouched: tuple[str, ...] = (),
    published: tuple[str, ...] = (),
    rumoured: tuple[str, ...] = (),
    confidence: Confidence = Confidence.MODERATE,
) -> Claim:
    names = tuple(dict.fromkeys(name for text in key.user_ids if (name := split(text)[0])))
    return Claim(
        Fact.KEY,
        f"OpenPGP {key.fingerprint}",
        reply.receipt(),
        context=context,
        confidence=confidence,
        attributes=described(key, reply.fetched_at, checked=vouched),
        names=names,
        keys=(key.fingerprint,),
        vouched=vouched,
        published=published,
        rumoured=rumoured,
        created=key.created,
    )


def described(key: PublicKey, now: datetime, *, checked: tuple[str, ...]) -> dict[str, object]:
    """A key's attributes; `checked` are those of its addresses whose holder the directory has made sure of."""
    return {
        "type": "OpenPGP",
        "fingerprint": key.fingerprint,
        "key_id": key.key_id,
        "algorithm": key.algorithm,
        "bits": key.bits,
        "created": key.created,
        "expires": key.expires,
        "expired": key.expires is not None and key.expires < now,
        "revoked": key.revoked,
        "user_ids": list(key.user_ids),
        "emails": list(emails(key)),
        "photos": key.photos or None,
        "checked": list(checked),
        "verified": bool(checked),
    }
