"""Which profiles say that they belong together. The same name on two services says nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.profiles.places import place_of
from collectors.profiles.profile import Link, Profile
from collectors.profiles.rounds import Round, keys_of
from core.language import N_
from core.language.noted import noted

PAGE = N_("the page {page}")
_GRAVATAR_HASH = re.compile(r"/avatar/([0-9a-f]{64}|[0-9a-f]{32})(?:[?.]|$)")


@dataclass(slots=True)
class Bond:
    """Two profiles, and what connects them."""

    one: Profile
    other: Profile
    points: list[str] = field(default_factory=list)
    forth: bool = False  # one links to the other
    back: bool = False
    proven: bool = False

    @property
    def confirmed(self) -> bool:
        """Each names the other, or a service has made sure of it."""
        return self.proven or (self.forth and self.back)


class Groups:
    """Which profiles are connected by now, over however many others."""

    def __init__(self) -> None:
        self._leads: dict[str, str] = {}

    def join(self, one: Profile, other: Profile) -> bool:
        """Connect two; False when they were connected already."""
        here, there = self._end(keys_of(one)[0]), self._end(keys_of(other)[0])
        self._leads[here] = there
        return here != there

    def _end(self, name: str) -> str:
        while self._leads.get(name, name) != name:
            name = self._leads[name]
        return name


def bonds(asked: Round, *, known_page: str = "") -> list[Bond]:
    """What connects the profiles that were read, confirmed bonds first.

    What two of them show alike is said only where no link connects them already. `known_page` is no such sign: it is
    the site that was asked about.
    """
    found: dict[frozenset[str], Bond] = {}
    for profile in asked.profiles.values():
        for link in profile.links:
            place = place_of(link.url)
            other = asked.known(place.key) if place else None
            if other is not None and other is not profile:
                _note(_bond(found, profile, other), profile, other, link)
    groups = Groups()
    for bond in found.values():
        groups.join(bond.one, bond.other)
    for word, sharers in _shared(asked).items():
        for other in sharers[1:]:
            if word != noted(PAGE, page=known_page) and groups.join(sharers[0], other):
                _bond(found, sharers[0], other).points.append(noted("Both show {mark}.", mark=word))
    return sorted(found.values(), key=lambda bond: (not bond.confirmed, not bond.forth and not bond.back))


def _bond(found: dict[frozenset[str], Bond], one: Profile, other: Profile) -> Bond:
    return found.setdefault(frozenset((keys_of(one)[0], keys_of(other)[0])), Bond(one, other))


def _note(bond: Bond, here: Profile, there: Profile, link: Link) -> None:
    point = noted("{here} links to {there} ({how}).", here=here.label, there=there.label, how=link.how)
    if point not in bond.points:
        bond.points.append(point)
    bond.proven = bond.proven or link.proven
    if here is bond.one:
        bond.forth = True
    else:
        bond.back = True


def _shared(asked: Round) -> dict[str, list[Profile]]:
    """What several profiles show: an e-mail address, a picture by its hash, a page of their own."""
    sharers: dict[str, list[Profile]] = defaultdict(list)
    for profile in asked.profiles.values():
        for word in dict.fromkeys(_marks(profile)):
            sharers[word].append(profile)
    return {word: those for word, those in sharers.items() if len(those) > 1}


def _marks(profile: Profile) -> Iterator[str]:
    for mail in profile.emails:
        yield noted("the e-mail address {mail}", mail=mail)
    if picture := _GRAVATAR_HASH.search(profile.avatar):
        yield noted("the picture of Gravatar hash {hash}", hash=picture[1])
    for link in profile.links:
        if place_of(link.url) is None:
            page = link.url.partition("://")[2].partition("?")[0].removeprefix("www.").rstrip("/")
            yield noted(PAGE, page=page)
