"""Looks over a web site for its documents: home page, site maps, a few more pages; no further than it lets programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ada_url

from collectors.doors.verdict import is_page, wall_in
from collectors.files import links, robots
from collectors.files.robots import EVERYTHING_FORBIDDEN, Robots
from collectors.names import is_host
from core.errors import Blocked, Changed, Forbidden, SourceDown, SourceError
from core.language import N_, NN_
from core.language.noted import nnoted, noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

LARGEST = 1024 * 1024  # bytes of a page
MOST_PAGES = 10  # site maps included
ENOUGH = 5  # documents: no further page is read for more
MOST_HOSTS = 4  # of the domain whose rules are asked for
NO_RULES = (400, 401, 403, 404, 410)  # statuses that mean there is no robots.txt
LEADS_AWAY = N_("{name} leads to {host}, another domain: documents were not looked for there.")
NONE = NN_(
    "Of {name}, {n} page was read; none links to a document.",
    "Of {name}, {n} pages and site maps were read; none links to a document.",
)
NONE_ALLOWED = NN_(
    "Of {name}, {n} page was read; none links to a document that programs may read.",
    "Of {name}, {n} pages and site maps were read; none links to a document that programs may read.",
)
UNREAD = NN_("{n} of its pages could not be read: {why}", "{n} of its pages could not be read: {why}")


@dataclass
class Site:
    """What was seen of a site so far."""

    domain: str
    home: str = ""  # the home page's address
    rules: dict[str, Robots] = field(default_factory=dict)  # by host
    pages: int = 1
    documents: dict[str, str] = field(default_factory=dict)  # address -> the page that links to it
    waiting: list[str] = field(default_factory=list)  # pages
    forbidden: int = 0  # documents its rules keep from us
    is_cut: bool = False  # a page or site map named more addresses than are looked at
    elsewhere: int = 0  # documents on further hosts than are asked for their rules

    @property
    def host(self) -> str:
        return host_of(self.home)

    def learn(self, urls: Sequence[str], page: str) -> None:
        """Note where a page leads, as far as it stays within the domain."""
        self.is_cut = self.is_cut or len(urls) > links.MOST_LINKS
        own = [url for url in urls[: links.MOST_LINKS] if links.is_within(url, self.domain)]
        for url in links.documents(own):
            self.documents.setdefault(url, page)
        self.waiting = list(dict.fromkeys([*self.waiting, *links.pages(own, self.host)]))[: links.MOST_LINKS]

    def leave_forbidden(self) -> None:
        """Let go of the documents that rules known by now keep from us."""
        kept = {
            url: page
            for url, page in self.documents.items()
            if self.rules.get(host_of(url), Robots()).allows(links.path_of(url))
        }
        self.forbidden += len(self.documents) - len(kept)
        self.documents = kept

    def is_near(self, url: str) -> bool:
        """Whether its host's rules are known or may still be asked for."""
        return host_of(url) in self.rules or len(self.rules) < MOST_HOSTS

    async def may(self, fetch: Fetch, url: str) -> bool:
        """Whether the rules of the address's host let us read it."""
        host = host_of(url)
        if not self.is_near(url):
            return False
        if host not in self.rules:
            self.rules[host] = await _rules(fetch, url)
        return self.rules[host].allows(links.path_of(url))

    def emptiness(self) -> str:
        """What to say when no document was found."""
        if not links.is_within(self.home, self.domain):
            return noted(LEADS_AWAY, name=self.domain, host=self.host)
        return nnoted(*(NONE_ALLOWED if self.forbidden else NONE), self.pages, name=self.domain)


async def survey(fetch: Fetch, domain: str) -> Site | None:
    """Read what a site shows; None when the domain does not exist, which is said.

    Raises:
        SourceError: its home page could not be read; what else could not is noted as a gap.
    """
    home = await _home(fetch, domain)
    if isinstance(home, SourceError):
        await say_if_nowhere(fetch, home, domain)
        return None
    site = Site(domain, home.url)
    if not links.is_within(home.url, domain):
        return site
    await site.may(fetch, home.url)
    site.learn(links.in_page(home.text(), home.url), home.url)
    maps = [url for url in site.rules[site.host].maps if links.is_within(url, domain)]
    for url in (maps or [ada_url.URL("/sitemap.xml", base=home.url).href])[:2]:
        await _map(fetch, site, url, deeper=True)
    await _pages(fetch, site)
    site.leave_forbidden()
    return site


async def say_if_nowhere(fetch: Fetch, trouble: SourceError, host: str) -> None:
    """Nobody answers: say so if that is because there is no such name, which is an answer.

    Raises:
        SourceError: the trouble itself, when the name exists or that is not known.
    """
    if isinstance(trouble, SourceDown) and is_host(host):
        name = await fetch.attempt(fetch.dns(host, "A"))
        if not isinstance(name, SourceError) and name.rcode == "NXDOMAIN":
            fetch.remark(noted("{host} does not exist (NXDOMAIN), so no file can be there.", host=host))
            return
    raise trouble


async def _home(fetch: Fetch, domain: str) -> Reply | SourceError:
    """The home page, over http only where nothing answers over https."""
    found = await fetch.attempt(_page(fetch, f"https://{domain}/", absent=()))
    if isinstance(found, SourceDown):
        found = await fetch.attempt(_page(fetch, f"http://{domain}/", absent=()))
    if isinstance(found, SourceError):
        return found
    wall = wall_in(found.headers, found.body)
    if wall and not any(links.is_within(url, domain) for url in links.in_page(found.text(), found.url)):
        raise Blocked(
            noted("{source} showed {wall}.", source=domain, wall=wall)
        )  # one that leads on is a home page with a form on it
    if not is_page(found.headers, found.body):
        raise Changed(noted("{name} has no web page where its home page should be.", name=domain))
    return found


async def _page(fetch: Fetch, url: str, *, absent: tuple[int, ...] = (404, 410)) -> Reply:
    return await fetch.get(url, cap=LARGEST, redirects=5, absent=absent)


async def _rules(fetch: Fetch, url: str) -> Robots:
    """RFC 9309 2.3.1: where there is no file everything is allowed; when it cannot be had, nothing is."""
    there = ada_url.URL("/robots.txt", base=url).href
    found = await fetch.attempt(fetch.get(there, cap=robots.LARGEST, redirects=5, absent=NO_RULES))
    if isinstance(found, Forbidden | Changed):  # another status of the 400s, or a strange one
        return Robots()
    if isinstance(found, SourceError):
        why = noted(
            "The robots.txt of {host} could not be read, so little else was: {why}", host=host_of(url), why=found
        )
        fetch.gap(found.reason, why)
        return EVERYTHING_FORBIDDEN
    return Robots() if found.absent or is_page(found.headers, found.body) else robots.read(found.text())


async def _map(fetch: Fetch, site: Site, url: str, *, deeper: bool) -> None:
    """What a site map lists; a map of maps is followed one step."""
    if site.pages >= MOST_PAGES or not await site.may(fetch, url):
        return
    site.pages += 1
    found = await fetch.attempt(_page(fetch, url))
    if isinstance(found, SourceError):
        fetch.gap(found.reason, noted("A site map could not be read: {why}", why=found))
        return
    listed = links.in_map("" if found.absent else found.text(), url)
    site.learn(listed, url)
    maps = [each for each in listed if links.ending(each) == "xml" and links.is_within(each, site.domain)]
    for more in maps[:2] if deeper else ():
        await _map(fetch, site, more, deeper=False)


async def _pages(fetch: Fetch, site: Site) -> None:
    """Further pages, while there are too few documents."""
    read = {site.home}
    broken: list[SourceError] = []
    while site.waiting and site.pages < MOST_PAGES and len(site.documents) < ENOUGH:
        url = site.waiting.pop(0)
        if url in read or not await site.may(fetch, url):
            continue
        read.add(url)
        site.pages += 1
        found = await fetch.attempt(_page(fetch, url))
        if isinstance(found, SourceError):
            broken.append(found)
        elif not found.absent and is_page(found.headers, found.body) and links.is_within(found.url, site.domain):
            site.learn(links.in_page(found.text(), found.url), found.url)
    if broken:
        fetch.gap(broken[0].reason, nnoted(*UNREAD, len(broken), why=broken[0]))


def host_of(url: str) -> str:
    return ada_url.URL(url).hostname
