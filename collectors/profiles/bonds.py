"""Which profiles say that they belong together. The same name on two services says nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.profiles.places import place_of
from collectors.profiles.profile import Link, Profile
from collectors.profiles.rounds import Round, keys_of

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


def bonds(asked: Round) -> list[Bond]:
    """What connects the profiles that were read, confirmed bonds first."""
    found: dict[frozenset[str], Bond] = {}
    for profile in asked.profiles.values():
        for link in profile.links:
            place = place_of(link.url)
            other = asked.known(place.key) if place else None
            if other is not None and other is not profile:
                _note(_bond(found, profile, other), profile, other, link)
    for word, sharers in _shared(asked).items():
        for other in sharers[1:]:
            _bond(found, sharers[0], other).points.append(f"Both show {word}.")
    return sorted(found.values(), key=lambda bond: (not bond.confirmed, not bond.forth and not bond.back))


def _bond(found: dict[frozenset[str], Bond], one: Profile, other: Profile) -> Bond:
    return found.setdefault(frozenset((keys_of(one)[0], keys_of(other)[0])), Bond(one, other))


def _note(bond: Bond, here: Profile, there: Profile, link: Link) -> None:
    point = f"{here.label} links to {there.label} ({link.how})."
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
        yield f"the e-mail address {mail}"
    if picture := _GRAVATAR_HASH.search(profile.avatar):
        yield f"the picture of Gravatar hash {picture[1]}"
    for link in profile.links:
        if place_of(link.url) is None:
            yield f"the page {link.url.partition('://')[2].partition('?')[0].removeprefix('www.').rstrip('/')}"
