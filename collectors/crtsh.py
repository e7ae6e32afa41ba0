"""Names on certificates: what the public certificate logs hold for a domain (crt.sh, else Cert Spotter)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from collectors import shape
from collectors.declare import Budget, Findings, Key, Rate, collector
from collectors.issuances import Issuance, Ledger, Sighting, internal_word, is_email, issuer_name, names_in
from collectors.registries.registration import stamp
from core.errors import Changed
from core.language import N_, NN_
from core.language.noted import nnoted, noted
from core.models import Confidence, Fact, Finding, Kind, Severity, Target
from core.targets import host_of, registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

CRTSH = "https://crt.sh/"
SPOTTER = "https://api.certspotter.com/v1/issuances"
CAP = 16 * 1024 * 1024
TIMEOUT = 75.0  # crt.sh often takes a minute
MOST_ROWS = 999  # crt.sh stops here on some questions without saying so (crtsh/certwatch_db, issue 70)
MOST_NAMES = 5_000
PAGES_WITHOUT_KEY = 3  # of ten questions an hour that strangers have (sslmate.com, CT Search API)
PAGES_WITH_KEY = 20
CLOSE_COMPANY = 10  # names on one certificate; more, and it is a hoster's

NAMED = NN_("Named on {n:,} certificate in the public logs.", "Named on {n:,} certificates in the public logs.")
FIRST = N_("The first one was issued within the last week.")
SHARES = NN_(
    "Shares {n:,} certificate with names of {domain}; that alone does not make it theirs.",
    "Shares {n:,} certificates with names of {domain}; that alone does not make it theirs.",
)
HOSTED = NN_(
    "Shares {n:,} certificate with names of {domain}, one of a hoster by the number of its names; that alone does not"
    " make it theirs.",
    "Shares {n:,} certificates with names of {domain}, one of a hoster by the number of its names; that alone does not"
    " make it theirs.",
)
STANDS_IN = N_("Asked in place of crt.sh: Cert Spotter, which lists only certificates that have not expired.")
CUT_OFF = N_("crt.sh gave {n:,} rows, where it is known to cut answers off: there may be more.")
AT_ONCE = N_("Cert Spotter sent {n:,} certificates at once; {most:,} were read.")
TOO_MANY = N_("There are more certificates and names on them than I can hold; some are missing here.")
FURTHER = N_("{n:,} further names are on certificates; the {most:,} newest are kept.")
UNREAD = N_("{unread:,} of {rows:,} certificates could not be read.")


@collector(
    title="Certificates (crt.sh)",
    accepts=[Kind.DOMAIN, Kind.URL, Kind.EMAIL],
    yields=[Kind.DOMAIN, Kind.EMAIL, Fact.WILDCARD],
    hosts=["crt.sh", "api.certspotter.com"],
    tells="Sectigo (crt.sh) learns the domain; SSLMate (Cert Spotter) too when crt.sh does not answer.",
    # crt.sh lets an address ask five times a minute (its forum, 2023-06-09).
    rates={"crt.sh": Rate(5, 60), "api.certspotter.com": Rate(10, 3600, burst=5)},
    life=86400.0,
    life_nothing=3600.0,
    deadline=150.0,
    keys=[Key("certspotter_key", "https://sslmate.com/account/api_credentials", required=False)],
    budgets=[Budget("Cert Spotter", "api.certspotter.com", key="certspotter_key")],
    order=20,
)
async def crtsh(target: Target, fetch: Fetch) -> Findings:
    """Names that certificate logs hold for a domain, wildcards and expired ones included.

    A URL or e-mail address stands for the domain somebody registered, because what lies beside it is what an
    analyst wants to see. `last_seen` is when a name's newest certificate was issued.
    """
    host = host_of(target)
    domain = host if target.kind is Kind.DOMAIN else registrable(host or "") or host
    if domain is None:
        fetch.gap("not_fitting", noted("Certificate logs are searched by name, and this holds an address instead."))
        return
    registered = registrable(domain, private=True) or domain
    ledger = Ledger(domain, registered)
    replies = await fetch.tolerate(_logs(fetch, ledger), noted("The certificate logs"))
    if replies is None:
        ledger = Ledger(domain, registered)
        replies = await fetch.tolerate(_spotter(fetch, ledger), noted("The source that stands in"))
    if replies is None:
        _neither(fetch)
        return
    for finding in _findings(ledger, replies, fetch):
        yield finding
    _say(ledger, replies, fetch)


async def _logs(fetch: Fetch, ledger: Ledger) -> list[Reply]:
    """Ask crt.sh for names below the domain, and for the domain itself only where those did not show it."""
    below = f"%.{ledger.domain}"
    replies = [await _ask(fetch, ledger, below)]
    if not ledger.rows:  # crt.sh now and then says "nothing" about names it holds
        replies = [await _ask(fetch, ledger, below)]
    if ledger.domain not in ledger:
        itself = _ask(fetch, ledger, ledger.domain, source=1)
        exact = await fetch.tolerate(itself, noted("The domain's own name"))
        replies += [exact] if exact else []
    return replies


async def _ask(fetch: Fetch, ledger: Ledger, identity: str, *, source: int = 0) -> Reply:
    """One question to crt.sh. Its 404 means "out of order", so no status but 200 counts as an answer."""
    url = f"{CRTSH}?q={quote(identity, safe='')}&output=json"
    rows = 0
    async with fetch.stream(url, source="crt.sh", cap=CAP, timeout=TIMEOUT, absent=()) as answer:
        async for row in answer.items("item"):
            rows += 1
            ledger.add(None if ledger.full else logged(row), source=source)
        reply = answer.reply
    if rows and ledger.unread == ledger.rows and not ledger.full:
        raise Changed(noted("{source} answered a list in which nothing is a certificate.", source="crt.sh"))
    ledger.whole = ledger.whole and rows < MOST_ROWS and not reply.truncated
    if rows >= MOST_ROWS and not reply.truncated:
        fetch.gap("truncated", noted(CUT_OFF, n=rows))
    return reply


def logged(row: Any) -> Issuance | None:
    """One row of crt.sh; None when it names nothing."""
    names = names_in([shape.text(row, "name_value"), shape.text(row, "common_name")])
    serial = shape.text(row, "serial_number").lower() or shape.text(row, "id")
    if not serial or not shape.text(row, "name_value"):
        return None
    issuer = shape.text(row, "issuer_name")
    return Issuance(
        names=names,
        issuer=issuer_name(issuer),
        identity=(shape.text(row, "issuer_ca_id") or issuer, serial),
        not_before=shape.when(row, "not_before"),
        not_after=shape.when(row, "not_after"),
        logged=shape.when(row, "entry_timestamp"),
    )


async def _spotter(fetch: Fetch, ledger: Ledger) -> list[Reply]:
    """Ask Cert Spotter, page by page. It knows only certificates that have not expired."""
    ledger.whole = False
    pages = PAGES_WITH_KEY if fetch.has_key("certspotter_key") else PAGES_WITHOUT_KEY
    replies: list[Reply] = []
    after = ""
    while len(replies) < pages:
        asking = _page(fetch, ledger, after, source=len(replies))
        page = await (fetch.tolerate(asking, noted("The next page")) if replies else asking)
        if page is None:  # what the pages before it said stays said
            return replies
        replies.append(page[0])
        after = page[1]
        if not after:
            return replies
    fetch.gap("truncated", noted("Cert Spotter has more than the {n} pages that were read.", n=pages))
    return replies


async def _page(fetch: Fetch, ledger: Ledger, after: str, *, source: int) -> tuple[Reply, str]:
    """One page's receipt, and where the next one begins; "" when there is none."""
    params = {"domain": ledger.domain, "include_subdomains": "true", "match_wildcards": "true"}
    reply = await fetch.json(
        SPOTTER,
        params={**params, "expand": ["dns_names", "issuer"], **({"after": after} if after else {})},
        source="Cert Spotter",
        key=fetch.key("certspotter_key"),
        expect=list,
        absent=(),
    )
    rows = reply.json()
    issuances = [issued(row) for row in rows[:MOST_ROWS]]
    if issuances and not any(issuances):
        raise Changed(noted("{source} answered a list in which nothing is a certificate.", source="Cert Spotter"))
    for issuance in issuances:
        ledger.add(issuance, source=source)
    if len(rows) > MOST_ROWS:
        fetch.gap("truncated", noted(AT_ONCE, n=len(rows), most=MOST_ROWS))
    following = shape.text(rows, -1, "id")
    if following and (following == after or not re.fullmatch(r"[\w.-]{1,100}", following, re.ASCII)):
        fetch.gap("changed", noted("Cert Spotter names a next page that cannot be asked for."))
        return reply.receipt(), ""
    return reply.receipt(), following


def issued(row: Any) -> Issuance | None:
    """One issuance of Cert Spotter; None when it names nothing."""
    names = names_in(shape.texts(row, "dns_names"))
    identity = shape.text(row, "tbs_sha256") or shape.text(row, "id")
    if not identity or not names:
        return None
    issuer = shape.text(row, "issuer", "friendly_name") or issuer_name(shape.text(row, "issuer", "name"))
    return Issuance(
        names=names,
        issuer=issuer[:100],
        identity=("", identity),
        not_before=shape.when(row, "not_before"),
        not_after=shape.when(row, "not_after"),
    )


def _findings(ledger: Ledger, replies: list[Reply], fetch: Fetch) -> Iterator[Finding]:
    sightings = ledger.sightings()
    for sighting in sightings[:MOST_NAMES]:
        yield _finding(sighting, ledger, replies[sighting.source], fetch)
    more = len(sightings) - MOST_NAMES
    if ledger.left_out:
        fetch.gap("truncated", noted(TOO_MANY))
    elif more > 0:
        fetch.gap("truncated", noted(FURTHER, n=more, most=MOST_NAMES))


def _finding(sighting: Sighting, ledger: Ledger, reply: Reply, fetch: Fetch) -> Finding:
    own = ledger.owns(sighting.name)
    now = fetch.now
    attributes: dict[str, Any] = {
        "certificates": len(sighting.certificates),
        "issuers": list(sighting.issuers),
        "valid_until": stamp(sighting.until),
        "expired": sighting.is_expired(now),
        "fresh": sighting.is_fresh(now),
    }
    if (severity := _severity(sighting, ledger, fetch)) is not Severity.INFO:
        attributes["severity"] = severity.value
    if own and (word := internal_word(sighting.name, ledger.registered)):
        attributes |= {"internal": True, "internal_word": word}
    if not own:
        attributes |= {"relation": "same certificate", "names_on_certificate": sighting.shared_with}
    return reply.finding(
        _kind(sighting.name),
        sighting.name,
        confidence=Confidence.HIGH if own else Confidence.LOW,
        first_seen=sighting.first if ledger.whole else None,
        last_seen=sighting.last,
        context=_context(sighting, ledger, fetch, own=own),
        **attributes,
    )


def _severity(sighting: Sighting, ledger: Ledger, fetch: Fetch) -> Severity:
    """A domain whose very first certificate is days old was made for something; a new host in it is news."""
    if not ledger.owns(sighting.name) or not _is_new(sighting, ledger, fetch):
        return Severity.INFO
    return Severity.MEDIUM if sighting.name == ledger.domain else Severity.LOW


def _is_new(sighting: Sighting, ledger: Ledger, fetch: Fetch) -> bool:
    """Only who shows all certificates, expired ones too, can show that one is the first."""
    return ledger.whole and sighting.is_new(fetch.now)


def _kind(name: str) -> Kind | Fact:
    if is_email(name):
        return Kind.EMAIL
    return Fact.WILDCARD if name.startswith("*.") else Kind.DOMAIN


def _context(sighting: Sighting, ledger: Ledger, fetch: Fetch, *, own: bool) -> str:
    number = len(sighting.certificates)
    if own:
        said = nnoted(*NAMED, number)
        return f"{said} {noted(FIRST)}" if _is_new(sighting, ledger, fetch) else said
    return nnoted(*(SHARES if sighting.shared_with <= CLOSE_COMPANY else HOSTED), number, domain=ledger.domain)


def _say(ledger: Ledger, replies: list[Reply], fetch: Fetch) -> None:
    """What the findings do not show: who answered, what could not be read, that there is nothing."""
    if replies[0].source != "crt.sh":
        fetch.remark(noted(STANDS_IN))
    if ledger.unread:
        fetch.gap("changed", noted(UNREAD, unread=ledger.unread, rows=ledger.rows))
    if ledger.rows == 0:
        fetch.remark(noted("The certificate logs hold nothing for {domain}.", domain=ledger.domain))


def _neither(fetch: Fetch) -> None:
    """Both failures in one sentence, with the reason of the first."""
    fetch.notes.answers = 0  # what was answered was no answer
    logs, stand_in = fetch.notes.gaps[-2:]
    second = stand_in.sentence.replace("Cert Spotter", "Cert Spotter,", 1)
    both = noted("{first}; its stand-in, {second}", first=logs.sentence.rstrip("."), second=second)
    fetch.notes.gaps[-2:] = [replace(logs, sentence=both)]
