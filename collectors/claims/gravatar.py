"""Profiles at Gravatar: what somebody shows of themselves under an address that Gravatar has checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.claims.claim import LONGEST_BIO, Claim, known_absent, line
from collectors.claims.names import account_at, place
from collectors.doors.reply import Reply
from collectors.names import email_in, link_in, phone_in
from core.errors import Changed
from core.language.noted import noted
from core.models import Confidence, Fact

if TYPE_CHECKING:
    from collectors.fetch import Fetch

PROFILES = "https://api.gravatar.com/v3/profiles/"
MOST_ACCOUNTS = 20
TIMEOUT = 10.0


def hashed(mail: str) -> str:
    """The name of an address's profile: SHA-256 of its lower case (docs.gravatar.com, "Creating the hash")."""
    return hashlib.sha256(mail.strip().lower().encode()).hexdigest()


async def by_mail(mail: str, fetch: Fetch) -> list[Claim]:
    """The profile of whoever has confirmed this address there, and the accounts that Gravatar checked for it."""
    context = noted("Gravatar has it for {mail}.", mail=mail)
    return await _profile(hashed(mail), fetch, vouched=(mail,), context=context)


async def by_handle(handle: str, fetch: Fetch) -> list[Claim]:
    """The profile of this name; whose address it has is not shown."""
    context = noted("Gravatar has a profile called {handle}.", handle=handle)
    return await _profile(handle.lower(), fetch, vouched=(), context=context)


async def _profile(name: str, fetch: Fetch, *, vouched: tuple[str, ...], context: str) -> list[Claim]:
    reply = await fetch.json(
        PROFILES + name, source="Gravatar", key=fetch.key("gravatar_key"), expect=dict, timeout=TIMEOUT
    )
    if known_absent(reply):
        return []
    profile = reply.json()
    if not shape.text(profile, "hash"):
        raise Changed(noted("Gravatar answered a profile without `hash`."))
    if vouched and shape.text(profile, "hash") != name:
        raise Changed(noted("Gravatar answered with the profile of another address."))
    accounts = list(_accounts(profile))
    own = _own(profile, reply, accounts, vouched=vouched, context=context)
    return [own, *(_verified(own, reply, url, label) for url, label in accounts)]


def _accounts(profile: Any) -> Iterator[tuple[str, str]]:
    for each in shape.mappings(profile, "verified_accounts")[:MOST_ACCOUNTS]:
        url = shape.text(each, "url")
        if place(url) and each.get("is_hidden") is not True:
            yield url, shape.text(each, "service_label")


def _own(
    profile: Any, reply: Reply, accounts: list[tuple[str, str]], *, vouched: tuple[str, ...], context: str
) -> Claim:
    address = shape.text(profile, "profile_url")
    slug = account_at(address)[1] if place(address) else shape.text(profile, "hash")[:16]
    whole = " ".join(filter(None, (line(profile, "first_name"), line(profile, "last_name"))))
    shown = line(profile, "display_name")
    names = tuple(dict.fromkeys(filter(None, (shown, whole))))
    checked = tuple(place(url) for url, _ in accounts)
    pages = tuple(filter(None, (place(shape.text(each, "url")) for each in shape.mappings(profile, "links")[:20])))
    contact = shape.mapping(profile, "contact_info")
    mail = email_in(shape.text(contact, "email"))
    phones = [phone_in(shape.text(contact, each)) for each in ("home_phone", "work_phone", "cell_phone")]
    return Claim(
        Fact.ACCOUNT,
        f"Gravatar: {slug}",
        reply.receipt(),
        context=context,
        confidence=Confidence.HIGH,
        attributes={
            "service": "Gravatar",
            "handle": slug,
            "url": link_in(address),
            "display_name": shown,
            "full_name": whole if whole != shown else "",
            "bio": line(profile, "description", most=LONGEST_BIO),
            "location": line(profile, "location"),
            "job_title": line(profile, "job_title"),
            "organisation": line(profile, "company"),
            "pronouns": line(profile, "pronouns"),
            "avatar": link_in(shape.text(profile, "avatar_url")),
            "time_zone": line(profile, "timezone"),
            "languages": [line(each, "name") for each in shape.mappings(profile, "languages")[:10]],
            "phones": [each for each in phones if each],
            "verified_accounts": [url for url, _ in accounts],
            "registered": shape.when(profile, "registration_date"),
        },
        url=place(address),
        names=names,
        handles=(slug,) if place(address) else (),
        vouched=vouched,
        rumoured=(mail,) if mail and mail not in vouched else (),  # a line of text that nobody checks
        links=(*checked, *pages),
        verified=checked,
        places=tuple(filter(None, (line(profile, "location"),))),
        organisations=tuple(filter(None, (line(profile, "company"),))),
        bio=line(profile, "description", most=LONGEST_BIO),
        person=None if shape.dig(profile, "is_organization") is not True else False,
        created=shape.when(profile, "registration_date"),
    )


def _verified(own: Claim, reply: Reply, url: str, label: str) -> Claim:
    """An account that Gravatar says it checked; what stands on it was not looked at."""
    service, handle = account_at(url, label)
    return Claim(
        Fact.ACCOUNT,
        f"{service}: {handle}",
        reply.receipt(),
        context=noted("{account} shows it, and Gravatar checked that both have one owner.", account=own.value),
        attributes={"service": service, "handle": handle, "url": link_in(url), "checked_by": "Gravatar"},
        url=place(url),
        handles=(handle,),
    )
