"""What two claims share, and what speaks against their being of one: each a sentence and points in log-odds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.claims.address import canonical
from collectors.claims.claim import Claim
from collectors.claims.names import alike, folded, is_own_page, is_rare
from core.language import N_
from core.language.noted import noted
from core.models import Fact

MOST_COMPARED = 10  # names, links or addresses of one claim
CHECKED, CHECKED_BACK = 6.0, 8.0
LINKED, LINKED_BACK = 3.0, 5.0
PROOF = {"link": LINKED_BACK, "key": CHECKED, "address": 6.0}
SHARED_WORD = 0.2
BIO_WORDS = 8
EACH_OTHER = N_("{first} and {second} link to each other, with links that anybody can set.")
EACH_OTHER_CHECKED = N_("{first} and {second} link to each other, and one of the links was checked by its source.")


@dataclass(frozen=True, slots=True)
class Point:
    """One reason: negative points speak against."""

    why: str
    points: float
    between: tuple[str, ...]  # the two claims' values
    sort: str = ""  # what it is about: link, key, address, name ...

    @property
    def rank(self) -> float:
        """Which of several points of one sort counts: of names one that fits, else one that does not, and last one that
        shares no more than a word.
        """
        return -10.0 if self.sort == "name" and self.points == SHARED_WORD else self.points

    @property
    def is_proof(self) -> bool:
        """Whether nobody could have copied it: it takes both sides, or somebody who checked both."""
        return self.points >= PROOF.get(self.sort, float("inf"))


def evidence(one: Claim, other: Claim) -> dict[str, Point]:
    """Everything that two claims share or disagree in, the best of each sort."""
    between = (one.value, other.value)
    return {sort: Point(why, points, between, sort) for sort, why, points in _all(one, other)}


def _all(one: Claim, other: Claim) -> Iterator[tuple[str, str, float]]:
    for sort, said in (
        ("link", _link(one, other)),
        ("key", _key(one, other)),
        ("address", _address(one, other)),
        ("handle", _handle(one, other)),
        ("name", _name(one, other)),
        ("place", _same(N_("Both give the place {text}."), one.places, other.places, 0.5)),
        ("organisation", _same(N_("Both give the organisation {text}."), one.organisations, other.organisations, 0.8)),
        ("page", _page(one, other)),
        ("bio", _bio(one.bio, other.bio)),
        ("sort", _sort(one, other)),
        ("register", _register(one, other)),
    ):
        if said is not None:
            yield sort, *said


def _link(one: Claim, other: Claim) -> tuple[str, float] | None:
    """Links to each other's page; one whose other end the source checked weighs twice, and a link back more."""
    there, back = bool(other.url) and other.url in one.links, bool(one.url) and one.url in other.links
    checked = (there and other.url in one.verified) or (back and one.url in other.verified)
    first, second = (one, other) if there else (other, one)
    if there and back:
        sentence = EACH_OTHER_CHECKED if checked else EACH_OTHER
        return noted(sentence, first=one.label, second=other.label), CHECKED_BACK if checked else LINKED_BACK
    told = {"first": first.label, "second": second.label}
    if checked:
        source = first.reply.source
        return noted("{source} checked that {second} belongs to {first}.", source=source, **told), CHECKED
    if there or back:
        return noted("{first} links to {second}, which does not link back.", **told), LINKED
    return None


def _key(one: Claim, other: Claim) -> tuple[str, float] | None:
    shared = [each for each in one.keys if each in other.keys]
    if not shared:
        return None
    if Fact.KEY in (one.kind, other.kind):
        holder = other if one.kind is Fact.KEY else one
        key = one if one.kind is Fact.KEY else other
        sentence = noted("{account} publishes the {key}, as anybody could.", account=holder.label, key=key.label)
        return sentence, LINKED
    return noted("Both publish the key {id}.", id=shared[0][-16:]), CHECKED


def _address(one: Claim, other: Claim) -> tuple[str, float] | None:
    """The same e-mail address; how much that says depends on who could have written it there."""
    best: tuple[str, float] | None = None
    for mail, rank in _mails(one):
        for also, their in _mails(other):
            if mail != also and canonical(mail) != canonical(also):
                continue
            least = min(rank, their)
            weaker = other if their < rank else one
            points = WEIGHTS[least] - (mail != also)
            if best is None or points > best[1]:
                best = (_said(one, other, mail, weaker, least), points)
    return best


# By the weaker of the two places: anybody can write there, the account shows it, the source checked it.
WEIGHTS = (1.0, 5.0, 6.0)
ADDRESSED = (
    N_("{first} and {second} name {mail}, but anybody can have written it into {weaker}."),
    N_("{first} and {second} give {mail}."),
    N_("{first} and {second} were both checked to belong to {mail}."),
)


AT_TARGET = (
    N_("{account} names {mail}, but anybody can have written it there."),
    N_("{account} gives {mail}."),
    N_("{account} was checked to belong to {mail}."),
)


def _said(one: Claim, other: Claim, mail: str, weaker: Claim, least: int) -> str:
    seed = one if one.is_seed else other if other.is_seed else None
    if seed is None:
        return noted(ADDRESSED[least], first=one.label, second=other.label, mail=mail, weaker=weaker.label)
    return noted(AT_TARGET[least], account=(other if seed is one else one).label, mail=seed.value)


def _mails(claim: Claim) -> Iterator[tuple[str, int]]:
    for rank, mails in ((2, claim.vouched), (1, claim.published), (0, claim.rumoured)):
        yield from ((mail.casefold(), rank) for mail in mails[:MOST_COMPARED])


def _handle(one: Claim, other: Claim) -> tuple[str, float] | None:
    theirs = {each.casefold() for each in other.handles}
    shared = [each for each in one.handles if each.casefold() in theirs]
    if not shared:
        return None
    if any(map(is_rare, shared)):
        return noted("Both are called {handle}, which is not common.", handle=max(shared, key=len)), 2.0
    return noted("Both are called {handle}, which many are.", handle=shared[0]), 0.3


NAMED = {
    2: (N_("Both bear the name {person}."), 0.7),
    1: (N_("The names {person} and {text} may be the same."), 0.5),
    0: (N_("The names {person} and {text} share a word."), SHARED_WORD),
    -1: (N_("The names {person} and {text} are of different people, perhaps of one family."), -2.5),
    -2: (N_("The names {person} and {text} have nothing in common."), -3.0),
}


def _name(one: Claim, other: Claim) -> tuple[str, float] | None:
    """The best fit of any two names: who is called one thing here may be called more there."""
    found = [
        (how, mine, theirs)
        for mine in one.names[:MOST_COMPARED]
        for theirs in other.names[:MOST_COMPARED]
        if (how := alike(mine, theirs)) is not None
    ]
    if not found:
        return None
    how, mine, theirs = max(found, key=lambda each: Point("", NAMED[each[0]][1], (), "name").rank)
    sentence, points = NAMED[how]
    return noted(sentence, person=mine[:80], text=theirs[:80]), points


def _same(sentence: str, mine: tuple[str, ...], theirs: tuple[str, ...], points: float) -> tuple[str, float] | None:
    known = {folded(each).strip(" @") for each in theirs[:MOST_COMPARED]}
    shared = [each for each in mine[:MOST_COMPARED] if folded(each).strip(" @") in known]
    return (noted(sentence, text=shared[0][:80]), points) if shared else None


def _page(one: Claim, other: Claim) -> tuple[str, float] | None:
    """A page of somebody's own that both point to, or that one of the two is."""
    theirs = set(other.links[:MOST_COMPARED])
    shared = [each for each in one.links[:MOST_COMPARED] if each in theirs and is_own_page(each)]
    return (noted("Both link to {page}.", page=shared[0]), 3.0) if shared else None


def _bio(one: str, other: str) -> tuple[str, float] | None:
    mine, theirs = (
        set(re.findall(r"\w+", folded_bio)) for folded_bio in (one.casefold()[:500], other.casefold()[:500])
    )
    if min(len(mine), len(theirs)) < BIO_WORDS or 2 * len(mine & theirs) < len(mine | theirs):
        return None
    return noted("They describe themselves in nearly the same words."), 1.5


def _sort(one: Claim, other: Claim) -> tuple[str, float] | None:
    if one.person is None or other.person is None or one.person == other.person:
        return None
    return noted("One is a person, the other is none."), -3.0


def _register(one: Claim, other: Claim) -> tuple[str, float] | None:
    if not one.unique or one.unique != other.unique:
        return None
    return noted("These are two entries of {register}, where everybody stands once.", register=one.unique), -1.5
