"""Which claims belong to one and the same: points for each pair, groups that hold together, and what speaks against.

The points are log-odds: a claim that shares nothing with another starts at -3 (1 in 20), and what the two share adds
up. `docs/decisions/0111` says where the numbers come from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from collectors.claims.claim import Claim
from collectors.claims.evidence import Point, evidence
from core.language import N_

PRIOR = -3.0
SAME, MAYBE = 0.75, 0.4  # from here on claims are put together, or held together as a possibility
MOST_SCORE = 0.99  # nobody is ever certain
MOST_COPIED = 0.74  # what can be said without a proof

Shared = dict[str, Point]


@dataclass(slots=True, eq=False)
class Group:
    """Claims that hang together, how surely, and by which points; the strongest point first."""

    claims: list[Claim]
    score: float = MOST_SCORE
    points: tuple[Point, ...] = ()

    @property
    def has_seed(self) -> bool:
        return any(claim.is_seed for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Told:
    """One group as it is told: same, maybe or conflicting."""

    group: str
    score: float
    claims: tuple[Claim, ...]
    points: tuple[Point, ...]


def probability(points: Iterable[Point]) -> float:
    """How likely two claims are about one, in 0 to 0.99 (logistic function).

    Names, words about oneself and links can be copied by whoever wants to pass for somebody: they alone never reach
    what puts claims together.
    """
    said = list(points)
    total = PRIOR + sum(point.points for point in said)
    most = MOST_SCORE if any(point.is_proof for point in said) else MOST_COPIED
    return min(most, 1 / (1 + math.exp(-max(-30.0, min(30.0, total)))))


def judged(claims: Sequence[Claim]) -> list[Told]:
    """The groups, surest first. A target that nothing belongs to is no group."""
    pairs = _pairs(claims)
    groups = sorted(_grown([Group([claim]) for claim in claims], pairs, least=SAME), key=_weight)
    if not groups:
        return []
    main = groups[0]
    told = [Told("same", main.score, tuple(main.claims), main.points)] if len(main.claims) > 1 else []
    if main.has_seed or told:
        told += [_beside(main, group, pairs) for group in _grown(groups[1:], pairs, least=MAYBE)]
    else:
        told += _strangers(_grown(groups, pairs, least=MAYBE), pairs)
    return sorted(told, key=lambda each: (("same", "maybe", "conflicting").index(each.group), -each.score))


def _weight(group: Group) -> tuple[bool, bool, float, int]:
    """For sorting: the target's own group first, then what hangs together, then how surely and how much of it."""
    several = len(group.claims) > 1
    return not group.has_seed, not several, -group.score if several else 0.0, -len(group.claims)


def _pairs(claims: Sequence[Claim]) -> dict[frozenset[int], Shared]:
    """What each two claims share, by their identities in memory."""
    return {frozenset((id(one), id(other))): evidence(one, other) for one, other in combinations(claims, 2)}


def _grown(groups: list[Group], pairs: dict[frozenset[int], Shared], *, least: float) -> list[Group]:
    """Put the two likeliest groups together as long as any two are at least so likely the same."""
    while True:
        joints = [
            (likely, len(one.claims) + len(other.claims), one, other, shared)
            for one, other in combinations(groups, 2)
            if (likely := probability((shared := _between(one, other, pairs)).values())) >= least
        ]
        if not joints:
            return groups
        # Of two that are as likely the larger one: what the target might join just as well stays beside it.
        likely, _, one, other, shared = max(joints, key=lambda joint: joint[:2])
        groups = [each for each in groups if each not in (one, other)]
        points = _sorted((*one.points, *other.points, *shared.values()))
        groups.append(Group([*one.claims, *other.claims], min(likely, one.score, other.score), points))


def _between(one: Group, other: Group, pairs: dict[frozenset[int], Shared]) -> Shared:
    """What two groups share: of each sort of evidence the best, so that nothing counts twice.

    A name that fits somewhere is no conflict, however many others there are beside it.
    """
    best: Shared = {}
    for mine in _seed_first(one):
        for theirs in _seed_first(other):
            for sort, point in pairs[frozenset((id(mine), id(theirs)))].items():
                if sort not in best or point.rank > best[sort].rank:
                    best[sort] = point
    return best


def _seed_first(group: Group) -> list[Claim]:
    """Of reasons that weigh the same, the one about the target itself is told."""
    return sorted(group.claims, key=lambda claim: not claim.is_seed)


def _beside(main: Group, group: Group, pairs: dict[frozenset[int], Shared]) -> Told:
    shared = _between(main, group, pairs)
    against = any(point.points < 0 for point in shared.values())
    points = _sorted(shared.values()) or (NOTHING,)
    kind = "conflicting" if against else "maybe"
    return Told(kind, probability(shared.values()), tuple(group.claims), (*points, *group.points))


def _strangers(groups: Sequence[Group], pairs: dict[frozenset[int], Shared]) -> Iterator[Told]:
    """Where nothing holds together for sure: what may, and single claims with what they share with the likeliest.

    That two of them are not one is no conflict: the question fits both. Two names under one handle are.
    """
    for group in groups:
        shares = [_between(group, other, pairs) for other in groups if other is not group]
        if len(group.claims) > 1:
            yield Told("maybe", group.score, tuple(group.claims), group.points)
            continue
        against = [share for share in shares if "name" in share and share["name"].points < 0]
        best = max(against or shares, key=lambda share: probability(share.values()), default={})
        points = _sorted(best.values()) or (NOTHING,)
        kind = "conflicting" if against else "maybe"
        yield Told(kind, probability(best.values()), tuple(group.claims), points)


NOTHING = Point(N_("Nothing but the question connects it."), 0.0, ())


def _sorted(points: Iterable[Point]) -> tuple[Point, ...]:
    """What weighs most first; what speaks against before what speaks for it just as loudly; which keys an
    account has, last.
    """
    ranked = sorted(points, key=lambda each: (each.sort == "key", -abs(each.points), each.points, each.why))
    return tuple({point.why: point for point in ranked}.values())
