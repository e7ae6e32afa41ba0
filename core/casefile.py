"""All that a case holds, as plain nouns: what a report, an export, a page or the shift card is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.blocks.facts import Highlight, highlights, is_direct_only
from core.blocks.readers import as_seen
from core.cases import Case, Member, Note, Relabelled
from core.fingerprints import fingerprint
from core.judged import as_judged
from core.language import N_, NN_, ntr, tr
from core.models import Outcome, Scan
from core.targets import display
from core.verdicts import WORDS, Verdict

SOME_FINDING = N_("a finding")
ANSWERED = NN_(
    "{answered} of {asked} sources answered, {n:,} finding", "{answered} of {asked} sources answered, {n:,} findings"
)
MISSING = (
    (N_("could not look: {names}"), Outcome.FAILED),
    (N_("only in part: {names}"), Outcome.PARTIAL),
    (N_("skipped: {names}"), Outcome.SKIPPED),
    (N_("stopped: {names}"), Outcome.CANCELLED),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, with what it is about."""

    verdict: Verdict
    scan_id: str
    value: str  # of the finding; empty when that is no longer kept


@dataclass(frozen=True, slots=True)
class Casefile:
    """A case with its members, notes, scans and verdicts, each the oldest first. Scans have their findings.

    `held_back` are scans that these readers may not see; `cut` are older ones that did not fit.
    """

    case: Case
    members: tuple[Member, ...] = ()
    notes: tuple[Note, ...] = ()
    scans: tuple[Scan, ...] = ()
    verdicts: tuple[Judged, ...] = ()
    labels: tuple[Relabelled, ...] = ()
    held_back: int = 0
    cut: int = 0


class Step(StrEnum):
    """What happened in a case."""

    OPENED = "opened"
    MEMBER = "member"
    SCAN = "scan"
    FINDING = "finding"
    NOTE = "note"
    VERDICT = "verdict"
    LABEL = "label"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline. `text` and `author` may hold words of others: not cleaned."""

    at: datetime
    step: Step
    user: str
    text: str
    scan_id: str = ""
    link: str = ""
    author: str = ""


def for_readers(whole: Casefile, may: Callable[[Scan], bool], *, alone: bool = False) -> Casefile:
    """As much of it as these readers may see, in the light of its verdicts: what was set aside no longer matters. With
    `alone`, also what a direct message alone shows to its asker."""
    allowed = [each for each in whole.scans if may(each)]
    seen = [as_judged(each, _verdicts_on(whole, each)) for each in allowed]
    shown = [replace(each, runs=tuple(as_seen(each, run, alone=alone)[1] for run in each.runs)) for each in seen]
    ids = {each.id for each in seen}
    words = {} if alone else dict(each for one in allowed for each in _words_of(one))
    return replace(
        whole,
        scans=tuple(shown),
        notes=tuple(each for each in whole.notes if not each.scan_id or each.scan_id in ids),
        verdicts=tuple(
            replace(each, value=words.get((each.scan_id, each.verdict.fingerprint), each.value if alone else ""))
            for each in whole.verdicts
            if not each.scan_id or each.scan_id in ids
        ),
        held_back=whole.held_back + len(whole.scans) - len(seen),
    )


def _words_of(scan: Scan) -> Iterator[tuple[tuple[str, str], str]]:
    """What several readers are shown of each finding that a verdict can be on; nothing of what one alone may read."""
    for run in scan.runs:
        theirs = [each for each in run.findings if not is_direct_only(each)]
        shown = as_seen(scan, run, alone=False)[1].findings
        yield from (((scan.id, fingerprint(each)), is_.value) for each, is_ in zip(theirs, shown, strict=True))


def _verdicts_on(whole: Casefile, scan: Scan) -> dict[str, Verdict]:
    """Those of the case that count on this scan's target, whoever may see where they were said."""
    same = {each.id for each in whole.scans if each.target == scan.target}
    return {each.verdict.fingerprint: each.verdict for each in whole.verdicts if each.scan_id in same}


def timeline(file: Casefile) -> tuple[Entry, ...]:
    """What happened, in its order."""
    case = file.case
    entries = [Entry(case.opened_at, Step.OPENED, case.opened_by, case.purpose)]
    entries += [
        Entry(each.added_at, Step.MEMBER, each.added_by, each.user)
        for each in file.members
        if each.user != case.opened_by
    ]
    for scan in file.scans:
        entries += _of_scan(scan)
    entries += [
        Entry(each.at, Step.NOTE, each.user, each.text, each.scan_id, each.link, each.author) for each in file.notes
    ]
    entries += [
        Entry(
            each.verdict.at,
            Step.VERDICT,
            each.verdict.user,
            f"{each.value or tr(SOME_FINDING)}: {tr(WORDS[each.verdict.judgement])}",
            each.scan_id,
        )
        for each in file.verdicts
    ]
    entries += [Entry(each.at, Step.LABEL, each.user, _relabelled(each)) for each in file.labels]
    if case.closed_at is not None:
        entries.append(Entry(case.closed_at, Step.CLOSED, case.closed_by, ""))
    return tuple(sorted(entries, key=lambda each: each.at))  # stable: what is of one moment stays in this order


def _relabelled(change: Relabelled) -> str:
    """`TLP:GREEN > TLP:RED: the press asks`"""
    labels = f"{change.was.label} > {change.label.label}"
    return f"{labels}: {change.reason}" if change.reason else labels


def outcome_words(scan: Scan) -> str:
    """`3 of 4 sources answered, 12 findings; could not look: crtsh`: what could not be looked at is never left out."""
    if scan.is_open:
        return tr("still running")
    answered = sum(run.outcome in (Outcome.FOUND, Outcome.NOTHING, Outcome.PARTIAL) for run in scan.runs)
    found = sum(len(run.findings) for run in scan.runs)
    said = [ntr(*ANSWERED, found, answered=answered, asked=len(scan.runs))]
    for words, outcome in MISSING:
        names = [run.collector for run in scan.runs if run.outcome is outcome]
        said += [tr(words, names=", ".join(names))] * bool(names)
    return "; ".join(said)


def what_matters(scans: Iterable[Scan]) -> list[tuple[Scan, Highlight]]:
    """The findings of severity high and medium, the most severe first, each with its scan."""
    loud = [(scan, each) for scan in scans for each in highlights(scan.runs)]
    order = {"high": 0, "medium": 1}
    return sorted(loud, key=lambda each: order.get(str(each[1].severity), 2))


def _of_scan(scan: Scan) -> list[Entry]:
    entries = [
        Entry(scan.created_at, Step.SCAN, scan.asker.user, f"{display(scan.target)}: {outcome_words(scan)}", scan.id)
    ]
    at = scan.finished_at or scan.created_at
    entries += [Entry(at, Step.FINDING, "", each.sentence, scan.id) for each in highlights(scan.runs)]
    return entries
