"""A domain's own word on its accounts: asks its web server, its DNS and Keybase, and whether the accounts link back."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dns.rdtypes.ANY.TXT import TXT

from collectors.doors.verdict import is_page, wall_in
from collectors.profiles import telling
from collectors.profiles.homepage import Security, Site, read_humans, read_page, read_security
from collectors.profiles.places import BLUESKY, Place
from collectors.profiles.profile import Profile
from collectors.profiles.rounds import MOST_LINKED, Linked, Pointer, Round, pointers
from collectors.profiles.services import about_did, about_place, proofs_for_domain
from collectors.zone.telling import as_they_come
from core.errors import SourceError
from core.language import N_
from core.language.noted import noted
from core.models import Fact, Finding, Kind
from core.targets import registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

PAGE_CAP = 1024 * 1024
TEXT_CAP = 32 * 1024
PAGE_TIMEOUT, TEXT_TIMEOUT = 8.0, 4.0  # three tries of each, and the profiles after it, must fit into the run
ELSEWHERE = N_("{domain} leads to {host}, another domain: accounts were not looked for there.")
BEHIND = N_("The home page of {domain} was not read: {domain} showed {wall}.")
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
    questions = [proofs_for_domain(domain), *linked[:MOST_LINKED]]
    if did := await _did(fetch, domain):
        pointed.append(Linked(Place(BLUESKY, did, ""), [Pointer(domain, noted("its DNS"), proven=False)]))
        questions.append(about_did(did))
    async with aclosing(asked.ask(questions)) as coming:
        async for profile in coming:
            yield _told(profile, domain, pointers(pointed, profile, asked))
    for finding in _unread(asked, home, pointed):
        yield finding


async def _home(fetch: Fetch, domain: str) -> Home | None:
    """The home page and its contact files; None, with a gap, when no page came."""
    page = await fetch.attempt(_page(fetch, f"https://{domain}/", domain))
    if isinstance(page, SourceError) and not domain.startswith("www."):
        other = await fetch.attempt(_page(fetch, f"https://www.{domain}/", domain))
        page = page if isinstance(other, SourceError) else other
    if isinstance(page, SourceError):
        fetch.gap(page.reason, noted("The home page of {domain} was not read: {why}", domain=domain, why=page))
        return None
    site = Site()
    host = urlsplit(page.url).hostname or domain
    if registrable(host) != registrable(domain):  # what stands there is somebody else's word
        fetch.remark(noted(ELSEWHERE, domain=domain, host=host))
    else:
        if not page.absent and is_page(page.headers, page.body):
            read_page(page.text(), domain.removeprefix("www."), site)
        _note_empty(fetch, domain, page, site)
    async with aclosing(as_they_come(_humans(fetch, domain, site), _security(fetch, domain))) as coming:
        security = [found async for found in coming]
    return Home(site, page, security[0] if security else None)


def _note_empty(fetch: Fetch, domain: str, page: Reply, site: Site) -> None:
    """A page without accounts may be a wall in its place; many pages hold the word captcha beside their links."""
    if site.places:
        return
    if wall := wall_in(page.headers, page.body):
        fetch.gap("blocked", noted(BEHIND, domain=domain, wall=wall))
    elif page.absent or not is_page(page.headers, page.body):
        fetch.remark(noted("{domain} has no home page.", domain=domain))
    else:
        fetch.remark(noted("The home page of {domain} names no account of a service I know.", domain=domain))


async def _page(fetch: Fetch, url: str, source: str) -> Reply:
    return await fetch.get(url, source=source, cap=PAGE_CAP, redirects=3, absent=(404, 410), timeout=PAGE_TIMEOUT)


async def _text(fetch: Fetch, url: str, source: str) -> Reply | None:
    """A text file; None when there is none, or a web page in its place (many sites answer one to everything)."""
    reply = await fetch.text(
        url, source=source, cap=TEXT_CAP, redirects=3, absent=(401, 403, 404, 410), timeout=TEXT_TIMEOUT
    )
    return None if reply.absent or is_page(reply.headers, reply.body) else reply


async def _humans(fetch: Fetch, domain: str, site: Site) -> list[tuple[Security, Reply]]:
    """Read the humans.txt into `site`; hardly anybody has one, so that it cannot be asked for is no gap."""
    reply = await fetch.attempt(_text(fetch, f"https://{domain}/humans.txt", domain))
    if reply is not None and not isinstance(reply, SourceError):
        read_humans(reply.text(), domain.removeprefix("www."), site)
    return []


async def _security(fetch: Fetch, domain: str) -> list[tuple[Security, Reply]]:
    """The security.txt, from its place or from the older one (RFC 9116 section 3)."""
    for path in ("/.well-known/security.txt", "/security.txt"):
        reply = await fetch.attempt(_text(fetch, f"https://{domain}{path}", domain))
        if isinstance(reply, SourceError):
            said = noted("The security.txt of {domain} was not read: {why}", domain=domain, why=reply)
            fetch.gap(reply.reason, said)
            return []
        if reply is not None:
            return [(read_security(reply.text()), reply)]
    return []


async def _did(fetch: Fetch, domain: str) -> str:
    """The Bluesky account that the domain names. https://atproto.com/specs/handle#dns-txt-method"""
    reply = await fetch.tolerate(fetch.dns(f"_atproto.{domain}", "TXT"), f"_atproto.{domain}")
    if reply is None:
        return ""
    texts = [b"".join(record.strings) for record in reply.records if isinstance(record, TXT)]
    dids = list(dict.fromkeys(match[1].decode() for text in texts if (match := _DID.fullmatch(text))))
    return dids[0] if len(dids) == 1 else ""  # several contradict each other


def _pointed(domain: str, home: Home) -> list[Linked]:
    return [Linked(place, [Pointer(domain, how, proven=False)]) for place, how in home.site.places.values()]


def _told(profile: Profile, domain: str, by: list[Pointer]) -> Finding:
    back = [link for link in profile.links if _leads_to(link.url, domain)]
    if not by:
        names = [domain] if back else []
        return telling.proving(profile, names if any(link.proven for link in back) else [], names)
    proofs = [Pointer(profile.label, link.how, proven=True) for link in back if link.proven]
    return telling.linked(profile, [*by, *proofs], back=bool(back))


def leads_back(profile: Profile, domain: str) -> bool:
    """Whether a profile names the domain as its own."""
    return any(_leads_to(link.url, domain) for link in profile.links)


def _leads_to(url: str, domain: str) -> bool:
    host = url.split("/")[2].partition(":")[0]
    return host == domain or host.endswith(f".{domain}") or f"www.{host}" == domain


def _unread(asked: Round, home: Home | None, pointed: list[Linked]) -> Iterator[Finding]:
    gone = [each.place.label for each in pointed if each.place.key in asked.absent]
    if gone:
        asked.fetch.remark(noted("Linked, and not there: {names}.", names=", ".join(gone[:5])))
    for each in pointed:
        if home and asked.known(each.place.key) is None and each.place.key not in asked.absent:
            yield telling.unread(each, home.page)


def _own_words(domain: str, home: Home, fetch: Fetch) -> Iterator[Finding]:
    for name, how in list(home.site.names.items())[:5]:
        context = noted("{domain} calls itself so ({how}).", domain=domain, how=how)
        yield home.page.finding(Fact.ORGANISATION, name, context=context, how=how)
    for mail, how in list(home.site.emails.items())[:30]:
        context = noted(telling.NAMED_ONLY[0], who=domain, how=how)
        yield home.page.finding(Kind.EMAIL, mail, context=context, how=how)
    if home.security is None:
        return
    security, reply = home.security
    old = security.expires is not None and security.expires < fetch.now
    note = noted("The file has expired.") if old else ""
    for mail in security.contacts[:10]:
        said = noted("{domain} wants to hear of weaknesses there.", domain=domain)
        yield reply.finding(
            Kind.EMAIL,
            mail,
            context=f"{said} {note}".strip(),
            role="security contact",
            expires=security.expires,
            expired=old,
        )
    for url, role in security.pages[:10]:
        said = noted("Named in the security.txt of {domain}.", domain=domain)
        yield reply.finding(Kind.URL, url, context=f"{said} {note}".strip(), role=role)
