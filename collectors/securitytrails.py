"""What a name was before: passive DNS, subdomains and former registrations (SecurityTrails, API v1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collectors import shape
from collectors.declare import Budget, Findings, Key, Option, Rate, collector
from collectors.doors.verdict import is_page
from collectors.trails.budget import MOST_PAGES, Spending, Usage, listed, spending, usage_of
from collectors.trails.names import MOST_LABELS, associated_findings, below, subdomain_findings, tag_findings
from collectors.trails.neighbours import MOST_BLOCKS, neighbour_findings, unread
from collectors.trails.registrations import Held, held, rows_of
from collectors.trails.saying import say_records, say_spending
from collectors.trails.telling import (
    TYPES,
    Records,
    record_findings,
    registration_findings,
)
from core.errors import BadKey, Changed, Forbidden, RateLimited, SourceError
from core.language import N_
from core.language.noted import noted
from core.models import Fact, Finding, Kind, Target
from core.targets import registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

HOST = "api.securitytrails.com"
API = f"https://{HOST}/v1"
SOURCE = "SecurityTrails"
KEY = "securitytrails_key"
MOST_NAMES = 5_000
MOST_REGISTRATIONS = 500  # of one page: the source writes a hundred
TIMEOUT = 20.0
MORE = N_("SecurityTrails knows more names below {name} than it gave: {n:,} are here.")
MORE_OF = N_("SecurityTrails knows more names below {name} than it gave: {n:,} of {total:,} are here.")


async def probe(fetch: Fetch) -> str:
    """How much of the month's budget is left, in a sentence (one question, which names no target)."""
    usage = await _usage(fetch)
    return noted("It takes the key: {usage}.", usage=usage.sentence)


@collector(
    title="DNS history (SecurityTrails)",
    accepts=[Kind.DOMAIN, Kind.IP],
    yields=[
        *(Kind.DOMAIN, Kind.IP, Kind.CIDR, Kind.EMAIL),
        *(Fact.CHANGE, Fact.RECORD, Fact.SERVICE, Fact.ORGANISATION, Fact.PERSON),
    ],
    hosts=[HOST],
    tells="SecurityTrails learns the domain or the address.",
    # The smallest plan is said to let us ask twice a second; every page counts against the month.
    rates={HOST: Rate(1, 1)},
    life=86400.0,
    life_nothing=86400.0,  # partial answers too: with a small budget every answer is one, and asking again costs it
    deadline=90.0,
    keys=[Key(KEY, "https://securitytrails.com/app/account/credentials", required=True, probe=probe)],
    budgets=[Budget(SOURCE, HOST, key=KEY, usual=12)],
    options=[Option("deep", about="Spends all that is left of the month's budget on this target, instead of a tenth")],
    order=60,
)
async def securitytrails(target: Target, fetch: Fetch) -> Findings:
    """Where a domain led before, who answered for it, names below it, and when that changed; an address's neighbours.

    What is asked depends on what is left of the month's budget: the most telling questions first, a tenth of what is
    left at most. What was left out is said.
    """
    usage = await _usage_or_unknown(fetch)
    fetch.notes.aside()
    if usage.left == 0:
        raise RateLimited(", ".join((usage.sentence, noted("so nothing was asked about the target."))))
    purse = spending(target.kind, usage, deep=fetch.wants("deep"))
    purse.take()  # what the first topic costs: it is asked whatever the budget
    trail = (
        _of_address(target.value, fetch, purse) if target.kind is Kind.IP else _of_domain(target.value, fetch, purse)
    )
    async for finding in trail:
        yield finding


async def _of_address(ip: str, fetch: Fetch, purse: Spending) -> Findings:
    reply = await _first(fetch, purse, {"ip": ip})
    if reply is None:
        return
    blocks = shape.dig(reply.json(), "blocks")
    if not isinstance(blocks, list):
        raise Changed(noted("SecurityTrails answered no neighbours: blocks is not a list."))
    missed = unread(reply)
    if blocks and missed == len(blocks[:MOST_BLOCKS]):
        raise Changed(noted("SecurityTrails answered neighbours that cannot be read: blocks[0].ip."))
    for finding in neighbour_findings(reply, ip):
        yield finding
    if missed:
        fetch.gap("changed", noted("{n:,} of {total:,} neighbours could not be read.", n=missed, total=len(blocks)))
    if len(blocks) > MOST_BLOCKS:
        many = N_("SecurityTrails sent {n:,} neighbours; {most:,} were read.")
        fetch.gap("truncated", noted(many, n=len(blocks), most=MOST_BLOCKS))
    say_spending(fetch, purse, ip, {})


async def _of_domain(host: str, fetch: Fetch, purse: Spending) -> Findings:
    registered = registrable(host) or host
    places = {"host": host, "registered": registered}
    current = await _first(fetch, purse, places)
    if current is None:
        return
    if not isinstance(shape.dig(current.json(), "current_dns"), dict):
        raise Changed(noted("SecurityTrails answered no records: current_dns is not there."))
    records = {rdtype: Records(rdtype) for rdtype in TYPES}
    for each in records.values():
        each.read_current(current.json())
    replies, refused = await _rest(fetch, purse, places)
    await _histories(fetch, purse, places, records, replies)
    registrations = await _registrations(fetch, purse, places, replies)
    for each in records.values():
        for finding in record_findings(each, current, fetch.now, host):
            yield finding
    for finding in _others(fetch, replies, registrations, places):
        yield finding
    say_records(fetch, records.values())
    say_spending(fetch, purse, host, refused)


async def _first(fetch: Fetch, purse: Spending, places: dict[str, str]) -> Reply | None:
    """The answer without which there is none; None when the source does not know the target.

    Whether 404 means that is not written down anywhere. It is believed where the same API has just answered another
    question, so that the address is right.
    """
    reply = await _ask(fetch, purse.topics[0].path.format(**places))
    if not reply.absent:
        return reply
    if purse.usage == Usage():
        raise Changed(noted("SecurityTrails answered 404, which may mean anything as long as it answers nothing else."))
    fetch.remark(noted("SecurityTrails does not know {name}.", name=places.get("host") or places["ip"]))
    return None


async def _rest(
    fetch: Fetch, purse: Spending, places: dict[str, str]
) -> tuple[dict[str, Reply], dict[str, SourceError]]:
    """The other topics that the budget allows, the best first; their answers, and what the plan does not include."""
    replies: dict[str, Reply] = {}
    refused: dict[str, SourceError] = {}
    chosen = purse.chosen()
    for number, topic in enumerate(chosen):
        purse.take(topic.cost)
        answer = await fetch.attempt(_ask(fetch, topic.path.format(**places)))
        if not isinstance(answer, SourceError):
            replies[topic.name] = answer
        elif isinstance(answer, Forbidden):
            refused[topic.what] = answer
        else:
            fetch.gap(answer.reason, f"{topic.label}: {answer}")
        if isinstance(answer, RateLimited | BadKey):  # it will not answer the others either
            if unasked := [each.what for each in chosen[number + 1 :]]:
                fetch.gap(answer.reason, noted("Not asked after that: {names}.", names=listed(unasked)))
            break
    return replies, refused


async def _histories(
    fetch: Fetch, purse: Spending, places: dict[str, str], records: dict[str, Records], replies: dict[str, Reply]
) -> None:
    """Read the first pages of all histories, then ask for further ones, the best first, while the budget lasts."""
    topics = [each for each in purse.topics if each.name in records and each.name in replies]
    for topic in topics:
        if not records[topic.name].read_page(replies[topic.name]):
            first = noted("{what} cannot be read: records[0].first_seen.", what=topic.label)
            fetch.gap("changed", first)
    for topic in topics:
        history = records[topic.name]
        while len(history.replies) < min(history.pages, MOST_PAGES) and purse.take():
            asking = _ask(fetch, topic.path.format(**places), page=len(history.replies) + 1)
            answer = await fetch.tolerate(asking, topic.what)
            if answer is None or answer.absent:
                break
            if not history.read_page(answer):
                fetch.gap("changed", noted("A further page of the {what} cannot be read.", what=topic.what))
                break
        if history.pages > len(history.replies):
            read = {"n": len(history.replies), "pages": history.pages}
            fetch.gap("truncated", noted("Of the {what}, {n:,} of {pages:,} pages were read.", what=topic.what, **read))


async def _registrations(
    fetch: Fetch, purse: Spending, places: dict[str, str], replies: dict[str, Reply]
) -> list[Reply]:
    """The pages of former registrations, the first of which may have been asked."""
    if "whois" not in replies:
        return []
    pages = [replies["whois"]]
    more = 1 if pages[0].absent else shape.whole(pages[0].json(), "pages") or 1
    while len(pages) < min(more, MOST_PAGES) and purse.take():
        asking = _ask(fetch, f"/history/{places['registered']}/whois", page=len(pages) + 1)
        answer = await fetch.tolerate(asking, noted("Former registrations"))
        if answer is None or answer.absent:
            break
        pages.append(answer)
    if more > len(pages):
        read = N_("Of the former registrations, {n:,} of {pages:,} pages were read.")
        fetch.gap("truncated", noted(read, n=len(pages), pages=more))
    return pages


def _others(
    fetch: Fetch, replies: dict[str, Reply], registrations: list[Reply], places: dict[str, str]
) -> Iterator[Finding]:
    """Names below it, former registrations, tags and associated domains, where they were asked."""
    for name, key in (("subdomains", "subdomains"), ("tags", "tags"), ("associated", "records")):
        answer = replies.get(name)
        if answer is not None and not answer.absent and not isinstance(shape.dig(answer.json(), key), list):
            other = N_("SecurityTrails answered {name} in a shape that I do not know: {key} is not a list.")
            fetch.gap("changed", noted(other, name=name, key=key))
    if (reply := replies.get("subdomains")) is not None:
        yield from subdomain_findings(reply, _names(fetch, reply, places["host"]), places["registered"])
    yield from registration_findings(_held(fetch, registrations), registrations, fetch.now)
    if (reply := replies.get("tags")) is not None:
        yield from tag_findings(reply)
    if (reply := replies.get("associated")) is not None:
        yield from associated_findings(reply, places["registered"])


def _names(fetch: Fetch, reply: Reply, host: str) -> list[str]:
    names, unread = below(reply, host)
    said = None if reply.absent else reply.json()
    if unread:
        fetch.gap("changed", noted("{n:,} names below {name} could not be read.", n=unread, name=host))
    count = shape.whole(said, "subdomain_count") or 0
    listed_there = len(shape.items(said, "subdomains"))
    if shape.dig(said, "meta", "limit_reached") is True or len(names) > MOST_NAMES or listed_there > MOST_LABELS:
        way = MORE_OF if count > len(names) else MORE
        fetch.gap("truncated", noted(way, name=host, n=min(len(names), MOST_NAMES), total=count))
    return names[:MOST_NAMES]


def _held(fetch: Fetch, replies: list[Reply]) -> list[Held]:
    found: list[Held] = []
    unread = 0
    for page, reply in enumerate(replies):
        rows = [] if reply.absent else rows_of(reply.json())
        rows = rows[:MOST_REGISTRATIONS] if rows is not None else None
        read = [each for row in rows or [] if (each := held(row, page))]
        unread += len(rows) - len(read) if rows is not None else 1
        found += read
    if unread:
        lost = N_("{n:,} former registrations could not be read (result.items[].started).")
        fetch.gap("changed", noted(lost, n=unread))
    return found


async def _usage_or_unknown(fetch: Fetch) -> Usage:
    """Where the budget cannot be learned, little is asked. A refused key or an empty budget ends the run."""
    usage = await fetch.attempt(_usage(fetch))
    if isinstance(usage, BadKey | RateLimited):
        raise usage
    return Usage() if isinstance(usage, SourceError) else usage


async def _usage(fetch: Fetch) -> Usage:
    reply = await _ask(fetch, "/account/usage", absent=())
    usage = usage_of(reply.json())
    if usage == Usage():
        raise Changed(noted("SecurityTrails answered no usage: current_monthly_usage is not there."))
    return usage


async def _ask(fetch: Fetch, path: str, *, page: int = 1, absent: tuple[int, ...] = (404,)) -> Reply:
    reply = await fetch.json(
        API + path,
        params={"page": str(page)} if page > 1 else None,
        headers={"APIKEY": fetch.key(KEY), "Accept": "application/json"},
        expect=dict,
        absent=absent,
        source=SOURCE,
        timeout=TIMEOUT,
    )
    if reply.absent and is_page(reply.headers, reply.body):
        raise Changed(noted("SecurityTrails answered a web page (404) where JSON was expected."))
    return reply
