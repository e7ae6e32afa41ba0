"""Public profiles: who has a name where, what they say of themselves, and which of them name each other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from collectors import grants
from collectors.declare import Budget, Findings, Key, Option, Rate, collector
from collectors.profiles import coding, telling
from collectors.profiles.bonds import bonds
from collectors.profiles.places import FEDIVERSE, WALLED, place_of
from collectors.profiles.profile import Link, Profile
from collectors.profiles.rounds import MOST_LINKED, Linked, Round, pointers
from collectors.profiles.services import Question, about_email, about_name, about_place, proofs_for
from collectors.profiles.site import accounts_of, leads_back
from core.language import N_, NN_
from core.language.noted import nnoted, noted
from core.models import Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch

MOST_BONDS = 40
PAIRS = N_("{found} pairs of profiles are connected; {told} are told.")
STATED = N_("The profiles say {found} things of their owners; {told} are told.")
ANSWERED = NN_(
    "{answered} of {asked} services answered: {n} knows {name}, {without}.",
    "{answered} of {asked} services answered: {n} know {name}, {without}.",
)
NOT_ASKED = N_("Not asked: {walled} and others (they want a login, or forbid it).")
RULED_OUT = N_("Not asked: {others} (no such names there); {walled} and others (they want a login, or forbid it).")


@collector(
    title="Public profiles",
    accepts=[Kind.USERNAME, Kind.EMAIL, Kind.URL, Kind.DOMAIN],
    yields=[
        *(Fact.ACCOUNT, Fact.IDENTITY, Fact.PERSON, Fact.ORGANISATION, Fact.LOCATION, Fact.KEY),
        *(Kind.URL, Kind.EMAIL),
    ],
    # Servers of the fediverse are many, and a domain's own home page is read. Links to other hosts are not opened.
    hosts=["*"],
    tells=(
        "For a user name, some fourteen services learn it: GitHub, GitLab, Gravatar, Keybase, Bluesky, Hacker News, "
        "Stack Overflow, Docker Hub, Lichess, Chess.com, Wikipedia and three large Mastodon servers. For an e-mail "
        "address Gravatar learns its hash. For a domain its own web server sees the question, and Keybase learns the "
        "domain. Services that a profile links to learn that profile's name."
    ),
    touches=[Kind.DOMAIN],
    spreads=True,
    rates={
        "api.github.com": Rate(1, 1, burst=5),
        "api.stackexchange.com": Rate(1, 1, burst=2),
        "lichess.org": Rate(1, 2),
        "api.chess.com": Rate(1, 1),
        "en.wikipedia.org": Rate(1, 1),
    },
    default_rate=Rate(2, 1, burst=4),
    budgets=[
        Budget("Stack Exchange", "api.stackexchange.com", day=300, usual=1),
        Budget("Stack Exchange", "api.stackexchange.com", key="stackexchange_key", day=10_000, usual=1),
        *grants.BUDGETS,
    ],
    keys=[
        *grants.KEYS,
        Key(
            "stackexchange_key",
            "https://stackapps.com/apps/oauth/register",
            required=False,
            probe=coding.stack_exchange_key,
        ),
    ],
    options=[
        Option(
            "fediverse",
            "also asks small fediverse servers that an address or a profile names; their keepers see the question.",
            touches=True,
        ),
    ],
    life=21600.0,
    life_nothing=3600.0,
    deadline=75.0,
    order=90,
)
async def social(target: Target, fetch: Fetch) -> Findings:
    """Profiles that services show to everybody, what they say of their owner, and which of them name each other.

    The same name on two services is not said to be the same person.
    """
    asked = Round(fetch)
    async with aclosing(_looks(target, asked)) as looks:
        async for finding in looks:
            yield finding
    is_site = target.kind is Kind.DOMAIN
    known = target.value.removeprefix("www.") if is_site else ""
    connected = bonds(asked, known_page=known)
    for found in connected[:MOST_BONDS]:
        yield telling.bond(found)
    if len(connected) > MOST_BONDS:
        asked.fetch.gap("truncated", noted(PAIRS, found=len(connected), told=MOST_BONDS))
    own = [each for each in asked.profiles.values() if not is_site or leads_back(each, target.value)]
    stated = list(telling.stated(own, people=not is_site, known=known))
    for finding in stated[: telling.MOST_STATED]:
        yield finding
    if len(stated) > telling.MOST_STATED:
        asked.fetch.gap("truncated", noted(STATED, found=len(stated), told=telling.MOST_STATED))
    if not asked.knew and not asked.none and target.kind is not Kind.DOMAIN:
        fetch.notes.answers = 0  # what came was no answer


async def _looks(target: Target, asked: Round) -> AsyncGenerator[Finding, None]:
    if target.kind is Kind.DOMAIN:
        first = accounts_of(target.value, asked)
    elif target.kind is Kind.USERNAME:
        first = _by_name(target.value, asked)
    elif target.kind is Kind.EMAIL:
        first = _by_email(target.value, asked)
    else:
        first = _by_address(target.value, asked)
    async with aclosing(first) as findings:
        async for finding in findings:
            yield finding
    if target.kind is not Kind.DOMAIN:
        async with aclosing(_further(asked)) as further:
            async for finding in further:
                yield finding


async def _by_name(name: str, asked: Round) -> AsyncGenerator[Finding, None]:
    questions, forbidding = about_name(name)
    async with aclosing(asked.ask(questions)) as coming:
        async for profile in coming:
            yield telling.named(profile)
    fetch = asked.fetch
    knew, none = len(asked.knew), len(asked.none)
    without = nnoted("{n} does not", "{n} do not", none)
    fetch.remark(nnoted(*ANSWERED, knew, answered=knew + none, asked=len(questions), name=name, without=without))
    walled, ruled_out = ", ".join(WALLED[:4]), ", ".join(forbidding)
    fetch.remark(noted(RULED_OUT if forbidding else NOT_ASKED, walled=walled, others=ruled_out))


async def _by_email(email: str, asked: Round) -> AsyncGenerator[Finding, None]:
    async with aclosing(asked.ask(about_email(email, any_server=asked.fetch.wants("fediverse")))) as coming:
        async for profile in coming:
            shown = noted("{service} shows this profile for the address.", service=profile.service)
            yield telling.asked_for(profile, "e-mail", shown)
    if not asked.knew and not asked.missed:
        asked.fetch.remark(noted("Gravatar has no profile for this address."))


async def _by_address(url: str, asked: Round) -> AsyncGenerator[Finding, None]:
    place, fetch = place_of(url), asked.fetch
    question = about_place(place, any_server=fetch.wants("fediverse")) if place else None
    if place is None:
        fetch.gap("not_fitting", noted("This is no address of a profile on a service I know, so I did not open it."))
        return
    if question is None:
        unread = noted("{profile} was not looked at: {why}", profile=place.label, why=telling.why_unread(place))
        step = noted("The option fediverse asks it all the same.") if place.service == FEDIVERSE else ""
        fetch.gap("not_verified", f"{unread} {step}".strip())
        return
    async with aclosing(asked.ask([question])) as coming:
        async for profile in coming:
            yield telling.asked_for(profile, "address", noted("The profile at {page}.", page=place.page))
    if asked.none:
        fetch.remark(noted("{service} has no profile {name}.", service=place.service, name=place.name))


async def _further(asked: Round) -> AsyncGenerator[Finding, None]:
    """The profiles that those found point at: read where that may be, else only named."""
    pointed = asked.pointed_at()
    questions = list(_questions(asked, pointed))
    async with aclosing(asked.ask(questions[:MOST_LINKED])) as coming:
        async for profile in coming:
            yield _told(profile, pointed, asked)
    gone = [each.place.label for each in pointed if each.place.key in asked.absent]
    if gone:
        asked.fetch.remark(noted("Linked, and not there: {names}.", names=", ".join(gone[:5])))
    for each in pointed:
        first = _first(each, asked)
        if first is not None and asked.known(each.place.key) is None and each.place.key not in asked.absent:
            yield telling.unread(each, first.reply)


def _questions(asked: Round, pointed: list[Linked]) -> Iterator[Question]:
    """Proofs first: they are the strongest. Then what proven links lead to, then the others."""
    for profile in list(asked.profiles.values()):
        if proof := proofs_for(profile):
            yield proof
    any_server = asked.fetch.wants("fediverse")
    for each in sorted(pointed, key=lambda each: not any(pointer.proven for pointer in each.by)):
        if question := about_place(each.place, any_server=any_server):
            yield question


def _told(profile: Profile, pointed: list[Linked], asked: Round) -> Finding:
    by = pointers(pointed, profile, asked)
    back = [(other, link.proven) for link in profile.links if (other := _at(link, asked)) and other is not profile]
    if by:
        named = {pointer.label for pointer in by}
        return telling.linked(profile, by, back=any(other.label in named for other, _ in back))
    proved = [other.label for other, proven in back if proven]
    return telling.proving(profile, proved, [other.label for other, _ in back])


def _at(link: Link, asked: Round) -> Profile | None:
    place = place_of(link.url)
    return asked.known(place.key) if place else None


def _first(pointed: Linked, asked: Round) -> Profile | None:
    """Who pointed at it first."""
    label = pointed.by[0].label
    return next((profile for profile in asked.profiles.values() if profile.label == label), None)
