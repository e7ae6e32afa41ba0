"""What is open to the internet: ports, services and weaknesses as Shodan has seen them, without touching anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.declare import Budget, Findings, Key, Option, Rate, collector
from collectors.dns import address_in
from collectors.exposure import telling, zone
from collectors.exposure.host import Host, detailed, summary
from collectors.exposure.weaknesses import Weakness, scored
from core.errors import BadKey, Changed, Forbidden, NotATarget, RateLimited, SourceDown, SourceError
from core.models import Fact, Kind, Target
from core.targets import host_of, registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

REST, REST_HOST = "https://api.shodan.io", "api.shodan.io"
INTERNETDB = "https://internetdb.shodan.io"
CVEDB = "https://cvedb.shodan.io"
KEY = "shodan_key"
NAME, KEYLESS = "Shodan", "InternetDB (Shodan)"
CAP = 8 * 1024 * 1024  # a host with hundreds of services takes some megabytes
MOST_ADDRESSES = 4  # of one domain
MOST_SCORED = 8  # weaknesses whose scores are looked up: one question each, one a second
MOST_PAGES = 5  # of names, with the option; each is a query credit


async def probe(fetch: Fetch) -> str:
    """What the key's plan allows, which costs nothing to ask.

    Raises:
        SourceError: the key was refused, or Shodan could not be asked.
    """
    return (await _plan(fetch)).sentence


@collector(
    title="Open ports (Shodan)",
    accepts=[Kind.IP, Kind.DOMAIN, Kind.URL],
    yields=[
        *(Fact.PORT, Fact.VULNERABILITY, Fact.SOFTWARE, Fact.CERTIFICATE, Fact.KEY, Fact.WILDCARD, Fact.RECORD),
        Fact.CHANGE,
        *(Kind.IP, Kind.DOMAIN, Kind.ASN, Fact.ORGANISATION, Fact.LOCATION),
    ],
    hosts=[REST_HOST, "internetdb.shodan.io", "cvedb.shodan.io"],
    tells="Shodan learns the address; with a key also the domain. Your DNS resolver says which addresses a name has.",
    rates={REST_HOST: Rate(1, 1), "internetdb.shodan.io": Rate(1, 1), "cvedb.shodan.io": Rate(1, 1)},
    budgets=[Budget(NAME, REST_HOST, key=KEY)],  # query credits: plans differ, and /api-info says what is left
    life=86400.0,
    life_nothing=21600.0,
    deadline=60.0,
    keys=[Key(KEY, "https://account.shodan.io", required=False, probe=probe)],
    options=[
        Option("pages", f"Reads up to {MOST_PAGES} pages of a domain's names at Shodan, a query credit each."),
        Option("history", "Also tells what Shodan saw open before and does not any more, and what was replaced."),
    ],
    order=40,
)
async def shodan(target: Target, fetch: Fetch) -> Findings:
    """Open ports, the programs behind them and their known weaknesses, as Shodan has seen them.

    A domain stands for its addresses, a URL for those of its host; with a key the names below a domain come too.
    Without a key InternetDB answers: a weekly summary, with ports and guesses only.
    """
    asker = _Asker(fetch)
    host = host_of(target)
    if host is None:
        seen = await asker.look(address_in(target))
        async for finding in _told(seen, asker):
            yield finding
        return
    if target.kind is Kind.DOMAIN and asker.keyed:
        async for finding in _names(host, fetch):
            yield finding
    for address in await _addresses(host, asker):
        looked = await fetch.tolerate(asker.look(address), address)
        if looked is not None:
            async for finding in _told(looked, asker):
                yield finding


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer about an address; `host` is None where the source knows nothing of it."""

    address: str
    reply: Reply
    host: Host | None


class _Asker:
    """Asks Shodan with the key as long as it is taken, and InternetDB in its place."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self.keyed = fetch.has_key(KEY)
        self.scores = MOST_SCORED  # that may still be looked up

    async def look(self, address: str) -> Seen:
        """Raises:
        SourceError: neither could be asked.
        NotATarget: without the key, an IPv6 address: InternetDB may take none.
        """
        if self.keyed:
            seen = await self.fetch.attempt(_rest(address, self.fetch))
            if isinstance(seen, Seen):
                return seen
            self.keyed = not isinstance(seen, BadKey)
            self.fetch.gap(seen.reason, str(seen))
        seen = await _internetdb(address, self.fetch)
        if self.fetch.wants("history"):
            self.fetch.remark("What was open before was not asked for: only Shodan itself knows, with a key.")
        if self.fetch.has_key(KEY):
            self.fetch.remark("Asked in its place: InternetDB, Shodan's weekly summary that needs no key.")
        return seen


async def _internetdb(address: str, fetch: Fetch) -> Seen:
    """InternetDB is documented for IPv4; whether it takes IPv6 it says itself, by 404 or by refusing the question."""
    refused = (400, 422) if ":" in address else ()
    reply = await fetch.json(
        f"{INTERNETDB}/{address}", source=KEYLESS, expect=dict, absent=(404, *refused), timeout=10.0
    )
    if reply.status in refused:
        raise NotATarget(f"InternetDB takes no IPv6 addresses, so this says nothing about {address}.")
    if reply.absent:
        _check_unknown(reply, "detail", address)
        return Seen(address, reply, None)
    return Seen(address, reply, summary(reply.json(), address, KEYLESS))


async def _rest(address: str, fetch: Fetch) -> Seen:
    past = fetch.wants("history")
    reply = await _ask(fetch, f"/shodan/host/{address}", cost=0, **({"history": "true"} if past else {}))
    if reply.absent:
        _check_unknown(reply, "error", address)
        return Seen(address, reply, None)
    return Seen(address, reply, detailed(reply.json(), address, NAME, past=past))


def _check_unknown(reply: Reply, word: str, asked: str) -> None:
    """Raises:
    Changed: the 404 is not the source's own way to say that it knows nothing.
    """
    said = shape.require(reply.json(), word, str, source=reply.source)
    if "no information" not in said.lower():
        raise Changed(f"{reply.source} did not understand the question for {asked}.", source=reply.source, path=word)


async def _ask(fetch: Fetch, path: str, *, cost: int, **params: str) -> Reply:
    """One question with the key, which Shodan takes in the query string only.

    Raises:
        SourceError: as `fetch.json`, and for an error that came with status 200.
    """
    reply = await fetch.json(
        REST + path,
        params={**params, "key": fetch.key(KEY)},
        source=NAME,
        expect=dict,
        cap=CAP,
        timeout=20.0,
        cost=cost,
        refusal=refusal,
    )
    error = None if reply.absent else refusal(200, {}, reply.json())
    if error is not None:
        raise error
    return reply


def refusal(status: int, _headers: Mapping[str, str], said: Any) -> SourceError | None:
    """Shodan's own errors: {"error": "a sentence"}, now and then with status 200. The sentence is not repeated."""
    words = shape.text(said, "error").lower()
    if not words or status >= 500 or status in (401, 404, 429):
        return None
    if "membership" in words or "upgrade" in words or "credits" in words or status == 403:
        return Forbidden("The plan of the Shodan key does not include this question.")
    if "rate limit" in words:
        return RateLimited("Shodan asks us to slow down. It did not say for how long.")
    if "key" in words:
        return BadKey("Shodan did not accept the key.")
    return SourceDown("Shodan answered with an error.")


async def _plan(fetch: Fetch) -> zone.Plan:
    reply = await _ask(fetch, "/api-info", cost=0)
    return zone.plan(reply.json(), NAME)


async def _names(domain: str, fetch: Fetch) -> Findings:
    """Names below a domain, when the plan has a credit left for the question."""
    plan = await fetch.tolerate(_plan(fetch), "The plan of the Shodan key")
    registered = registrable(domain) or domain
    if plan is None:
        return
    if plan.left == 0:
        _unaffordable(plan, domain, fetch)
        return
    most = MOST_PAGES if fetch.wants("pages") else 1
    affordable = most if plan.left < 0 else min(most, plan.left)
    for page in range(1, affordable + 1):
        reply = await fetch.tolerate(_page(registered, page, fetch), f"Names below {registered}")
        if reply is None:
            return
        if reply.absent:
            fetch.remark(f"Shodan knows no names below {registered}.")
            return
        for finding in zone.names(reply.json(), registered, domain, reply):
            yield finding
        unread, beyond = zone.missed(reply.json(), registered, domain, NAME)
        if unread:
            fetch.gap("changed", f"Rows of Shodan about {registered} that could not be read: {unread:,}.")
        if beyond:
            fetch.gap("truncated", f"Names and records below {registered} that are more than are kept: {beyond:,}.")
        if shape.dig(reply.json(), "more") is not True:
            return
    fetch.gap("truncated", f"Shodan has more names below {registered} than were read; each page costs a credit.")


async def _page(domain: str, page: int, fetch: Fetch) -> Reply:
    reply = await _ask(fetch, f"/dns/domain/{domain}", cost=1, **({"page": str(page)} if page > 1 else {}))
    if reply.absent:
        _check_unknown(reply, "error", domain)
    return reply


def _unaffordable(plan: zone.Plan, domain: str, fetch: Fetch) -> None:
    """A plan without such questions is no failure; one whose credits are spent will have some again."""
    if plan.month == 0:
        fetch.remark(f"Shodan's names below {domain} were not asked for: the key's plan does not include them.")
    else:
        fetch.gap(
            "rate_limited",
            f"Shodan's names below {domain} were not asked for: this month's {plan.month:,} query credits are spent.",
        )


async def _addresses(name: str, asker: _Asker) -> list[str]:
    """The public addresses of a name. Without a key those of IPv4 when there are any: InternetDB is made for them."""
    fetch = asker.fetch
    replies = [await fetch.tolerate(fetch.dns(name, rdtype), f"{rdtype} records of {name}") for rdtype in ("A", "AAAA")]
    found = [text for reply in replies if reply for text in dict.fromkeys(each.to_text() for each in reply.records)]
    public = sorted(each for each in found if fetch.is_public(each))
    if inside := len(found) - len(public):
        leads = "an address that is not public" if inside == 1 else f"{inside} addresses that are not public"
        fetch.remark(f"{name} also leads to {leads}; nobody was told of {'it' if inside == 1 else 'them'}.")
    if not public and None not in replies:
        fetch.remark(f"{name} has no public address that could be looked at.")
    old = [each for each in public if ":" not in each]
    if old and len(old) < len(public) and not asker.keyed:
        fetch.remark("Its IPv6 addresses were not looked at: InternetDB is made for IPv4.")
        public = old
    if len(public) > MOST_ADDRESSES:
        fetch.gap("truncated", f"{name} has {len(public)} addresses, of which {MOST_ADDRESSES} were looked at.")
    return public[:MOST_ADDRESSES]


async def _told(seen: Seen, asker: _Asker) -> Findings:
    host, fetch = seen.host, asker.fetch
    if host is None:
        fetch.remark(f"{seen.reply.source} knows nothing of {seen.address}; that does not say that nothing is open.")
        return
    for finding in telling.told(host, seen.reply, fetch.now):
        yield finding
    for weakness in await _scored(host, asker):
        yield telling.weakness(weakness, host, seen.reply)
    if host.left_out:
        fetch.gap(
            "truncated", f"{host.address} shows {host.left_out:,} more ports, names and weaknesses than are kept."
        )


async def _scored(host: Host, asker: _Asker) -> list[Weakness]:
    """The weaknesses with what CVEDB knows of those to look at first. Without it they are told all the same."""
    ranked = sorted(host.weaknesses, key=lambda each: each.order)
    for place, weakness in enumerate(ranked[: asker.scores]):
        asker.scores -= 1
        reply = await asker.fetch.tolerate(_score(weakness.cve, asker.fetch), "Scores of weaknesses")
        if reply is None:
            asker.scores = 0
            break
        if not reply.absent:
            ranked[place] = scored(weakness, reply.json(), reply.url)
    return ranked


async def _score(cve: str, fetch: Fetch) -> Reply:
    return await fetch.json(f"{CVEDB}/cve/{cve}", source="CVEDB (Shodan)", expect=dict, timeout=10.0)
