"""Rules against a scan: which come true, by which findings, and the headlines they make. Pure, and linear in the
number of findings: looks are made one after the other, and joined through what stands at a place of both."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.correlation.comparing import Around, holds, leaves, moment
from core.correlation.deceiving import deceives
from core.correlation.language import Look, Rule
from core.correlation.saying import said, spoken
from core.fingerprints import fingerprint
from core.headlines import Headline
from core.models import Fact, Finding, Kind, Outcome, Run, RunState, Scan, Severity

MOST_FINDINGS = 20_000  # of one scan that are looked at
MOST_EVIDENCE = 10  # findings of each look that a headline names
MOST_PAIRS = 200  # findings on either side that are compared one by one, where two disagree
FULL = frozenset({Outcome.FOUND, Outcome.NOTHING})
DAYS_APART = 2  # times of two sources that differ by no more agree: they round, and live in zones
WEIGHTS = (Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding of a scan with the collector whose run it is of."""

    collector: str
    finding: Finding

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.finding)


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that came true, and by what: of each look the findings that did it, none for what was absent."""

    rule: Rule
    matches: Mapping[str, tuple[Seen, ...]]
    headline: Headline


class Pool:
    """The findings of a scan by kind: those that count, and all, also what somebody set aside."""

    def __init__(self, scan: Scan, set_aside: Collection[str]) -> None:
        self.counting: dict[Kind | Fact, list[Seen]] = {}
        self.all: dict[Kind | Fact, list[Seen]] = {}
        left = MOST_FINDINGS
        for run in scan.runs:
            for finding in run.findings[:left]:
                seen = Seen(run.collector, finding)
                self.all.setdefault(finding.kind, []).append(seen)
                if not set_aside or seen.fingerprint not in set_aside:
                    self.counting.setdefault(finding.kind, []).append(seen)
            left = max(0, left - len(run.findings))
        self.whole = left > 0
        self.set_aside = set_aside

    def of(self, look: Look) -> Iterable[Seen]:
        """Those that a look is about. What somebody judged false counts for nothing, and yet is not absent."""
        held = self.all if look.needs_full_answers else self.counting
        return (each for kind in look.kinds or tuple(held) for each in held.get(kind, ()))

    def standing(self, those: tuple[Seen, ...]) -> tuple[Seen, ...]:
        """Those that nobody set aside: of the others no headline is made, also where they were counted."""
        return tuple(each for each in those if each.fingerprint not in self.set_aside) if self.set_aside else those


def full_answers(scan: Scan) -> frozenset[str]:
    """The collectors that looked everywhere: only of them one can say what is not there."""
    return frozenset(run.collector for run in scan.runs if _is_full(run))


def _is_full(run: Run) -> bool:
    return run.state is RunState.CLOSED and run.outcome in FULL


def correlate(
    rules: Sequence[Rule], scan: Scan, now: datetime, set_aside: Collection[str] = ()
) -> tuple[Headline, ...]:
    """The headlines of a scan, the most severe first, else in the order of the rules. `set_aside` are the
    fingerprints of findings that somebody judged false, of somebody else, or harmless."""
    return tuple(each.headline for each in fired(rules, scan, now, set_aside))


def fired(rules: Sequence[Rule], scan: Scan, now: datetime, set_aside: Collection[str] = ()) -> list[Fired]:
    """The same with what made each come true."""
    fitting = [rule for rule in rules if rule.fits(scan.target) and _deceives(rule, scan)]
    if not fitting:
        return []
    pool, full, around = Pool(scan, set_aside), full_answers(scan), Around(scan.target, now)
    found = []
    for rule in fitting:
        matches = _matches(rule, pool, full, around)
        if matches is not None:
            told = spoken(rule)
            found.append(Fired(told, matches, _headline(told, matches, around)))
    return sorted(found, key=lambda each: WEIGHTS.index(each.rule.severity))


def _deceives(rule: Rule, scan: Scan) -> bool:
    return not (rule.deceives or rule.resembles) or deceives(scan.target, rule.deceives, rule.resembles)


def _matches(rule: Rule, pool: Pool, full: frozenset[str], around: Around) -> dict[str, tuple[Seen, ...]] | None:
    """What each look found; None as soon as one does not come true."""
    found: dict[str, tuple[Seen, ...]] = {}
    for look in rule.looks:
        if look.needs_full_answers and not (pool.whole and full.issuperset(look.collectors)):
            return None  # who could not look cannot say that there is nothing
        those = tuple(each for each in pool.of(look) if _fits(look, each, around))
        for own, name, theirs in look.same:
            found[name], those = _joined(found[name], those, own, theirs, absent=look.absent)
            if not found[name]:
                return None
        for own, name, theirs in look.differs:
            found[name], those = _disagreeing(found[name], those, own, theirs)
        if not look.absent and len(those) < look.least:
            return None
        if (look.absent and those and not look.same) or (look.most is not None and len(those) > look.most):
            return None
        found[look.name] = () if look.absent else pool.standing(those)
    enough = all(look.absent or len(found[look.name]) >= look.least for look in rule.looks)  # also after later joins
    return found if enough else None


def _fits(look: Look, each: Seen, around: Around) -> bool:
    if look.collectors and each.collector not in look.collectors:
        return False
    return all(holds(each.finding, test.path, test.operator, test.operand, around) for test in look.comparisons)


def _joined(
    earlier: tuple[Seen, ...], those: tuple[Seen, ...], own: str, theirs: str, *, absent: bool
) -> tuple[tuple[Seen, ...], tuple[Seen, ...]]:
    """Both sides of a join, each without what has no partner; for an absence, what has none is what is left."""
    here = {_key(value) for each in those for value in leaves(each.finding, own)}
    kept = tuple(each for each in earlier if here.isdisjoint(_keys(each, theirs)) is absent)
    there = {key for each in kept for key in _keys(each, theirs)}
    return kept, tuple(each for each in those if not there.isdisjoint(_keys(each, own)))


def _keys(each: Seen, path: str) -> set[Any]:
    return {_key(value) for value in leaves(each.finding, path)}


def _key(value: Any) -> Any:
    """What is equal has an equal key: letters of either case, a trailing dot or none."""
    return value.casefold().rstrip(".") if isinstance(value, str) else (type(value).__name__, str(value))


def _disagreeing(
    earlier: tuple[Seen, ...], those: tuple[Seen, ...], own: str, theirs: str
) -> tuple[tuple[Seen, ...], tuple[Seen, ...]]:
    """Both sides, each only with what somebody on the other side contradicts."""
    left, right = earlier[:MOST_PAIRS], those[:MOST_PAIRS]
    pairs = [
        (at, there)
        for at, one in enumerate(left)
        for there, other in enumerate(right)
        if differ(leaves(one.finding, theirs), leaves(other.finding, own))
    ]
    kept = {at for at, _ in pairs}, {there for _, there in pairs}
    return tuple(left[at] for at in sorted(kept[0])), tuple(right[at] for at in sorted(kept[1]))


def differ(one: list[Any], other: list[Any]) -> bool:
    """Whether two sources contradict each other: both said something, and nothing of it is the same."""
    if not one or not other:
        return False
    times = [moment(each) for each in (*one, *other)]
    if all(times) and len(one) == len(other) == 1:
        earlier, later = sorted(each for each in times if each)
        return (later - earlier).total_seconds() > DAYS_APART * 86400
    return {_key(each) for each in one}.isdisjoint(_key(each) for each in other)


def _headline(rule: Rule, matches: Mapping[str, tuple[Seen, ...]], around: Around) -> Headline:
    evidence = dict.fromkeys(each.fingerprint for those in matches.values() for each in those[:MOST_EVIDENCE])
    sentence = said(rule.sentence, around, {name: [each.finding for each in those] for name, those in matches.items()})
    return Headline(rule.name, sentence, rule.severity, tuple(evidence), rule.why)
