"""Documents and pictures: who made them, where, when and with what; from a URL, a web site or a file in Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from collectors.declare import Findings, Rate, collector
from collectors.doors.verdict import is_page, wall_in
from collectors.files import links
from collectors.files.site import MOST_HOSTS, Site, host_of, say_if_nowhere, survey
from collectors.files.telling import findings, hashes
from core.errors import Blocked, Changed, SourceError, TooLarge
from core.language import N_, NN_
from core.language.noted import nnoted, noted
from core.models import Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

LARGEST = 20 * 1024 * 1024  # bytes of a file that somebody names
LARGEST_LINKED = 10 * 1024 * 1024  # of one that a site links to
MOST_DOCUMENTS = 5
NO_PAGE = ("a bot check", "a firewall's refusal")  # walls; a form with a captcha or a login may be the page itself
SLOW = 60.0  # seconds for a large file
MORE = NN_(
    "The pages read link to {n} more document; {most} were looked into.",
    "The pages read link to {n} more documents; {most} were looked into.",
)
CUT = N_("A page or site map names more than {most} addresses; the others were not looked at.")
ELSEWHERE = NN_(
    "Of the documents, {n} is on further hosts than the {most} whose rules are asked for; it was not looked into.",
    "Of the documents, {n} are on further hosts than the {most} whose rules are asked for; they were not looked into.",
)
FORBIDDEN = NN_(
    "The site's robots.txt keeps {n} document from programs; that was respected.",
    "The site's robots.txt keeps {n} documents from programs; that was respected.",
)


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
    untold=[Kind.FILE],
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
    reply = await fetch.attempt(fetch.get(target.value, cap=LARGEST, redirects=5, timeout=SLOW, absent=(404, 410)))
    if isinstance(reply, SourceError):
        await say_if_nowhere(fetch, reply, host_of(target.value))
        return
    if reply.absent:
        fetch.remark(noted("There is nothing at this address ({status}).", status=reply.status))
        return
    _check(reply, target.value, LARGEST)
    async for finding in _read(fetch, reply, value=reply.url, name=links.name_of(reply.url)):
        yield finding


async def _read(fetch: Fetch, reply: Reply, *, value: str, name: str, page: str = "") -> AsyncIterator[Finding]:
    """One file's findings."""
    if not reply.body:
        fetch.remark(noted("{name} is empty.", name=name))
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
        raise TooLarge(noted("The file is larger than the {most} MB I read at most.", most=cap // 2**20))
    if not is_page(reply.headers, reply.body):
        return
    document = links.ending(asked) in links.DOCUMENTS
    wall = wall_in(reply.headers, reply.body)
    if wall and (document or wall in NO_PAGE):
        raise Blocked(noted("{source} showed {wall}.", source=reply.source, wall=wall))
    if document:
        raise Changed(noted("{source} answered a web page where a file was expected.", source=reply.source))


async def _from_site(target: Target, fetch: Fetch) -> AsyncIterator[Finding]:
    site = await survey(fetch, target.value)
    if site is None:
        return
    if not site.documents:
        fetch.remark(site.emptiness())
    for url in links.documents(site.documents)[:MOST_DOCUMENTS]:
        async for finding in _document(fetch, site, url):
            yield finding
    _say(fetch, site)


async def _document(fetch: Fetch, site: Site, url: str) -> AsyncIterator[Finding]:
    if not site.is_near(url):
        site.elsewhere += 1
        return
    if not await site.may(fetch, url):  # the rules of another host of the domain are asked for only now
        site.forbidden += 1
        return
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
        fetch.gap("truncated", nnoted(*MORE, more, most=MOST_DOCUMENTS))
    if site.is_cut:
        fetch.gap("truncated", noted(CUT, most=f"{links.MOST_LINKS:,}"))
    if site.elsewhere:
        fetch.gap("truncated", nnoted(*ELSEWHERE, site.elsewhere, most=MOST_HOSTS))
    if site.forbidden:
        fetch.gap("robots", nnoted(*FORBIDDEN, site.forbidden))
