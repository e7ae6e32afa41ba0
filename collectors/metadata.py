"""Documents and pictures: who made them, where, when and with what; from a URL, a web site or a file in Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ada_url

from collectors.declare import Findings, Rate, collector
from collectors.doors.verdict import is_page, wall_in
from collectors.files import links, robots
from collectors.files.robots import EVERYTHING_FORBIDDEN, Robots
from collectors.files.telling import findings, hashes
from core.errors import Blocked, Changed, Forbidden, SourceDown, SourceError, TooLarge
from core.models import Kind, Fact, Finding, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

LARGEST = 20 * 1024 * 1024  # bytes of a file that somebody names
LARGEST_LINKED = 10 * 1024 * 1024  # of one that a site links to
LARGEST_PAGE = 1024 * 1024
MOST_DOCUMENTS = 5
MOST_PAGES = 10  # site maps included
SLOW = 60.0  # seconds for a large file


@collector(
    title="Metadata of files",
    accepts=[Kind.URL, Kind.DOMAIN, Kind.FILE],
    yields=[
        *(Kind.FILE, Kind.HASH, Kind.EMAIL, Kind.URL, Kind.USERNAME, Kind.DOMAIN, Kind.IP),
        *(Fact.PERSON, Fact.ORGANISATION, Fact.SOFTWARE, Fact.DEVICE, Fact.PATH, Fact.LOCATION, Fact.POSTURE),
    ],
    hosts=["*"],
    tells="The web server of the URL or domain sees our requests. A file from Slack is read here; nobody is told.",
    touches=[Kind.URL, Kind.DOMAIN],
    default_rate=Rate(1, 1, burst=2),
    life=86400.0,
    life_nothing=3600.0,
    deadline=120.0,
    order=110,
)
async def metadata(target: Target, fetch: Fetch) -> Findings:
    """What documents and pictures say about who made them, where and with what.

    Of a domain, at most five documents are read that its own pages and site maps link to. Files are hostile: each is
    read in a child process without network, rights or much memory.
    """
    if target.kind is Kind.FILE:
        reply, name = await fetch.files.get(target, cap=LARGEST)
        look: AsyncIterator[Finding] = _read(fetch, reply, value=name, name=name)
    elif target.kind is Kind.URL:
        look = _from_url(target, fetch)
    else:
        look = _from_site(target, fetch)
    async for finding in look:
        yield finding


async def _from_url(target: Target, fetch: Fetch) -> AsyncIterator[Finding]:
    reply = await fetch.get(target.value, cap=LARGEST, redirects=5, timeout=SLOW, absent=(404, 410))
    if reply.absent:
        fetch.remark(f"There is nothing at this address ({reply.status}).")
        return
    _check(reply, target.value, LARGEST)
    async for finding in _read(fetch, reply, value=reply.url, name=links.name_of(reply.url)):
        yield finding


async def _read(fetch: Fetch, reply: Reply, *, value: str, name: str, page: str = "") -> AsyncIterator[Finding]:
    """One file's findings."""
    if not reply.body:
        fetch.remark(f"{name} is empty.")
        return
    report = await fetch.files.read(reply)
    prints = await asyncio.to_thread(hashes, reply.body)
    for reason, sentence in report.gaps:
        fetch.gap(reason, f"{name}: {sentence}")
    for sentence in report.remarks:
        fetch.remark(f"{name}: {sentence}")
    for finding in findings(reply, report, prints, value=value, name=name, page=page):
        yield finding


def _check(reply: Reply, asked: str, cap: int) -> None:
    """Raises:
    TooLarge: the file is longer than was read: half a file has another hash, and its end is missing.
    Blocked, Changed: a web page stands where a document was asked for.
    """
    if reply.truncated:
        raise TooLarge(f"The file is larger than the {cap // 2**20} MB I read at most.")
    document = links.ending(asked) in links.DOCUMENTS
    if is_page(reply.headers, reply.body) and (wall := wall_in(reply.headers, reply.body)):
        raise Blocked(f"{reply.source} showed {wall}.")
    if document and is_page(reply.headers, reply.body):
        raise Changed(f"{reply.source} answered a web page where a file was expected.")


@dataclass
class Site:
    """What was seen of a site so far."""

    domain: str
    host: str  # where its home page is
    rules: Robots = field(default_factory=Robots)
    pages: int = 0
    documents: dict[str, str] = field(default_factory=dict)  # address -> the page that links to it
    waiting: list[str] = field(default_factory=list)  # pages
    forbidden: int = 0  # addresses its rules keep from us

    def learn(self, urls: Sequence[str], page: str) -> None:
        """Note where a page leads, as far as it stays within the domain and the site lets us."""
        own = [url for url in urls if links.is_within(url, self.domain)]
        allowed = [url for url in own if self.may(url)]
        for url in links.documents(allowed):
            self.documents.setdefault(url, page)
        self.waiting += [url for url in links.pages(allowed, self.host) if url not in self.waiting]
        self.forbidden += len(links.documents(own)) - len(links.documents(allowed))

    def may(self, url: str) -> bool:
        """The rules are of one host; those of another are not known, so only its documents' own names count."""
        return self.rules.allows(links.path_of(url))


async def _from_site(target: Target, fetch: Fetch) -> AsyncIterator[Finding]:
    home = await _home(target, fetch)
    site = Site(target.value, ada_url.URL(home.url).hostname, pages=1)
    if not links.is_within(home.url, target.value):
        fetch.remark(f"{target.value} leads to {site.host}, which is another domain: its documents were not looked for.")
        return
    site.rules = await _rules(fetch, home.url)
    site.learn(links.in_page(home.text(), home.url), home.url)
    await _maps(fetch, site, home.url)
    await _pages(fetch, site, {home.url})
    if not site.documents:
        fetch.remark(f"{_pages_read(site)} of {site.host} link to no document.")
    for url in links.documents(site.documents)[:MOST_DOCUMENTS]:
        async for finding in _document(fetch, site, url):
            yield finding
    _say(fetch, site)


async def _home(target: Target, fetch: Fetch) -> Reply:
    """The home page, over http only where nothing answers over https.

    Raises:
        SourceError: neither answers.
    """
    found = await fetch.attempt(_page(fetch, f"https://{target.value}/", absent=()))
    if isinstance(found, SourceDown):
        found = await _page(fetch, f"http://{target.value}/", absent=())
    if isinstance(found, SourceError):
        raise found
    if wall := wall_in(found.headers, found.body):
        raise Blocked(f"{target.value} showed {wall}.")
    if not is_page(found.headers, found.body):
        raise Changed(f"{target.value} has no web page where its home page should be.")
    return found


async def _page(fetch: Fetch, url: str, *, absent: tuple[int, ...] = (404, 410)) -> Reply:
    return await fetch.get(url, cap=LARGEST_PAGE, redirects=5, absent=absent)


async def _rules(fetch: Fetch, home: str) -> Robots:
    """RFC 9309 2.3.1: without a file everything is allowed; when it cannot be had, nothing is."""
    asking = fetch.get(
        ada_url.URL("/robots.txt", base=home).href, cap=robots.LARGEST, redirects=5, absent=(400, 401, 403, 404, 410)
    )
    found = await fetch.attempt(asking)
    if isinstance(found, Forbidden | Changed):  # any other 4xx
        return Robots()
    if isinstance(found, SourceError):
        fetch.gap(found.reason, f"Its robots.txt could not be read, so nothing beyond the home page was: {found}")
        return EVERYTHING_FORBIDDEN
    return Robots() if found.absent or is_page(found.headers, found.body) else robots.read(found.text())


async def _maps(fetch: Fetch, site: Site, home: str) -> None:
    """What the site maps list; a map of maps is followed one step."""
    waiting = [url for url in site.rules.maps if links.is_within(url, site.domain)] if site.rules.maps else []
    waiting = waiting or [ada_url.URL("/sitemap.xml", base=home).href]
    for url in waiting[:2]:
        await _map(fetch, site, url, deeper=True)


async def _map(fetch: Fetch, site: Site, url: str, *, deeper: bool) -> None:
    if site.pages >= MOST_PAGES or not site.may(url):
        return
    site.pages += 1
    found = await fetch.attempt(_page(fetch, url))
    if isinstance(found, SourceError):
        if found.reason not in ("forbidden", "changed"):
            fetch.gap(found.reason, f"Its site map could not be read: {found}")
        return
    listed = links.in_map("" if found.absent else found.text(), url)
    site.learn(listed, url)
    for more in [each for each in listed if each.endswith(".xml") and links.is_within(each, site.domain)][:2]:
        if deeper:
            await _map(fetch, site, more, deeper=False)


async def _pages(fetch: Fetch, site: Site, read: set[str]) -> None:
    """Further pages, while there are too few documents."""
    broken: list[SourceError] = []
    while site.waiting and site.pages < MOST_PAGES and len(site.documents) < MOST_DOCUMENTS:
        url = site.waiting.pop(0)
        if url in read:
            continue
        read.add(url)
        site.pages += 1
        found = await fetch.attempt(_page(fetch, url))
        if isinstance(found, SourceError):
            broken.append(found)
        elif not found.absent and is_page(found.headers, found.body) and links.is_within(found.url, site.domain):
            site.learn(links.in_page(found.text(), found.url), found.url)
    if broken:
        fetch.gap(broken[0].reason, f"{len(broken)} of its pages could not be read: {broken[0]}")


async def _document(fetch: Fetch, site: Site, url: str) -> AsyncIterator[Finding]:
    reply = await fetch.tolerate(_fetched(fetch, url), links.name_of(url))
    if reply is None:
        return
    async for finding in _read(fetch, reply, value=reply.url, name=links.name_of(url), page=site.documents[url]):
        yield finding


async def _fetched(fetch: Fetch, url: str) -> Reply:
    reply = await fetch.get(url, cap=LARGEST_LINKED, redirects=3, timeout=SLOW, absent=())
    _check(reply, url, LARGEST_LINKED)
    return reply


def _say(fetch: Fetch, site: Site) -> None:
    more = len(site.documents) - MOST_DOCUMENTS
    if more > 0:
        fetch.gap("truncated", f"The pages read link to {more} more documents; {MOST_DOCUMENTS} were looked into.")
    if site.forbidden:
        fetch.remark(f"The site's robots.txt keeps {site.forbidden} documents from programs; they were left alone.")


def _pages_read(site: Site) -> str:
    return "The home page" if site.pages == 1 else f"The {site.pages} pages and site maps read"
