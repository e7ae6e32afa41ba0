"""A domain's own word on its accounts: asks its web server, its DNS and Keybase, and whether the accounts link back."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dns.rdtypes.ANY.TXT import TXT

from collectors.doors.verdict import is_page
from collectors.profiles import telling
from collectors.profiles.homepage import Security, Site, read_humans, read_page, read_security
from collectors.profiles.profile import Profile
from collectors.profiles.rounds import MOST_LINKED, Linked, Pointer, Round, keys_of
from collectors.profiles.services import Question, about_did, about_place, proofs_for_domain
from core.errors import SourceError
from core.models import Confidence, Fact, Finding, Kind

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

PAGE_CAP = 1024 * 1024
TEXT_CAP = 32 * 1024
_DID = re.compile(rb"did=(did:plc:[a-z2-7]{24})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Home:
    """What a domain's web server gave."""

    site: Site
    page: Reply
    security: tuple[Security, Reply] | None


async def accounts_of(domain: str, asked: Round) -> AsyncGenerator[Finding, None]:
    """The accounts that a domain names, or that name it with proof; each with whether both sides say so."""
    fetch = asked.fetch
    home = await _home(fetch, domain)
    pointed = _pointed(domain, home) if home else []
    for finding in _own_words(domain, home, fetch) if home else ():
        yield finding
    any_server = fetch.wants("fediverse")
    linked = [question for each in pointed if (question := about_place(each.place, any_server=any_server))]
    questions = [proofs_for_domain(domain), *await _bluesky(fetch, domain), *linked[:MOST_LINKED]]
    async with aclosing(asked.ask(questions)) as coming:
        async for profile in coming:
            yield _told(profile, domain, pointed)
    for finding in _unread(asked, home, pointed):
        yield finding


async def _home(fetch: Fetch, domain: str) -> Home | None:
    """The home page and its contact files; None, with a gap, when no page came."""
    page = await fetch.attempt(_page(fetch, f"https://{domain}/", domain))
    if isinstance(page, SourceError) and not domain.startswith("www."):
        other = await fetch.attempt(_page(fetch, f"https://www.{domain}/", domain))
        page = page if isinstance(other, SourceError) else other
    if isinstance(page, SourceError):
        fetch.gap(page.reason, f"The home page of {domain} was not read: {page}")
        return None
    site = Site()
    if page.absent or not is_page(page.headers, page.body):
        fetch.remark(f"{domain} has no home page that says anything.")
    else:
        read_page(page.text(), domain.removeprefix("www."), site)
    humans = await fetch.attempt(_text(fetch, f"https://{domain}/humans.txt", domain))
    if not isinstance(humans, SourceError) and humans is not None:
        read_humans(humans.text(), domain.removeprefix("www."), site)
    return Home(site, page, await _security(fetch, domain))


async def _page(fetch: Fetch, url: str, source: str) -> Reply:
    return await fetch.get(url, source=source, cap=PAGE_CAP, redirects=3, absent=(404, 410), timeout=10.0)


async def _text(fetch: Fetch, url: str, source: str) -> Reply | None:
    """A text file; None when there is none, or a web page in its place (many sites answer one to everything)."""
    reply = await fetch.get(url, source=source, cap=TEXT_CAP, redirects=3, absent=(401, 403, 404, 410), timeout=10.0)
    return None if reply.absent or is_page(reply.headers, reply.body) else reply


async def _security(fetch: Fetch, domain: str) -> tuple[Security, Reply] | None:
    """The security.txt, from its place or from the older one (RFC 9116 section 3)."""
    for path in ("/.well-known/security.txt", "/security.txt"):
        reply = await fetch.tolerate(_text(fetch, f"https://{domain}{path}", domain), f"The security.txt of {domain}")
        if reply is not None:
            return read_security(reply.text()), reply
    return None


async def _bluesky(fetch: Fetch, domain: str) -> list[Question]:
    """The account whose handle is the domain. https://atproto.com/specs/handle#dns-txt-method"""
    reply = await fetch.tolerate(fetch.dns(f"_atproto.{domain}", "TXT"), f"_atproto.{domain}")
    if reply is None:
        return []
    texts = [b"".join(record.strings) for record in reply.records if isinstance(record, TXT)]
    dids = list(dict.fromkeys(match[1].decode() for text in texts if (match := _DID.fullmatch(text))))
    return [about_did(dids[0])] if len(dids) == 1 else []  # several contradict each other


def _pointed(domain: str, home: Home) -> list[Linked]:
    return [Linked(place, [Pointer(domain, how, False)]) for place, how in home.site.places.values()]


def _told(profile: Profile, domain: str, pointed: list[Linked]) -> Finding:
    own = set(keys_of(profile))
    back = [link for link in profile.links if _leads_to(link.url, domain)]
    by = [pointer for each in pointed if each.place.key in own for pointer in each.by]
    if by:
        proof = [Pointer(profile.label, link.how, True) for link in back if link.proven]
        return telling.linked(profile, [*by, *proof], back=bool(back))
    proven = any(link.proven for link in back)
    return telling.account(
        profile,
        found_by="proof" if proven else "name",
        context=f"{profile.label} names {domain} ({back[0].how if back else 'its handle'}); {domain} does not name it.",
        confidence=Confidence.HIGH if proven else Confidence.LOW,
        standing=telling.CONFIRMED if proven else telling.CLAIMED,
    )


def _leads_to(url: str, domain: str) -> bool:
    host = url.split("/")[2].partition(":")[0]
    return host == domain or host.endswith(f".{domain}") or f"www.{host}" == domain


def _unread(asked: Round, home: Home | None, pointed: list[Linked]) -> Iterator[Finding]:
    gone = [each.place.label for each in pointed if each.place.key in asked.absent]
    if gone:
        asked.fetch.remark(f"Linked, and not there: {', '.join(gone[:5])}.")
    for each in pointed:
        if home and asked.known(each.place.key) is None and each.place.key not in asked.absent:
            yield telling.unread(each, home.page)


def _own_words(domain: str, home: Home, fetch: Fetch) -> Iterator[Finding]:
    for name, how in list(home.site.names.items())[:5]:
        yield home.page.finding(Fact.ORGANISATION, name, context=f"{domain} calls itself so ({how}).", how=how)
    for mail, how in list(home.site.emails.items())[:30]:
        yield home.page.finding(Kind.EMAIL, mail, context=f"{domain} names it ({how}).", how=how)
    if home.security is None:
        return
    security, reply = home.security
    old = security.expires is not None and security.expires < fetch.now
    note = " The file has expired." if old else ""
    for mail in security.contacts[:10]:
        context = f"{domain} wants to hear of weaknesses there.{note}"
        yield reply.finding(
            Kind.EMAIL, mail, context=context, role="security contact", expires=security.expires, expired=old
        )
    for url, role in security.pages[:10]:
        yield reply.finding(Kind.URL, url, context=f"Named in the security.txt of {domain}.{note}", role=role)
