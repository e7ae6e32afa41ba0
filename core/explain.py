"""How we came to say something: the path of a finding or a headline sentence by sentence, and the points that speak
for and against it. Pure: values in, sentences out; raw, as sources write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from core.change import is_history
from core.clock import span
from core.correlation import Fired, Look, Seen
from core.fingerprints import fingerprint
from core.judged import weighed
from core.models import ANSWERS, Confidence, Finding, Outcome, Run, Scan
from core.targets import display
from core.verdicts import WORDS, Judgement, Verdict

MOST = 10  # findings that an explanation names as evidence; others are counted
BASE = {
    Confidence.HIGH: "The source is the authority on it, or it was checked directly.",
    Confidence.MODERATE: "The source says so; nobody else was asked to check it.",
    Confidence.LOW: "It follows from something else, and may be wrong.",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that speaks for (+) or against (-) something."""

    sign: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A finding that something stands on, with where it comes from."""

    fingerprint: str
    collector: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is known of how something came to be said."""

    about: str  # the finding's value, or the headline's sentence
    kind: str  # "finding" or "headline"
    subject: str  # the fingerprint or the rule
    path: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    points: tuple[Point, ...] = ()
    changes: tuple[str, ...] = ()
    confidence: str = ""
    more: int = 0  # evidence that is not named
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What an explanation is made of besides the scan itself: titles of collectors, verdicts, the scans it was pivoted
    from, the first one first."""

    titles: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    trail: Sequence[Scan] = ()

    def title(self, collector: str) -> str:
        return self.titles.get(collector, collector)


def explain_finding(scan: Scan, mark: str, known: Known) -> Explanation | None:
    """The finding with this fingerprint, whoever found it; None when the scan has none."""
    sights = [(run, each) for run in scan.runs for each in run.findings if fingerprint(each) == mark]
    if not sights:
        return None
    run, finding = sights[0]
    verdict = known.verdicts.get(mark)
    return Explanation(
        about=finding.value,
        kind="finding",
        subject=mark,
        path=(*_asked(scan, known), *_found(run, finding, known)),
        evidence=tuple(Evidence(mark, each.collector, one) for each, one in sights[:MOST]),
        points=tuple(_points(scan, run, finding, verdict, known)),
        changes=tuple(_changes(scan, run, verdict, known)),
        confidence=str(weighed(finding, verdict).confidence),
        more=max(0, len(sights) - MOST),
        verdict=verdict,
    )


def explain_headline(scan: Scan, fired: Fired, known: Known) -> Explanation:
    """A headline: the rule's conditions one by one, and the findings that met them."""
    rule = fired.rule
    seen = list({each.fingerprint: each for those in fired.matches.values() for each in those}.values())
    path = [*_asked(scan, known), f"The rule {rule.name} ({PurePath(rule.source).stem}) came true:"]
    path += [_step(look, fired.matches.get(look.name, ()), known) for look in rule.looks]
    points = [Point("+", rule.why)]
    points += [Point("+", _confirmed(each, known)) for each in seen if _is_confirmed(each, known)]
    points += [Point("-", _doubt(each, known)) for each in seen if each.finding.confidence is Confidence.LOW]
    changes = [rule.change] * bool(rule.change)
    spare = any(len(those) > look.least for look in rule.looks if (those := fired.matches.get(look.name, ())))
    of_what = (
        "so many of these findings that too few are left for one of the steps" if spare else "any of these findings"
    )
    changes.append(f"A verdict of false, not this person or benign on {of_what} takes the headline away.")
    return Explanation(
        about=fired.headline.sentence,
        kind="headline",
        subject=rule.name,
        path=tuple(path),
        evidence=tuple(Evidence(each.fingerprint, each.collector, each.finding) for each in seen[:MOST]),
        points=tuple(points),
        changes=tuple(changes),
        confidence=str(_weakest(seen, known)),
        more=max(0, len(seen) - MOST),
    )


def _asked(scan: Scan, known: Known) -> list[str]:
    """Who asked, what, when; and what led there."""
    said = []
    for one, after in zip(known.trail, (*known.trail, scan)[1:], strict=True):
        mark = after.belongs.parent_finding
        led = next((each for run in one.runs for each in run.findings if fingerprint(each) == mark), None)
        found = f", which found {led.value}" if led else ""
        said.append(f"It began with scan {one.id} of {display(one.target)}{found}.")
    if scan.belongs.parent and not known.trail:
        said.append(f"It began with a finding of scan {scan.belongs.parent}, which you may not see.")
    why = f' The reason given: "{scan.reason}".' if scan.reason else ""
    what = f"{display(scan.target)}, scan {scan.id}"
    said.append(f"{_who(scan)} asked about {what}, at {_at(scan.created_at)}.{why}")
    if scan.round > 1 and scan.round_at:
        said.append(
            f"{scan.round_by or 'Somebody'} had it asked again, as round {scan.round}, at {_at(scan.round_at)}."
        )
    return said


def _who(scan: Scan) -> str:
    return scan.asker.name or scan.asker.user or "Somebody"


def _found(run: Run, finding: Finding, known: Known) -> list[str]:
    source = finding.provenance
    said = [
        f"The collector {known.title(run.collector)} asked {source.source} at {source.url}.",
        f"It answered {source.status} at {_at(source.fetched_at)}; the SHA-256 of the raw answer is {source.sha256}.",
    ]
    if run.cached:
        age = f", {span(run.age_s)} old then" if run.age_s is not None else ""
        said.append(f"That answer was kept from an earlier scan{age}.")
    if finding.context:
        said.append(f"How it was found: {finding.context}")
    if why := finding.attributes.get("why"):
        said.append(f"Why it counts: {why}")
    return said


def _points(scan: Scan, run: Run, finding: Finding, verdict: Verdict | None, known: Known) -> list[Point]:
    """What its confidence is made of."""
    sure = finding.confidence is not Confidence.LOW
    points = [Point("+" if sure else "-", BASE[finding.confidence])]
    points += [Point("+", f"{name} names it, too.") for name in _others(scan, run, finding, known)]
    for each in _told(finding.attributes.get("points")):
        weight = each.get("points")
        points.append(Point("-" if _is_negative(weight) else "+", f"{each.get('why', '')} ({weight} points)"))
    for name, sentence in DOUBTS.items():
        if finding.attributes.get(name) is False:
            points.append(Point("-", sentence))
    if caution := finding.attributes.get("caution"):
        points.append(Point("-", str(caution)))
    if finding.attributes.get("old") is True:
        points.append(Point("-", "The source looked long ago."))
    if run.outcome is Outcome.PARTIAL:
        points.append(Point("-", "The collector answered only in part: what it did not see may say otherwise."))
    return points + ([_judged(verdict)] if verdict else [])


DOUBTS = {
    "verified": "Nobody has tested or verified it.",
    "sure": "Only a sign of it was seen, not the thing itself.",
    "forward_confirmed": "The name does not lead back.",
    "looked": "The page itself was not looked at.",
}


def _told(points: Any) -> list[Mapping[str, Any]]:
    return [each for each in points if isinstance(each, Mapping)] if isinstance(points, list | tuple) else []


def _is_negative(weight: Any) -> bool:
    return isinstance(weight, int | float) and weight < 0


def _judged(verdict: Verdict) -> Point:
    sign = "+" if verdict.judgement is Judgement.CONFIRMED else "-"
    who = verdict.user or "somebody in another channel"
    return Point(sign, f"{who} judged it {WORDS[verdict.judgement]} at {_at(verdict.at)}.")


def _others(scan: Scan, run: Run, finding: Finding, known: Known) -> list[str]:
    """The other collectors that name the same thing as it is now; what it was once speaks for nothing."""
    same = (finding.kind, finding.value.casefold())
    names = [
        known.title(each.collector)
        for each in scan.runs
        if each.collector != run.collector
        and any((one.kind, one.value.casefold()) == same and not is_history(one) for one in each.findings)
    ]
    return list(dict.fromkeys(names))


def _changes(scan: Scan, run: Run, verdict: Verdict | None, known: Known) -> list[str]:
    said = []
    if verdict is None:
        said.append(
            "A verdict: confirmed makes it sure; false, not this person or benign takes it out of what matters."
        )
    else:
        said.append("Taking back the verdict: without it, it counts as its source has it.")
    if run.cached:
        said.append("Asking again without kept answers: /scan with the word fresh.")
    if unseen := [known.title(each.collector) for each in scan.runs if each.outcome not in ANSWERS and each.outcome]:
        said.append(f"Answers of what was not looked at: {', '.join(unseen)}. They may agree or contradict.")
    return said


def _step(look: Look, those: Sequence[Seen], known: Known) -> str:
    what = look.words or look.name
    by = ", ".join(known.title(each) for each in look.collectors)
    if look.absent:
        return f"{what}: nothing of the kind; {by} answered in full."
    values = ", ".join(dict.fromkeys(each.finding.value for each in those[:3]))
    more = f" and {len(those) - 3} more" if len(those) > 3 else ""
    told = ", ".join(dict.fromkeys(known.title(each.collector) for each in those))
    return f"{what}: {values}{more} ({told})."


def _is_confirmed(each: Seen, known: Known) -> bool:
    verdict = known.verdicts.get(each.fingerprint)
    return verdict is not None and verdict.judgement is Judgement.CONFIRMED


def _confirmed(each: Seen, known: Known) -> str:
    verdict = known.verdicts[each.fingerprint]
    return f"{each.finding.value}: {verdict.user or 'somebody in another channel'} confirmed it."


def _doubt(each: Seen, known: Known) -> str:
    return f"{each.finding.value} ({known.title(each.collector)}) is of low confidence. {BASE[Confidence.LOW]}"


def _weakest(seen: Sequence[Seen], known: Known) -> Confidence:
    """A chain is as strong as its weakest link."""
    order = (Confidence.LOW, Confidence.MODERATE, Confidence.HIGH)
    held = [weighed(each.finding, known.verdicts.get(each.fingerprint)).confidence for each in seen]
    return min(held, key=order.index, default=Confidence.LOW)


def _at(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def as_json(told: Explanation) -> dict[str, Any]:
    """For the REST API."""
    return {
        "about": told.about,
        "kind": told.kind,
        "subject": told.subject,
        "confidence": told.confidence,
        "path": list(told.path),
        "evidence": [
            {
                "fingerprint": each.fingerprint,
                "collector": each.collector,
                "kind": str(each.finding.kind),
                "value": each.finding.value,
                "source": each.finding.provenance.source,
                "url": each.finding.provenance.url,
                "fetched_at": each.finding.provenance.fetched_at.isoformat(),
                "sha256": each.finding.provenance.sha256,
            }
            for each in told.evidence
        ],
        "more_evidence": told.more,
        "points": [{"sign": each.sign, "why": each.sentence} for each in told.points],
        "what_would_change_it": list(told.changes),
    }
