"""What is open to the internet: ports, services and weaknesses as Shodan has seen them, without touching anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors import shape
from collectors.declare import Budget, Findings, Key, Option, Rate, collector
from collectors.dns import address_in
from collectors.exposure import telling, zone
from collectors.exposure.asking import KEY, NAME, REST_HOST, ask, check_unknown
from collectors.exposure.host import Host, detailed, summary
from collectors.exposure.weaknesses import Weakness, scored
from core.errors import BadKey, NotATarget
from core.language import N_
from core.language.noted import noted
from core.models import Fact, Kind, Target
from core.targets import host_of, registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

INTERNETDB = "https://internetdb.shodan.io"
CVEDB = "https://cvedb.shodan.io"
KEYLESS = "InternetDB (Shodan)"
MOST_ADDRESSES = 4  # of one domain
MOST_SCORED = 8  # weaknesses whose scores are looked up: one question each, one a second
MOST_PAGES = 5  # of names, with the option; each is a query credit
INSIDE = N_("{name} also leads to an address that is not public; nobody was told of it.")
SEVERAL_INSIDE = N_("{name} also leads to {n} addresses that are not public; nobody was told of them.")


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
        Option("pages", about=f"Reads up to {MOST_PAGES} pages of a domain's names at Shodan, a query credit each."),
        Option("history", about="Also tells what Shodan saw open before and does not any more, and what was replaced."),
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
            self.fetch.remark(noted("What was open before was not asked for: only Shodan itself knows, with a key."))
        if self.fetch.has_key(KEY):
            self.fetch.remark(noted("Asked in its place: InternetDB, Shodan's weekly summary that needs no key."))
        return seen


async def _internetdb(address: str, fetch: Fetch) -> Seen:
    """InternetDB is documented for IPv4; whether it takes IPv6 it says itself, by 404 or by refusing the question."""
    refused = (400, 422) if ":" in address else ()
    reply = await fetch.json(
        f"{INTERNETDB}/{address}", source=KEYLESS, expect=dict, absent=(404, *refused), timeout=10.0
    )
    if reply.status in refused:
        raise NotATarget(
            noted("InternetDB takes no IPv6 addresses, so this says nothing about {address}.", address=address)
        )
    if reply.absent:
        check_unknown(reply, "detail", address)
        return Seen(address, reply, None)
    return Seen(address, reply, summary(reply.json(), address, KEYLESS))


async def _rest(address: str, fetch: Fetch) -> Seen:
    past = fetch.wants("history")
    reply = await ask(fetch, f"/shodan/host/{address}", cost=0, **({"history": "true"} if past else {}))
    if reply.absent:
        check_unknown(reply, "error", address)
        return Seen(address, reply, None)
    return Seen(address, reply, detailed(reply.json(), address, NAME, past=past))


async def _plan(fetch: Fetch) -> zone.Plan:
    reply = await ask(fetch, "/api-info", cost=0)
    return zone.plan(reply.json(), NAME)


async def _names(domain: str, fetch: Fetch) -> Findings:
    """Names below a domain, when the plan has a credit left for the question."""
    plan = await fetch.tolerate(_plan(fetch), noted("The plan of the Shodan key"))
    registered = registrable(domain) or domain
    if plan is None:
        return
    if plan.left == 0:
        _unaffordable(plan, domain, fetch)
        return
    most = MOST_PAGES if fetch.wants("pages") else 1
    affordable = most if plan.left < 0 else min(most, plan.left)
    for page in range(1, affordable + 1):
        reply = await fetch.tolerate(
            _page(registered, page, fetch), noted("The names that Shodan has below {name}", name=registered)
        )
        if reply is None:
            return
        if reply.absent:
            fetch.remark(noted("Shodan knows no names below {name}.", name=registered))
            return
        for finding in zone.names(reply.json(), registered, domain, reply):
            yield finding
        unread, beyond = zone.missed(reply.json(), registered, domain, NAME)
        if unread:
            told = noted("Rows of Shodan about {name} that could not be read: {n:,}.", name=registered, n=unread)
            fetch.gap("changed", told)
        if beyond:
            told = noted(
                "Names and records below {name} that are more than are kept: {n:,}.", name=registered, n=beyond
            )
            fetch.gap("truncated", told)
        if shape.dig(reply.json(), "more") is not True:
            return
    more = noted("Shodan has more names below {name} than were read; each page costs a credit.", name=registered)
    fetch.gap("truncated", more)


async def _page(domain: str, page: int, fetch: Fetch) -> Reply:
    reply = await ask(fetch, f"/dns/domain/{domain}", cost=1, **({"page": str(page)} if page > 1 else {}))
    if reply.absent:
        check_unknown(reply, "error", domain)
    return reply


def _unaffordable(plan: zone.Plan, domain: str, fetch: Fetch) -> None:
    """A plan without such questions is no failure; one whose credits are spent will have some again."""
    if plan.month == 0:
        lacks = N_("Shodan's names below {name} were not asked for: the key's plan does not include them.")
        fetch.remark(noted(lacks, name=domain))
    else:
        spent = N_("Shodan's names below {name} were not asked for: this month's {n:,} query credits are spent.")
        fetch.gap("rate_limited", noted(spent, name=domain, n=plan.month))


async def _addresses(name: str, asker: _Asker) -> list[str]:
    """The public addresses of a name. Without a key those of IPv4 when there are any: InternetDB is made for them."""
    fetch = asker.fetch
    replies = [
        await fetch.tolerate(fetch.dns(name, rdtype), noted("{type} records of {name}", type=rdtype, name=name))
        for rdtype in ("A", "AAAA")
    ]
    found = [text for reply in replies if reply for text in dict.fromkeys(each.to_text() for each in reply.records)]
    public = sorted(each for each in found if fetch.is_public(each))
    if inside := len(found) - len(public):
        fetch.remark(noted(INSIDE if inside == 1 else SEVERAL_INSIDE, name=name, n=inside))
    if not public and None not in replies:
        fetch.remark(noted("{name} has no public address that could be looked at.", name=name))
    old = [each for each in public if ":" not in each]
    if old and len(old) < len(public) and not asker.keyed:
        fetch.remark(noted("Its IPv6 addresses were not looked at: InternetDB is made for IPv4."))
        public = old
    if len(public) > MOST_ADDRESSES:
        many = N_("{name} has {n} addresses, of which {most} were looked at.")
        fetch.gap("truncated", noted(many, name=name, n=len(public), most=MOST_ADDRESSES))
    return public[:MOST_ADDRESSES]


async def _told(seen: Seen, asker: _Asker) -> Findings:
    host, fetch = seen.host, asker.fetch
    if host is None:
        nothing = N_("{source} knows nothing of {address}; that does not say that nothing is open.")
        fetch.remark(noted(nothing, source=seen.reply.source, address=seen.address))
        return
    for finding in telling.told(host, seen.reply, fetch.now):
        yield finding
    for weakness in await _scored(host, asker):
        yield telling.weakness(weakness, host, seen.reply)
    if host.left_out:
        more = N_("{address} shows {n:,} more ports, names and weaknesses than are kept.")
        fetch.gap("truncated", noted(more, address=host.address, n=host.left_out))


async def _scored(host: Host, asker: _Asker) -> list[Weakness]:
    """The weaknesses with what CVEDB knows of those to look at first. Without it they are told all the same."""
    ranked = sorted(host.weaknesses, key=lambda each: each.order)
    for place, weakness in enumerate(ranked[: asker.scores]):
        asker.scores -= 1
        reply = await asker.fetch.tolerate(_score(weakness.cve, asker.fetch), noted("Scores of weaknesses"))
        if reply is None:
            asker.scores = 0
            break
        if not reply.absent:
            ranked[place] = scored(weakness, reply.json(), reply.url)
    return ranked


async def _score(cve: str, fetch: Fetch) -> Reply:
    return await fetch.json(f"{CVEDB}/cve/{cve}", source="CVEDB (Shodan)", expect=dict, timeout=10.0)
