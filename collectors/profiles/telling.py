"""Findings out of profiles: the accounts, what connects them, and what they say about their owner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.profiles.bonds import Bond
from collectors.profiles.places import FEDIVERSE, Place, place_of
from collectors.profiles.profile import Profile
from collectors.profiles.rounds import Linked, Pointer
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind

if TYPE_CHECKING:
    from collectors.fetch import Reply

CONFIRMED, CLAIMED = "confirmed", "claimed"
PROVES = N_("{profile} proves to have the owner of {those}.")
NAMES, NAMES_NOTHING = N_("{profile} names {those}."), N_("{profile} names nothing that was looked at.")
# For one who says it, and for several.
NAMED_ONLY = N_("{who} names it ({how})."), N_("{who} names it ({how}), and {more} more.")
LINKS_BACK = (
    N_("{who} names it ({how}); it links back."),
    N_("{who} names it ({how}), and {more} more; it links back."),
)
NO_LINK_BACK = (
    N_("{who} names it ({how}); it does not link back."),
    N_("{who} names it ({how}), and {more} more; it does not link back."),
)
SAYS_SO = N_("{who} says so ({how})."), N_("{who} says so ({how}), and {more} more.")
BEHIND_LOGIN = N_("{service} shows profiles behind a login, or its terms forbid programs to read them.")
MOST_STATED = 60  # pages, addresses, places and names of one run


def account(profile: Profile, *, found_by: str, context: str, confidence: Confidence, **more: Any) -> Finding:
    """A profile that was read."""
    return profile.reply.finding(
        Fact.ACCOUNT,
        profile.label,
        confidence=confidence,
        first_seen=profile.joined,
        last_seen=profile.active,
        context=context,
        **_present(
            service=profile.service,
            name=profile.name,
            page=profile.page,
            display_name=profile.display,
            type=profile.sort,
            bio=profile.bio,
            location=profile.location,
            organisation=profile.organisation,
            followers=profile.followers,
            posts=profile.posts,
            avatar=profile.avatar,
            flags=list(profile.flags),
            links=list(dict.fromkeys(link.url for link in profile.links)),
        ),
        looked=True,
        found_by=found_by,
        **more,
    )


def named(profile: Profile) -> Finding:
    """A profile that has the name that was asked about, which anybody may have taken."""
    if profile.loose:
        context = noted("{service} shows this name; names are not unique there.", service=profile.service)
        return account(profile, found_by="name", context=context, confidence=Confidence.LOW)
    context = noted("{service} has a profile of this name; that does not say whose it is.", service=profile.service)
    return account(profile, found_by="name", context=context, confidence=Confidence.HIGH)


def asked_for(profile: Profile, found_by: str, context: str) -> Finding:
    """The profile that the target itself means."""
    return account(profile, found_by=found_by, context=context, confidence=Confidence.HIGH)


def proving(profile: Profile, proved: Sequence[str], names: Sequence[str]) -> Finding:
    """A profile that nobody points at and that names others itself, with proof or without."""
    those = ", ".join(dict.fromkeys(proved or names))
    said = PROVES if proved else NAMES if names else NAMES_NOTHING
    return account(
        profile,
        found_by="proof",
        context=noted(said, profile=profile.label, those=those),
        confidence=Confidence.HIGH if proved else Confidence.LOW,
        standing=CONFIRMED if proved else CLAIMED,
    )


def linked(profile: Profile, by: Sequence[Pointer], *, back: bool) -> Finding:
    """A profile that others point at: confirmed when it points back, or a service has made sure of it."""
    proven = any(each.proven for each in by)
    sure = back or proven
    says = LINKS_BACK if back else NAMED_ONLY if proven else NO_LINK_BACK
    return account(
        profile,
        found_by="link",
        context=_said(by, says),
        confidence=Confidence.HIGH if sure else Confidence.LOW,
        standing=CONFIRMED if sure else CLAIMED,
        linked_from=[each.label for each in by],
    )


def unread(pointed: Linked, reply: Reply) -> Finding:
    """A profile that was not looked at: all there is, is that somebody names it."""
    proven = any(each.proven for each in pointed.by)
    place = pointed.place
    unread = noted("I did not look at it: {why}", why=why_unread(place))
    return reply.finding(
        Fact.ACCOUNT,
        place.label,
        confidence=Confidence.MODERATE if proven else Confidence.LOW,
        context=f"{_said(pointed.by, NAMED_ONLY)} {unread}",
        service=place.service,
        name=place.name,
        page=place.page,
        looked=False,
        found_by="link",
        standing=CONFIRMED if proven else CLAIMED,
        linked_from=[each.label for each in pointed.by],
    )


def why_unread(place: Place) -> str:
    if place.walled:
        return noted(BEHIND_LOGIN, service=place.service)
    if place.service == FEDIVERSE:
        return noted("its server, if it is one of the fediverse, is small, and its keeper would learn of the question.")
    return noted("it could not be asked, or there were too many.")


def bond(found: Bond) -> Finding:
    """What connects two profiles."""
    sure = found.confirmed
    context = (
        noted("Each of the two names the other, or a service has made sure that both belong to one owner.")
        if sure
        else noted("A claim of one side; anybody can write it.")
        if found.forth or found.back
        else noted("Both show the same; neither names the other.")
    )
    return found.one.reply.finding(
        Fact.IDENTITY,
        f"{found.one.label} + {found.other.label}",
        confidence=Confidence.HIGH if sure else Confidence.LOW,
        context=context,
        standing=CONFIRMED if sure else CLAIMED,
        accounts=[found.one.label, found.other.label],
        points=found.points[:20],
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that one profile says about its owner."""

    kind: Kind | Fact
    value: str
    how: str
    proven: bool = False


def stated(profiles: Sequence[Profile], *, people: bool, known: str = "") -> Iterator[Finding]:
    """What profiles say about their owners, each said once with those that say it.

    `people`: a display name that the service does not call an organisation's is taken for a person's.
    `known`: pages of this host are what was asked about, and not said again.
    """
    said: dict[tuple[Kind | Fact, str], list[tuple[Profile, Statement]]] = {}
    for profile in profiles:
        for each in _statements(profile, people=people):
            said.setdefault((each.kind, each.value), []).append((profile, each))
    for (kind, value), those in said.items():
        own = kind is Kind.URL and known and value.split("/")[2].removeprefix("www.") == known
        if own or (kind is Fact.PERSON and (Fact.ORGANISATION, value) in said):
            continue
        first, statement = next((pair for pair in those if pair[1].proven), those[0])
        labels = list(dict.fromkeys([first.label, *(profile.label for profile, _ in those)]))
        yield first.reply.finding(
            kind,
            value,
            confidence=Confidence.HIGH if statement.proven else Confidence.MODERATE,
            context=noted(SAYS_SO[bool(labels[1:])], who=labels[0], how=statement.how, more=len(labels) - 1),
            accounts=labels,
            how=statement.how,
            standing=CONFIRMED if statement.proven else CLAIMED,
        )


def _statements(profile: Profile, *, people: bool) -> Iterator[Statement]:
    for mail in profile.emails:
        yield Statement(Kind.EMAIL, mail, noted("its e-mail address"))
    for link in profile.links:
        if place_of(link.url) is None:
            yield Statement(Kind.URL, link.url, link.how, link.proven)
    if profile.location:
        yield Statement(Fact.LOCATION, profile.location, noted("its location"))
    if profile.organisation:
        yield Statement(Fact.ORGANISATION, profile.organisation, noted("its organisation"))
    if profile.key_print:
        yield Statement(Fact.KEY, f"OpenPGP {profile.key_print.upper()}", noted("its key"))
    if " " in profile.display and profile.sort == "organisation":
        yield Statement(Fact.ORGANISATION, profile.display, noted("its display name"))
    elif " " in profile.display and profile.sort != "bot" and people:
        yield Statement(Fact.PERSON, profile.display, noted("its display name"))


def _said(by: Sequence[Pointer], says: tuple[str, str]) -> str:
    """Who points at it, in the sentence for one or for several."""
    return noted(says[len(by) > 1], who=by[0].label, how=by[0].how, more=len(by) - 1)


def _present(**attributes: Any) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value not in (None, "", [])}
