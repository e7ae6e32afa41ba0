"""What is told of claims: each by itself, what one could ask about next, and which belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from collectors.claims.claim import MOST, SURE, Claim, merged, receipts
from collectors.claims.evidence import Point
from collectors.claims.graph import Told, judged
from collectors.claims.names import is_full, is_own_page
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch

MOST_POINTS = 12
MOST_PIVOTS = 30
RUMOUR = N_("Anybody can have written it there.")


def tell(found: Iterable[Claim], target: Target, fetch: Fetch, *, known: str = "") -> Iterator[Finding]:
    """Findings for everything that was claimed; `found` holds the target itself when it can be recognised elsewhere.

    `known` is a domain that has been told already.
    """
    claims = merged(found)
    compared = [claim for claim in claims if claim.is_compared]
    if len(compared) > MOST:
        first = N_("{n} claims were found; the first {most} were compared with each other.")
        fetch.gap("truncated", noted(first, n=len(compared), most=MOST))
    yield from (_identity(each) for each in judged(compared[:MOST]))
    others = [claim for claim in claims if not claim.is_seed]
    yield from (claim.finding() for claim in others)
    told = {claim.identity for claim in others} | {(target.kind, target.value.casefold()), (Kind.DOMAIN, known)}
    for finding in _pivots(others):
        key = (finding.kind, finding.value.casefold())
        if key not in told and len(told) < MOST_PIVOTS + len(others):
            told.add(key)
            yield finding


def _identity(told: Told) -> Finding:
    """A group, on the answer of its strongest claim; `evidence` has the digests of the others' answers."""
    strongest = max(told.claims, key=_strength)
    others = [reply for claim in told.claims for reply in (claim.reply, *claim.others) if not claim.is_seed]
    names = list(
        dict.fromkeys(name for claim in sorted(told.claims, key=_strength, reverse=True) for name in claim.names)
    )
    called = next(filter(is_full, names), names[0] if names else "")
    anchor = next((claim.value for claim in told.claims if claim.is_seed), strongest.label)
    return strongest.reply.finding(
        Fact.IDENTITY,
        f"{called} ({anchor})" if called and called != anchor else anchor,
        confidence=Confidence.MODERATE if told.group == "same" else Confidence.LOW,
        context=_varied(told.points, anchor)[0].why if told.points else "",
        group=told.group,
        score=round(told.score, 2),
        names=names[:10],
        points=[
            {"why": point.why, "points": point.points, "about": point.sort, "between": list(point.between)}
            for point in _varied(told.points, anchor)[:MOST_POINTS]
        ],
        claims=[
            {"kind": str(claim.kind), "value": claim.value, "source": claim.reply.source, "sha256": claim.reply.sha256}
            for claim in told.claims
        ],
        evidence=[each for each in receipts(others) if each not in receipts([strongest.reply])],
    )


def _varied(points: Sequence[Point], anchor: str) -> list[Point]:
    """The strongest of each sort first, about the target itself where that weighs the same; then the others."""
    ranked = sorted(points, key=lambda each: (each.sort == "key", -abs(each.points), anchor not in each.between))
    firsts = {point.sort: point for point in reversed(ranked)}
    return [
        *(each for each in ranked if firsts[each.sort] is each),
        *(each for each in ranked if firsts[each.sort] is not each),
    ]


def _strength(claim: Claim) -> tuple[bool, bool, int, int, int]:
    return (
        not claim.is_seed,
        claim.kind is Fact.ACCOUNT,
        SURE.index(claim.confidence),
        len(claim.vouched),
        len(claim.verified),
    )


def _pivots(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Addresses, handles and pages that the claims show, the surest first."""
    for claim in sorted(claims, key=_strength, reverse=True):
        label = claim.label
        shown = noted("{account} shows it.", account=label)
        checked = noted("{account} shows it, and {source} checked it.", account=label, source=claim.reply.source)
        for mails, confidence, how in (
            (claim.vouched, Confidence.HIGH, checked),
            (claim.published, Confidence.MODERATE, shown),
            (claim.rumoured, Confidence.LOW, f"{shown} {RUMOUR}"),
        ):
            for mail in mails:
                yield _next(claim, Kind.EMAIL, mail, confidence, how)
        for phone in claim.attributes.get("phones", ()):
            yield _next(claim, Kind.PHONE, phone, Confidence.MODERATE, shown)
        for handle in claim.handles:
            as_handle = noted("{account} shows it as a handle.", account=label)
            yield _next(claim, Kind.USERNAME, handle, Confidence.MODERATE, as_handle)
        for link in filter(is_own_page, claim.links):
            linked = noted("{account} links to it.", account=label)
            yield _next(claim, Kind.DOMAIN, link, Confidence.MODERATE, linked)


def _next(claim: Claim, kind: Kind, value: str, confidence: Confidence, context: str) -> Finding:
    sure = confidence if claim.confidence is not Confidence.LOW else Confidence.LOW
    return claim.reply.finding(kind, value, confidence=sure, context=context, shown_by=claim.value)
