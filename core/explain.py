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
from core.language import N_, tr
from core.language.noted import heard, named
from core.models import ANSWERS, Confidence, Finding, Outcome, Run, Scan
from core.targets import display
from core.verdicts import Judgement, Verdict

MOST = 10  # findings that an explanation names as evidence; others are counted
BASE = {
    Confidence.HIGH: N_("The source is the authority on it, or it was checked directly."),
    Confidence.MODERATE: N_("The source says so; nobody else was asked to check it."),
    Confidence.LOW: N_("It follows from something else, and may be wrong."),
}

JUDGED = {
    Judgement.CONFIRMED: N_("{who} judged it confirmed at {when}."),
    Judgement.FALSE: N_("{who} judged it false at {when}."),
    Judgement.NOT_THIS_PERSON: N_("{who} judged it not this person at {when}."),
    Judgement.BENIGN: N_("{who} judged it benign at {when}."),
}
ELSEWHERE = N_("somebody in another channel")
TAKES_AWAY = N_("A verdict of false, not this person or benign on any of these findings takes the headline away.")
TAKES_TOO_MANY = N_(
    "A verdict of false, not this person or benign on so many of these findings that too few are left for one of the"
    " steps takes the headline away."
)
JUDGE = N_("A verdict: confirmed makes it sure; false, not this person or benign takes it out of what matters.")


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
        about=_valued(finding),
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
    told = {"name": rule.name, "group": PurePath(rule.source).stem}
    path = [*_asked(scan, known), tr("The rule {name} ({group}) came true:", **told)]
    path += [_step(look, fired.matches.get(look.name, ()), known) for look in rule.looks]
    points = [Point("+", rule.why)]
    points += [Point("+", _confirmed(each, known)) for each in seen if _is_confirmed(each, known)]
    points += [Point("-", _doubt(each, known)) for each in seen if each.finding.confidence is Confidence.LOW]
    changes = [rule.change] * bool(rule.change)
    spare = any(len(those) > look.least for look in rule.looks if (those := fired.matches.get(look.name, ())))
    changes.append(tr(TAKES_TOO_MANY if spare else TAKES_AWAY))
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


def _valued(finding: Finding) -> str:
    return named(finding.kind, finding.value)


def _asked(scan: Scan, known: Known) -> list[str]:
    """Who asked, what, when; and what led there."""
    said = []
    for one, after in zip(known.trail, (*known.trail, scan)[1:], strict=True):
        mark = after.belongs.parent_finding
        led = next((each for run in one.runs for each in run.findings if fingerprint(each) == mark), None)
        began = {"id": one.id, "target": display(one.target)}
        if led:
            said.append(tr("It began with scan {id} of {target}, which found {value}.", value=_valued(led), **began))
        else:
            said.append(tr("It began with scan {id} of {target}.", **began))
    if scan.belongs.parent and not known.trail:
        said.append(tr("It began with a finding of scan {id}, which you may not see.", id=scan.belongs.parent))
    asked = {"target": display(scan.target), "id": scan.id, "when": _at(scan.created_at)}
    first = tr("{who} asked about {target}, scan {id}, at {when}.", who=_who(scan), **asked)
    why = tr('The reason given: "{reason}".', reason=scan.reason) if scan.reason else ""
    said.append(f"{first} {why}".strip())
    if scan.round > 1 and scan.round_at:
        again = {"who": scan.round_by or tr("Somebody"), "round": scan.round, "when": _at(scan.round_at)}
        said.append(tr("{who} had it asked again, as round {round}, at {when}.", **again))
    return said


def _who(scan: Scan) -> str:
    return scan.asker.name or scan.asker.user or tr("Somebody")


def _found(run: Run, finding: Finding, known: Known) -> list[str]:
    source = finding.provenance
    said = [
        tr(
            "The collector {collector} asked {source} at {url}.",
            collector=known.title(run.collector),
            source=source.source,
            url=source.url,
        ),
        tr(
            "It answered {status} at {when}; the SHA-256 of the raw answer is {sha256}.",
            status=source.status,
            when=_at(source.fetched_at),
            sha256=source.sha256,
        ),
    ]
    if run.cached and run.age_s is not None:
        said.append(tr("That answer was kept from an earlier scan, {age} old then.", age=span(run.age_s)))
    elif run.cached:
        said.append(tr("That answer was kept from an earlier scan."))
    if finding.context:
        said.append(tr("How it was found: {context}", context=heard(finding.context)))
    if why := finding.attributes.get("why"):
        said.append(tr("Why it counts: {why}", why=heard(str(why))))
    return said


def _points(scan: Scan, run: Run, finding: Finding, verdict: Verdict | None, known: Known) -> list[Point]:
    """What its confidence is made of."""
    sure = finding.confidence is not Confidence.LOW
    points = [Point("+" if sure else "-", tr(BASE[finding.confidence]))]
    points += [Point("+", tr("{name} names it, too.", name=name)) for name in _others(scan, run, finding, known)]
    for each in _told(finding.attributes.get("points")):
        weight = each.get("points")
        said = tr("{why} ({weight} points)", why=heard(str(each.get("why", ""))), weight=weight)
        points.append(Point("-" if isinstance(weight, int | float) and weight < 0 else "+", said))
    for name, sentence in DOUBTS.items():
        if finding.attributes.get(name) is False:
            points.append(Point("-", tr(sentence)))
    if caution := finding.attributes.get("caution"):
        points.append(Point("-", heard(str(caution))))
    if finding.attributes.get("old") is True:
        points.append(Point("-", tr("The source looked long ago.")))
    if run.outcome is Outcome.PARTIAL:
        in_part = tr("The collector answered only in part: what it did not see may say otherwise.")
        points.append(Point("-", in_part))
    return points + ([_judged(verdict)] if verdict else [])


DOUBTS = {
    "verified": N_("Nobody has tested or verified it."),
    "sure": N_("Only a sign of it was seen, not the thing itself."),
    "forward_confirmed": N_("The name does not lead back."),
    "looked": N_("The page itself was not looked at."),
}


def _told(points: Any) -> list[Mapping[str, Any]]:
    return [each for each in points if isinstance(each, Mapping)] if isinstance(points, list | tuple) else []


def _judged(verdict: Verdict) -> Point:
    sign = "+" if verdict.judgement is Judgement.CONFIRMED else "-"
    who = verdict.user or tr(ELSEWHERE)
    return Point(sign, tr(JUDGED[verdict.judgement], who=who, when=_at(verdict.at)))


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
        said.append(tr(JUDGE))
    else:
        said.append(tr("Taking back the verdict: without it, it counts as its source has it."))
    if run.cached:
        said.append(tr("Asking again without kept answers: /scan with the word fresh."))
    if unseen := [known.title(each.collector) for each in scan.runs if each.outcome not in ANSWERS and each.outcome]:
        names = ", ".join(unseen)
        said.append(tr("Answers of what was not looked at: {names}. They may agree or contradict.", names=names))
    return said


def _step(look: Look, those: Sequence[Seen], known: Known) -> str:
    what = look.words or look.name
    by = ", ".join(known.title(each) for each in look.collectors)
    if look.absent:
        return tr("{what}: nothing of the kind; {names} answered in full.", what=what, names=by)
    values = ", ".join(dict.fromkeys(_valued(each.finding) for each in those[:3]))
    if len(those) > 3:
        values = tr("{shown} and {n:,} more", shown=values, n=len(those) - 3)
    told = ", ".join(dict.fromkeys(known.title(each.collector) for each in those))
    return f"{what}: {values} ({told})."


def _is_confirmed(each: Seen, known: Known) -> bool:
    verdict = known.verdicts.get(each.fingerprint)
    return verdict is not None and verdict.judgement is Judgement.CONFIRMED


def _confirmed(each: Seen, known: Known) -> str:
    verdict = known.verdicts[each.fingerprint]
    return tr("{value}: {who} confirmed it.", value=_valued(each.finding), who=verdict.user or tr(ELSEWHERE))


def _doubt(each: Seen, known: Known) -> str:
    about = {"value": _valued(each.finding), "collector": known.title(each.collector)}
    return tr("{value} ({collector}) is of low confidence. {why}", why=tr(BASE[Confidence.LOW]), **about)


def _weakest(seen: Sequence[Seen], known: Known) -> Confidence:
    """A chain is as strong as its weakest link."""
    order = (Confidence.LOW, Confidence.MODERATE, Confidence.HIGH)
    held = [weighed(each.finding, known.verdicts.get(each.fingerprint)).confidence for each in seen]
    return min(held, key=order.index, default=Confidence.LOW)


def _at(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
