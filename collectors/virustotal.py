"""What VirusTotal's vendors think of a target, and what it is connected with. Look-ups only: nothing is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.declare import Budget, Findings, Key, Option, Rate, collector
from collectors.reputation import relations, telling
from collectors.reputation.asking import HOST, KEY, NAME, NOT_ACCEPTED, TYPES, ask, cursor_of, is_about, place_of, quota
from collectors.reputation.relations import Relation
from collectors.reputation.verdict import verdict
from core.errors import Changed, Forbidden, RateLimited, SourceError
from core.language import N_
from core.language.noted import noted
from core.models import Fact, Kind, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

# Further questions of one run after the first: a public key has four a minute and 500 a day.
MORE_WHEN_FLAGGED = 2
MORE_OTHERWISE = 1
MORE_WHEN_WANTED = 8
PAGES_WHEN_WANTED = 3
SHORT_PAGE, LONG_PAGE = "20", "40"  # 40 is the most that VirusTotal gives at once

UNKNOWN = {
    Kind.DOMAIN: N_("VirusTotal does not know this domain; that does not make it harmless."),
    Kind.IP: N_("VirusTotal does not know this address; that does not make it harmless."),
    Kind.URL: N_("VirusTotal does not know this URL; that does not make it harmless."),
    Kind.HASH: N_("VirusTotal does not know this file; that does not make it harmless."),
}
OTHER_KIND = {
    Kind.DOMAIN: N_("VirusTotal answered about something else than a domain."),
    Kind.IP: N_("VirusTotal answered about something else than an address."),
    Kind.URL: N_("VirusTotal answered about something else than a URL."),
    Kind.HASH: N_("VirusTotal answered about something else than a file."),
}
OTHER = {
    Kind.DOMAIN: N_("VirusTotal answered about another domain."),
    Kind.IP: N_("VirusTotal answered about another address."),
    Kind.URL: N_("VirusTotal answered about another URL."),
    Kind.HASH: N_("VirusTotal answered about another file."),
}

Objects = list[Mapping[str, Any]]


@collector(
    title="Reputation (VirusTotal)",
    accepts=[Kind.DOMAIN, Kind.IP, Kind.URL, Kind.HASH],
    yields=[
        *(Fact.REPUTATION, Fact.CERTIFICATE, Fact.REGISTRATION, Fact.RECORD, Fact.SERVICE, Fact.WILDCARD),
        *(Kind.DOMAIN, Kind.IP, Kind.CIDR, Kind.ASN, Kind.URL, Kind.HASH, Kind.FILE),
        *(Fact.ORGANISATION, Fact.LOCATION),
    ],
    hosts=[HOST],
    tells="VirusTotal (Google) learns what you ask about, the whole of a URL too. Nothing is handed in for analysis.",
    # A public key: four questions a minute, 500 a day, 15,500 a month (docs.virustotal.com, Public vs Premium API).
    rates={HOST: Rate(4, 60)},
    budgets=[Budget(NAME, HOST, key=KEY, day=500, month=15_500, usual=2)],
    life=43200.0,
    life_nothing=3600.0,
    deadline=120.0,
    keys=[Key(KEY, "https://www.virustotal.com/gui/my-apikey", required=True, probe=quota)],
    options=[
        Option("relations", about=f"Asks for up to {MORE_WHEN_WANTED} kinds of connections, each a question or more."),
    ],
    order=50,
)
async def virustotal(target: Target, fetch: Fetch) -> Findings:
    """How many vendors flag it, who and when, votes and categories, and what it is connected with.

    That no vendor flags something does not make it harmless, and neither does VirusTotal not knowing it.
    """
    place = place_of(target)
    reply = await _object(fetch, place, target.kind)
    if reply.absent:
        fetch.remark(noted(UNKNOWN[target.kind]))
        return
    answer = reply.json()
    said = shape.require(answer, "data.type", str, source=NAME)
    if said != TYPES[target.kind]:
        raise Changed(noted(OTHER_KIND[target.kind]), source=NAME, path="data.type")
    if not is_about(target, shape.text(answer, "data", "id")):
        raise Changed(noted(OTHER[target.kind]), source=NAME, path="data.id")
    attributes = shape.require(answer, "data.attributes", dict, source=NAME)
    judged = verdict(attributes)
    for finding in telling.told(target, attributes, judged, reply, fetch.now):
        yield finding
    links = _Links(fetch, target, place, reply, relations.named(answer))
    async for finding in links.told(MORE_WHEN_FLAGGED if judged.flagged else MORE_OTHERWISE):
        yield finding


async def _object(fetch: Fetch, place: str, kind: Kind) -> Reply:
    """The object with the ids of what it is connected with, which cost nothing more.

    Some keys may not ask for all of these: the object is then asked for without any.

    Raises:
        SourceError: VirusTotal could not be asked.
    """
    plain = ",".join(each.name for each in relations.OF[kind] if each.plain)
    reply = await fetch.attempt(ask(fetch, place, relationships=plain))
    if isinstance(reply, Forbidden) or (isinstance(reply, Changed) and reply.path == NOT_ACCEPTED):
        return await ask(fetch, place)
    if isinstance(reply, SourceError):
        raise reply
    return reply


@dataclass(slots=True)
class _Links:
    """What a target is connected with: details by what they are worth while questions are left, else the ids alone."""

    fetch: Fetch
    target: Target
    place: str
    reply: Reply  # the object's own
    named: dict[str, Objects] | None  # ids by relation; None: the answer held none
    refused: list[str] = field(default_factory=list)  # beyond the key's plan
    unasked: list[str] = field(default_factory=list)  # after the key's last question
    longer: list[str] = field(default_factory=list)  # of which a page was read, and there are more

    async def told(self, most: int) -> Findings:
        wanted = self.fetch.wants("relations")
        asked = self._worth(MORE_WHEN_WANTED if wanted else most, wanted=wanted)
        out_of_questions = False
        for relation in relations.OF[self.target.kind]:
            if relation in asked and not out_of_questions:
                pages = await self.fetch.attempt(self._pages(relation, wanted=wanted))
                if not isinstance(pages, SourceError) and pages:
                    for reply, objects in pages:
                        for finding in relations.findings(relation, self.target, objects, reply):
                            yield finding
                    continue
                out_of_questions = isinstance(pages, RateLimited)
                self._missed(relation, pages)
            elif relation in asked:
                self.unasked.append(_spelled(relation))
            for finding in relations.findings(relation, self.target, self._ids(relation), self.reply):
                yield finding
            if not wanted and cursor_of(shape.dig(self.reply.json(), "data", "relationships", relation.name)):
                self.longer.append(_spelled(relation))
        if self.unasked:
            self.fetch.gap(RateLimited.reason, noted("Not asked after that: {names}.", names=", ".join(self.unasked)))
        if self.refused:
            beyond = N_("Not asked, because the key's plan does not include it: {names}.")
            self.fetch.remark(noted(beyond, names=", ".join(self.refused)))
        if self.longer:
            more = N_("There is more than the first page, which with=relations reads: {names}.")
            self.fetch.remark(noted(more, names=", ".join(self.longer)))

    def _ids(self, relation: Relation) -> Objects:
        return (self.named or {}).get(relation.name, [])

    def _worth(self, most: int, *, wanted: bool) -> list[Relation]:
        """The relations to ask about: those that have ids, or of which none could be had, the most telling first."""
        able = [
            each
            for each in relations.OF[self.target.kind]
            if (wanted or (each.plain and each.detailed))
            and (self.named is None or self._ids(each) or (wanted and not each.plain))
        ]
        return able[:most]

    async def _pages(self, relation: Relation, *, wanted: bool) -> list[tuple[Reply, Objects]]:
        """The objects of a relation, page by page. The next page is asked for by its cursor, never by its address."""
        pages: list[tuple[Reply, Objects]] = []
        cursor = ""
        for _ in range(PAGES_WHEN_WANTED if wanted else 1):
            params = {"limit": LONG_PAGE if wanted else SHORT_PAGE, **({"cursor": cursor} if cursor else {})}
            asking = ask(self.fetch, f"{self.place}/{relation.name}", **params)
            reply = await (self.fetch.tolerate(asking, noted("The next page")) if pages else asking)
            if reply is None or reply.absent:
                return pages
            answer = reply.json()
            found = shape.dig(answer, "data")
            if found is not None and not isinstance(found, dict | list):
                raise shape.differs(NAME, "data", "list", found)
            pages.append((reply.receipt(), shape.mappings(answer, "data")))
            following = cursor_of(answer)
            if not following or following == cursor:
                return pages
            cursor = following
        if wanted:
            self.fetch.gap(
                "truncated", noted("VirusTotal has more under {name} than was read.", name=_spelled(relation))
            )
        else:
            self.longer.append(_spelled(relation))
        return pages

    def _missed(self, relation: Relation, error: object) -> None:
        """Beyond the plan is a remark; everything else is something that was not looked at."""
        if isinstance(error, Forbidden):
            self.refused.append(_spelled(relation))
        elif isinstance(error, SourceError):
            self.fetch.gap(error.reason, f"{_spelled(relation).capitalize()}: {error}")


def _spelled(relation: Relation) -> str:
    return relations.SPELLED[relation.name]
