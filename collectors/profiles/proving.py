"""Profiles that prove others: Gravatar asks the other service, Keybase checks signatures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.profiles import profile
from collectors.profiles.asking import ask
from collectors.profiles.places import key, place
from collectors.profiles.profile import Link, Profile
from core.errors import Changed
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

GRAVATAR = "https://api.gravatar.com/v3/profiles/"
KEYBASE = "https://keybase.io/_/api/1.0/user/lookup.json"
PROVED = 1  # the state of a proof that Keybase found where it must be
UNKNOWN_USER = 205
WEB_PROOFS = frozenset({"generic_web_site", "http", "https", "dns"})


async def gravatar(fetch: Fetch, name: str) -> list[Profile]:
    """The profile with this name or hash. https://docs.gravatar.com/rest/profiles/"""
    reply = await ask(fetch, GRAVATAR + name, "Gravatar", key=fetch.key("gravatar_key"))
    if reply is None:
        return []
    said = reply.json()
    page = profile.website(said, "profile_url")
    slug = page.rstrip("/").rpartition("/")[2] or profile.need(said, "Gravatar", "hash")
    profile.need(said, "Gravatar", "hash")
    sort = {True: "organisation", False: "person"}.get(shape.dig(said, "is_organization"), "")
    return [
        Profile(
            service="Gravatar",
            name=slug[: profile.LONGEST_LINE],
            page=page or f"https://gravatar.com/{name}",
            reply=reply,
            display=profile.line(said, "display_name"),
            sort=sort,
            bio=profile.plain_bio(said, "description"),
            location=profile.line(said, "location"),
            organisation=profile.line(said, "company"),
            joined=shape.when(said, "registration_date"),
            active=shape.when(said, "last_profile_edit"),
            avatar=profile.website(said, "avatar_url"),
            emails=profile.mailboxes(shape.text(said, "contact_info", "email")),
            links=(*_verified(said), *profile.links(*_own_links(said))),
            keys=(key("Gravatar", name), key("Gravatar", shape.text(said, "hash")[:64])),
        )
    ]


async def gravatar_of(fetch: Fetch, email: str) -> list[Profile]:
    """The profile of an e-mail address. Gravatar learns its hash, from which a guess can be checked."""
    return await gravatar(fetch, hashlib.sha256(email.strip().lower().encode()).hexdigest())


async def gravatar_key(fetch: Fetch) -> str:
    """Whether Gravatar takes the key: asked for a hash that nobody's address has."""
    await fetch.json(GRAVATAR + "0" * 64, source="Gravatar", key=fetch.key("gravatar_key"), expect=dict)
    return "Gravatar takes it: 1,000 questions an hour."


def _verified(said: Any) -> tuple[Link, ...]:
    shown = [row for row in shape.mappings(said, "verified_accounts") if shape.dig(row, "is_hidden") is not True]
    return profile.links(
        *((profile.website(row, "url"), noted("a verified account on Gravatar")) for row in shown), proven=True
    )


def _own_links(said: Any) -> Iterator[tuple[str, str]]:
    yield from ((profile.website(row, "url"), noted("its list of links")) for row in shape.mappings(said, "links"))
    yield from profile.mentioned(shape.text(said, "description"), noted("its text"))


async def keybase(fetch: Fetch, name: str) -> list[Profile]:
    """The user with this name. https://keybase.io/docs/api/1.0/call/user/lookup"""
    return await _keybase(fetch, usernames=name)


async def keybase_of(fetch: Fetch, service: str, name: str) -> list[Profile]:
    """Whoever proved to be this account ("github", "twitter") or to control this domain ("domain")."""
    return await _keybase(fetch, **{service: name})


async def _keybase(fetch: Fetch, **whom: str) -> list[Profile]:
    fields = "basics,profile,proofs_summary,public_keys,pictures"
    reply = await ask(fetch, KEYBASE, "Keybase", absent=(), params={**whom, "fields": fields})
    if reply is None:
        return []
    code = shape.whole(reply.json(), "status", "code")
    if code == UNKNOWN_USER:
        return []
    them = shape.dig(reply.json(), "them")
    if code != 0 or not isinstance(them, list):
        raise Changed(noted("Keybase answered status code {code} and no list of users.", code=code))
    found = [_keybase_user(each, reply) for each in them[:5] if each is not None]
    for user in found:
        if "usernames" in whom:
            profile.same(whom["usernames"], user.name, "Keybase")
    return found


def _keybase_user(said: Any, reply: Reply) -> Profile:
    username = profile.need(said, "Keybase", "basics", "username")
    fingerprint = shape.text(said, "public_keys", "primary", "key_fingerprint")
    return Profile(
        service="Keybase",
        name=username,
        page=f"https://keybase.io/{username}",
        reply=reply,
        display=profile.line(said, "profile", "full_name"),
        bio=profile.plain_bio(said, "profile", "bio"),
        location=profile.line(said, "profile", "location"),
        joined=shape.when(said, "basics", "ctime"),
        avatar=profile.website(said, "pictures", "primary", "url"),
        links=tuple(_proofs(said))[: profile.MOST_LINKS],
        key_print=fingerprint.lower() if re.fullmatch(r"[0-9a-fA-F]{40}", fingerprint) else "",
    )


def _proofs(said: Any) -> Iterator[Link]:
    for proof in shape.mappings(said, "proofs_summary", "all"):
        url = _proved(proof)
        stands = shape.whole(proof, "state") == PROVED
        if url:
            how = noted("a Keybase proof") if stands else noted("a Keybase proof that does not hold")
            yield Link(url, how, proven=stands)


def _proved(proof: Mapping[str, Any]) -> str:
    """The address of what a proof is about."""
    kind, tag = shape.text(proof, "proof_type").lower(), profile.line(proof, "nametag")
    if kind in WEB_PROOFS:
        return profile.website({"url": tag}, "url")
    known = place({"twitter": "X", "hackernews": "Hacker News"}.get(kind, kind), tag)
    return known.page if known else profile.website(proof, "service_url")
