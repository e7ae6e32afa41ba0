"""Public registers of people and organisations by name: Wikidata and ORCID."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.claims.claim import LONGEST_BIO, Claim, line
from collectors.claims.names import alike, place, words
from collectors.doors.reply import Reply
from collectors.names import email_in, link_in
from core.errors import Changed, RateLimited, SourceDown
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact

if TYPE_CHECKING:
    from collectors.fetch import Fetch

WIKIDATA = "https://www.wikidata.org/w/api.php"
ORCID = "https://pub.orcid.org/v3.0/expanded-search/"
TIMEOUT = 10.0
MOST = 5  # entries of one register
MOST_HITS = 10
MOST_ROWS = 20
CAP = 4 * 1024 * 1024  # entries of well-known people are long
ITEM = re.compile(r"Q[1-9]\d{0,11}", re.ASCII)
ORCID_ID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.ASCII)
HUMAN = "Q5"
INSTANCE, BORN, WEBSITE = "P31", "P569", "P856"
# What Wikidata calls an account elsewhere, and how its page is written.
ACCOUNTS = {
    "P2037": ("GitHub", "https://github.com/{}"),
    "P496": ("ORCID", "https://orcid.org/{}"),
    "P2002": ("X", "https://x.com/{}"),
    "P2003": ("Instagram", "https://www.instagram.com/{}"),
    "P2013": ("Facebook", "https://www.facebook.com/{}"),
    "P2397": ("YouTube", "https://www.youtube.com/channel/{}"),
    "P12361": ("Bluesky", "https://bsky.app/profile/{}"),
    "P1960": ("Google Scholar", "https://scholar.google.com/citations?user={}"),
    "P4033": ("Mastodon", ""),  # written user@host
}
WITH_HANDLES = frozenset({"GitHub", "X", "Instagram", "Facebook"})
SIMILAR_ENTRIES = N_("Of the {total} entries Wikidata found, {n} have only similar names.")
MORE_ENTRIES = N_("Wikidata has more entries of this name than the {n} that were read.")
SIMILAR_PEOPLE = N_("Of the {total} people ORCID found, {n} have only similar names.")
MORE_PEOPLE = N_("ORCID found {total:,} people; {n} of this name were read.")
VALUE = re.compile(r"[\w.@-]{1,100}")


async def wikidata(name: str, fetch: Fetch) -> list[Claim]:
    """Entries of this name, each with what it says of the person or body and where else it has accounts."""
    asked = {"action": "wbsearchentities", "search": name, "language": "en", "type": "item", "limit": str(MOST_HITS)}
    found = await _wiki(fetch, asked)
    rows = found.json()
    if not isinstance(shape.dig(rows, "search"), list):
        raise Changed(noted("Wikidata answered a search without the list `search`."))
    hits = [each for each in shape.mappings(rows, "search") if ITEM.fullmatch(shape.text(each, "id"))]
    if shape.items(rows, "search") and not hits:
        raise Changed(noted("Wikidata answered entries without `id`."))
    named = [each for each in hits if _fits(name, [line(each, "label"), line(each, "match", "text")])]
    if len(named) < len(hits):
        fetch.remark(noted(SIMILAR_ENTRIES, total=len(hits), n=len(hits) - len(named)))
    if len(named) > MOST or (len(named) == len(hits) and "search-continue" in rows):
        fetch.gap("truncated", noted(MORE_ENTRIES, n=min(len(named), MOST)))
    return await _entries(named[:MOST], found, fetch) if named else []


async def _entries(named: list[Mapping[str, Any]], found: Reply, fetch: Fetch) -> list[Claim]:
    """The hits with what their entries say; where that was not answered, by themselves."""
    ids = [shape.text(each, "id") for each in named]
    wanted = {"action": "wbgetentities", "ids": "|".join(ids), "props": "labels|claims", "languages": "en"}
    told = await fetch.tolerate(_entities(fetch, wanted), noted("What Wikidata says of them"))
    entities = {} if told is None else shape.mapping(told.json(), "entities")
    replies = (found,) if told is None else (told, found)
    return [_entry(each, shape.mapping(entities, shape.text(each, "id")), replies) for each in named]


async def _entities(fetch: Fetch, wanted: Mapping[str, str]) -> Reply:
    reply = await _wiki(fetch, wanted)
    if not isinstance(shape.dig(reply.json(), "entities"), Mapping):
        raise Changed(noted("Wikidata answered entries without `entities`."))
    return reply


async def _wiki(fetch: Fetch, asked: Mapping[str, str]) -> Reply:
    """One question. Errors come with status 200 (mediawiki.org, API: Errors and warnings)."""
    reply = await fetch.json(
        WIKIDATA,
        params={**asked, "format": "json", "maxlag": "5"},
        source="Wikidata",
        expect=dict,
        absent=(),
        cap=CAP,
        timeout=TIMEOUT,
    )
    code = shape.text(reply.json(), "error", "code")
    if code == "ratelimited":
        raise RateLimited(noted("Wikidata asks us to slow down."))
    if code == "maxlag":
        raise SourceDown(noted("Wikidata is too busy just now."))
    if "error" in reply.json():
        refused = N_("Wikidata did not accept the question ({code}).")
        raise Changed(noted(refused, code=code[:60] or noted("no code")))
    return reply


def _fits(name: str, spelled: list[str]) -> bool:
    return any((alike(name, each) or 0) > 0 or words(name) == words(each) for each in spelled if each)


def _entry(hit: Any, entity: Mapping[str, Any], replies: tuple[Reply, ...]) -> Claim:
    item = shape.text(hit, "id")
    kinds = {shape.text(each, "id") for each in _values(entity, INSTANCE) if isinstance(each, Mapping)}
    accounts = list(_accounts(entity))
    pages = [page for each in _values(entity, WEBSITE) if (page := link_in(shape.text(each)))][:5]
    label, called = line(hit, "label"), line(hit, "match", "text")
    links = [place(url) for _, _, url in accounts] + [place(page) for page in pages]
    return Claim(
        Fact.ACCOUNT,
        f"Wikidata: {item}",
        replies[0].receipt(),
        others=tuple(each.receipt() for each in replies[1:]),
        context=noted("An entry of this name; whether it is who you mean is for you to see."),
        confidence=Confidence.LOW,
        attributes={
            "service": "Wikidata",
            "handle": item,
            "url": f"https://www.wikidata.org/wiki/{item}",
            "display_name": label,
            "description": line(hit, "description", most=LONGEST_BIO),
            "type": "person" if HUMAN in kinds else "other" if kinds else "",
            "born": next(
                (year for each in _values(entity, BORN) if (year := shape.text(each, "time")[1:5]).isdigit()), ""
            ),
            "links": pages,
            "accounts": [f"{service}: {handle}" for service, handle, _ in accounts],
        },
        url=f"wikidata.org/wiki/{item.lower()}",
        names=tuple(dict.fromkeys(filter(None, (label, called)))),
        handles=tuple(handle for service, handle, _ in accounts if service in WITH_HANDLES),
        links=tuple(filter(None, links)),
        person=(HUMAN in kinds) if kinds else None,
        unique="Wikidata",
    )


def _values(entity: Mapping[str, Any], prop: str) -> list[Any]:
    """The values of one property."""
    rows = shape.mappings(entity, "claims", prop)[:10]
    found = (shape.dig(each, "mainsnak", "datavalue", "value") for each in rows)
    return [each for each in found if each is not None]


def _accounts(entity: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for prop, (service, form) in ACCOUNTS.items():
        for value in _values(entity, prop)[:3]:
            handle = shape.text(value)
            if not VALUE.fullmatch(handle):
                continue
            user, _, host = handle.rpartition("@")
            url = form.format(handle) if form else f"https://{host}/@{user}"
            if place(url):
                yield service, handle, url


async def orcid(name: str, fetch: Fetch) -> list[Claim]:
    """Researchers of this name."""
    spoken = words(name)
    if len(spoken) < 2:
        fetch.remark(noted("ORCID was not asked: it needs a first and a last name."))
        return []
    # This field alone finds letters with and without accents (ORCID's tutorial on searching).
    asked = " AND ".join(f"given-and-family-names:{word}" for word in spoken)
    reply = await fetch.json(
        ORCID,
        params={"q": asked, "rows": str(MOST_ROWS), "start": "0"},
        headers={"Accept": "application/json"},
        source="ORCID",
        expect=dict,
        absent=(),
        timeout=TIMEOUT,
    )
    said = reply.json()
    total, rows = shape.whole(said, "num-found"), shape.dig(said, "expanded-result")
    if total is None or not isinstance(rows, list | None):
        raise Changed(noted("ORCID answered a search without `num-found` and `expanded-result`."))
    known = [each for each in shape.mappings(rows) if ORCID_ID.fullmatch(shape.text(each, "orcid-id"))]
    if rows and not known:
        raise Changed(noted("ORCID answered rows without `orcid-id`."))
    named = [each for each in known if _fits(name, _spelled(each))]
    if len(named) < len(known):
        fetch.remark(noted(SIMILAR_PEOPLE, total=len(known), n=len(known) - len(named)))
    if total > len(known) or len(named) > MOST:
        fetch.gap("truncated", noted(MORE_PEOPLE, total=total, n=min(len(named), MOST)))
    return [_researcher(each, reply) for each in named[:MOST]]


def _spelled(row: Any) -> list[str]:
    whole = f"{line(row, 'given-names')} {line(row, 'family-names')}".strip()
    others = [line(each) for each in shape.items(row, "other-name")[:10]]
    return [each for each in (whole, line(row, "credit-name"), *others) if each]


def _researcher(row: Any, reply: Reply) -> Claim:
    number, names = shape.text(row, "orcid-id"), _spelled(row)
    mails = tuple(dict.fromkeys(filter(None, map(email_in, shape.texts(row, "email")[:10]))))
    bodies = [body for each in shape.items(row, "institution-name")[:10] if (body := line(each))]
    return Claim(
        Fact.ACCOUNT,
        f"ORCID: {number}",
        reply.receipt(),
        context=noted("A researcher of this name; whether it is who you mean is for you to see."),
        confidence=Confidence.LOW,
        attributes={
            "service": "ORCID",
            "handle": number,
            "url": f"https://orcid.org/{number}",
            "display_name": names[0] if names else "",
            "other_names": names[1:],
            "organisations": bodies,
            "emails": list(mails),
        },
        url=f"orcid.org/{number.lower()}",
        names=tuple(names),
        published=mails,
        organisations=tuple(bodies),
        person=True,
        unique="ORCID",
    )
