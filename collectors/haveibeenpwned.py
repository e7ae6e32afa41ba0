"""Breaches and pastes that hold an address, and breaches of a domain's own site (Have I Been Pwned, API v3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from collectors import shape
from collectors.declare import Budget, Findings, Key, Rate, collector
from collectors.doors.verdict import is_page
from collectors.leaks.breach import Breach, breach, paste
from collectors.leaks.plan import Plan, plan_of
from collectors.leaks.telling import (
    breach_finding,
    mailboxes,
    paste_finding,
    stolen_logins,
    stolen_logins_of_mailboxes,
    unread_mailboxes,
    visitors_logins,
)
from collectors.names import is_host
from core.errors import BadKey, Changed, SourceError
from core.language import N_
from core.language.noted import noted
from core.models import Fact, Finding, Kind, Target
from core.targets import registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

HOST = "haveibeenpwned.com"
API = f"https://{HOST}/api/v3"
SOURCE = "Have I Been Pwned"
KEY = "haveibeenpwned_key"
MOST_BREACHES = 500
MOST_PASTES = 200
MOST_SITES = 200
MOST_KNOWN = 10_000
CAP_OF_ONE = 2 * 1024 * 1024
CAP = 16 * 1024 * 1024  # all breaches there are: two megabytes in 2026
TIMEOUT = 15.0
WITHOUT_KEY = N_("Have I Been Pwned looks up addresses only with a key ({setting}); nobody was asked.")
SENSITIVE = N_("Breaches that Have I Been Pwned calls sensitive are told to the holder of the address alone.")
NO_LOGS = N_("Stealer logs were not asked: {plan} does not include them.")
ONLY_SITE = N_("Only breaches of {domain}'s own site were looked for: which mailboxes leaked takes a key.")
NOT_VERIFIED = N_(
    "Which mailboxes leaked was not asked: {domain} is not verified at Have I Been Pwned by the key's owner."
)
STRANGERS = N_("Have I Been Pwned answered breaches of other sites ([].Domain) when asked for those of {domain}.")
# What could not be read, and what was too much.
BREACHES = (
    N_("{unread:,} of {whole:,} breaches could not be read."),
    N_("Have I Been Pwned sent {whole:,} breaches; {most:,} were read."),
)
PASTES = (
    N_("{unread:,} of {whole:,} pastes could not be read."),
    N_("Have I Been Pwned sent {whole:,} pastes; {most:,} were read."),
)
SITES = (
    N_("{unread:,} of {whole:,} sites of stealer logs could not be read."),
    N_("Have I Been Pwned sent {whole:,} sites of stealer logs; {most:,} were read."),
)


async def probe(fetch: Fetch) -> str:
    """What the key's plan allows, in a sentence (one question, which tells nobody's address)."""
    return (await _subscription(fetch)).sentence


@collector(
    title="Breaches (Have I Been Pwned)",
    accepts=[Kind.EMAIL, Kind.DOMAIN],
    yields=[Fact.BREACH, Fact.PASTE, Fact.ACCOUNT],
    hosts=[HOST],
    tells="Have I Been Pwned learns the e-mail address or the domain.",
    # The smallest plan lets us ask ten times a minute. Three at once and six in a minute are nine in any minute.
    rates={HOST: Rate(6, 60, burst=3)},
    life=43200.0,
    life_nothing=3600.0,  # partial answers are kept as long, and asking again costs no budget
    deadline=75.0,
    budgets=[Budget(SOURCE, HOST, key=KEY)],
    keys=[Key(KEY, "https://haveibeenpwned.com/API/Key", required=False, needed_for=(Kind.EMAIL,), probe=probe)],
    order=70,
)
async def haveibeenpwned(target: Target, fetch: Fetch) -> Findings:
    """Breaches, pastes and stealer logs that hold an e-mail address; for a domain, the breaches of its own site.

    An address is looked up with a key only. Passwords are never asked for and never kept, pastes never opened.
    """
    if target.kind is Kind.EMAIL:
        looking = _of_address(target.value, fetch)
    else:
        looking = _of_domain(registrable(target.value) or target.value, fetch)
    async for finding in looking:
        yield finding


async def _of_address(address: str, fetch: Fetch) -> Findings:
    if not fetch.has_key(KEY):
        fetch.gap("no_key", noted(WITHOUT_KEY, setting=KEY.upper()))
        return
    plan = await _plan(fetch)
    fetch.notes.aside()
    local, _, domain = address.lower().rpartition("@")
    who = quote(f"{local}@{domain}", safe="")
    said = {"truncateResponse": "false", "IncludeUnverified": "true"}
    reply = await _ask(fetch, f"/breachedaccount/{who}", expect=list, params=said)
    listed = list(_breaches(reply, fetch))
    for each in listed:
        yield breach_finding(reply, each, now=fetch.now, role="account")
    if not listed:
        fetch.remark(noted(SENSITIVE))
    pastes = await fetch.tolerate(_ask(fetch, f"/pasteaccount/{who}", expect=list), noted("Pastes"))
    for found in _pastes(pastes, fetch):
        yield found
    if not plan.asks_stealer_logs:
        fetch.remark(noted(NO_LOGS, plan=plan.named))
        return
    logs = await fetch.tolerate(_ask(fetch, f"/stealerlogsbyemail/{who}", expect=list), noted("Stealer logs"))
    for found in stolen_logins(logs, _sites(logs, fetch)):
        yield found


async def _of_domain(domain: str, fetch: Fetch) -> Findings:
    """Without a key: breaches of the domain's own site. With one, and the domain verified there: its mailboxes too."""
    reply = await _ask(fetch, "/breaches", expect=list, absent=(), keyless=True, params={"Domain": domain})
    listed = list(_breaches(reply, fetch))
    own = [each for each in listed if each.domain == domain]
    if strangers := len(listed) - len(own):
        sentence = noted(STRANGERS, domain=domain)
        if not own:
            raise Changed(sentence)
        left_out = noted("Left out: {number:,}.", number=strangers)
        fetch.gap("changed", f"{sentence} {left_out}")
    for each in own:
        yield breach_finding(reply, each, now=fetch.now, role="site")
    if not fetch.has_key(KEY):
        fetch.remark(noted(ONLY_SITE, domain=domain))
        return
    async for finding in _of_mailboxes(domain, fetch):
        yield finding


async def _of_mailboxes(domain: str, fetch: Fetch) -> Findings:
    """What the operator may see of a domain that they have proved to be theirs; counts, and no names of people."""
    asking = _ask(fetch, "/subscribeddomains", expect=list, absent=())
    verified = await fetch.tolerate(asking, noted("Verified domains"))
    if verified is None:
        return
    names = {shape.text(each, "DomainName").lower() for each in shape.mappings(_said(verified))}
    if domain not in names:
        fetch.remark(noted(NOT_VERIFIED, domain=domain))
        return
    plan = await _plan(fetch)
    path = quote(domain, safe="")
    asking = _ask(fetch, f"/breacheddomain/{path}", expect=dict, cap=CAP)
    reply = await fetch.tolerate(asking, noted("Mailboxes in breaches"))
    leaks = await _all_breaches(fetch) if reply and not reply.absent else {}
    for found in mailboxes(reply, domain, leaks, now=fetch.now):
        yield found
    if unread := unread_mailboxes(reply):
        fetch.gap("changed", noted("Mailboxes in breaches that could not be read: {unread:,}.", unread=unread))
    if not plan.asks_stealer_logs:
        fetch.remark(noted(NO_LOGS, plan=plan.named))
        return
    asking = _ask(fetch, f"/stealerlogsbyemaildomain/{path}", expect=dict, cap=CAP)
    logs = await fetch.tolerate(asking, noted("Stealer logs"))
    for found in stolen_logins_of_mailboxes(logs, domain):
        yield found
    logs = await fetch.tolerate(
        _ask(fetch, f"/stealerlogsbywebsitedomain/{path}", expect=list, cap=CAP), noted("Stolen logins")
    )
    for found in visitors_logins(logs, domain):
        yield found


async def _all_breaches(fetch: Fetch) -> dict[str, Breach]:
    """Every breach by name: the list of mailboxes has names alone, and not which of them are sensitive."""
    asking = _ask(fetch, "/breaches", expect=list, absent=(), keyless=True, cap=CAP)
    reply = await fetch.tolerate(asking, noted("What the breaches took"))
    rows = shape.items(_said(reply))[:MOST_KNOWN]
    return {each.name: each for row in rows if (each := breach(row))}


async def _plan(fetch: Fetch) -> Plan:
    """What the key may ask, and how often. A plan that cannot be read is asked everything, at the smallest pace."""
    plan = await fetch.attempt(_subscription(fetch))
    if isinstance(plan, BadKey):
        raise plan
    if isinstance(plan, SourceError):
        return Plan()
    if plan.rate:
        fetch.granted(HOST, plan.rate)
    return plan


async def _subscription(fetch: Fetch) -> Plan:
    return plan_of(await _ask(fetch, "/subscription/status", expect=dict))


async def _ask(
    fetch: Fetch,
    path: str,
    *,
    expect: type,
    keyless: bool = False,
    params: dict[str, str] | None = None,
    cap: int = CAP_OF_ONE,
    absent: tuple[int, ...] = (404,),
) -> Reply:
    """One question. A 404 has no body and means "not in it" (lists that may be empty come with 200 and take
    `absent=()`); a page that comes with one is no answer."""
    reply = await fetch.json(
        API + path,
        params=params,
        headers={} if keyless else {"hibp-api-key": fetch.key(KEY)},
        expect=expect,
        absent=absent,
        source=SOURCE,
        timeout=TIMEOUT,
        cap=cap,
    )
    if reply.absent and is_page(reply.headers, reply.body):
        raise Changed(noted("Have I Been Pwned answered a web page (404) where an empty answer was expected."))
    return reply


def _said(reply: Reply | None) -> Any:
    """The answer's value; None when there is none."""
    return None if reply is None or reply.absent else reply.json()


def _breaches(reply: Reply, fetch: Fetch) -> Iterator[Breach]:
    """Those that can be read, each once. An answer in which none can is of another shape, never "no breach"."""
    rows = shape.items(_said(reply))
    read = [each for row in rows[:MOST_BREACHES] if (each := breach(row))]
    if rows and not read:
        raise Changed(noted("Have I Been Pwned answered a list in which nothing is a breach: [0].Name is not there."))
    _count_unread(fetch, len(rows[:MOST_BREACHES]) - len(read), len(rows), MOST_BREACHES, BREACHES)
    yield from {each.name: each for each in read}.values()


def _pastes(reply: Reply | None, fetch: Fetch) -> Iterator[Finding]:
    if reply is None:
        return
    rows = shape.items(_said(reply))
    read = [each for row in rows[:MOST_PASTES] if (each := paste(row))]
    _count_unread(fetch, len(rows[:MOST_PASTES]) - len(read), len(rows), MOST_PASTES, PASTES)
    for each in dict.fromkeys(read):
        yield paste_finding(reply, each, now=fetch.now)


def _sites(reply: Reply | None, fetch: Fetch) -> list[str]:
    """Sites of a stealer log: names only, each once."""
    said = shape.items(_said(reply))
    names = [each.strip().lower().rstrip(".") for each in shape.texts(said[:MOST_SITES])]
    read = [each for each in names if is_host(each)]
    _count_unread(fetch, len(said[:MOST_SITES]) - len(read), len(said), MOST_SITES, SITES)
    return list(dict.fromkeys(read))


def _count_unread(fetch: Fetch, unread: int, all_of_them: int, most: int, said: tuple[str, str]) -> None:
    odd, cut = said
    if unread:
        fetch.gap("changed", noted(odd, unread=unread, whole=all_of_them))
    if all_of_them > most:
        fetch.gap("truncated", noted(cut, whole=all_of_them, most=most))
