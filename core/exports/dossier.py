"""What an export is made of: one scan or several of a case, each as far as its reader may see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.beside import NOTHING, Beside
from core.blocks.faces import is_discreet
from core.blocks.facts import WEIGHTS, is_direct_only, severity_of
from core.blocks.readers import as_seen, covered, masked, without
from core.casefile import Entry
from core.cases import Case, Tlp
from core.fingerprints import fingerprint
from core.models import Confidence, Fact, Finding, Kind, Outcome, Run, Scan, Severity
from core.verdicts import Judgement, Verdict

PERCENT = {Confidence.HIGH: 85, Confidence.MODERATE: 50, Confidence.LOW: 15}
"""STIX 2.1, appendix A: its scale of none, low, medium and high, each at its middle."""
SOMEBODY = "somebody in another channel"  # whose name these readers may not know
UNSEEN = (Outcome.FAILED, Outcome.PARTIAL, Outcome.SKIPPED, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One scan as its reader may see it; how many findings of which collector are held back from them."""

    scan: Scan
    held: Mapping[str, int] = field(default_factory=dict)
    beside: Beside = NOTHING
    address: str = ""  # the e-mail address that is masked in all of it; empty: none is
    alone: bool = False  # only one reads it, who may see all
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by collector, those its findings are judged by

    @property
    def name(self) -> str:
        """What its target is called here."""
        return self.scan.target.value


@dataclass(frozen=True, slots=True)
class Row:
    """A finding with all that is said of it besides."""

    sheet: Sheet
    run: Run
    finding: Finding
    fingerprint: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is exported. Exported again at another time, only `made_at` differs."""

    title: str
    made_at: datetime
    made_by: str
    sheets: tuple[Sheet, ...]
    titles: Mapping[str, str] = field(default_factory=dict)  # of collectors
    versions: Mapping[str, int] = field(default_factory=dict)  # of collectors, as they are now
    tlp: Tlp | None = None
    case: Case | None = None
    entries: tuple[Entry, ...] = ()  # what happened in the case
    left_out: int = 0  # scans of the case that these readers may not see, or that did not fit

    @property
    def label(self) -> str:
        """`TLP:AMBER+STRICT`, or that there is none."""
        return self.tlp.label if self.tlp is not None else "No TLP label"

    @property
    def stem(self) -> str:
        """A file name without its ending: what it is of, and its label."""
        if self.case is not None:
            parts = ["case", self.case.title, self.case.id]
        else:
            parts = ["gumshoe", *(part for sheet in self.sheets[:1] for part in (sheet.name, sheet.scan.id))]
        words = [re.sub(r"[^A-Za-z0-9]+", "-", part)[:60].strip("-") or "x" for part in parts]
        return "-".join([*words, *([re.sub(r"[^A-Z]+", "-", self.label)] if self.tlp else [])])

    def rows(self) -> Iterator[Row]:
        """Every finding, in the order of the plan."""
        for sheet in self.sheets:
            for run in sheet.scan.runs:
                judged = sheet.marks.get(run.collector) or tuple(map(fingerprint, run.findings))
                for finding, mark in zip(run.findings, judged, strict=True):
                    # What is masked has another print than the finding it was: that one could be guessed by.
                    shown = fingerprint(finding) if sheet.address else mark
                    yield Row(sheet, run, finding, shown, sheet.beside.verdicts.get(mark))

    def title_of(self, run: Run) -> str:
        """The collector's title."""
        return self.titles.get(run.collector, run.collector)


def sheet_of(scan: Scan, beside: Beside = NOTHING, *, alone: bool) -> Sheet:
    """A scan for a file. `alone` is whether only one reads it who may see all. For others, what a direct message alone
    shows is held back and counted; and where one of its answers is discreet about the target's e-mail address, that is
    masked in the whole file: files get forwarded, and last."""
    seen = [as_seen(scan, run, alone=alone) for run in scan.runs]
    runs = tuple(run for _, run, _ in seen)
    held = {run.collector: number for _, run, number in seen if number}
    discreet = not alone and scan.target.kind is Kind.EMAIL and any(is_discreet(run.collector) for run in scan.runs)
    told = beside if alone else _for_others(beside, scan)
    scan = scan if alone else replace(scan, reason="")  # as in a thread: why somebody is looked up harms them by itself
    if not discreet:
        return Sheet(replace(scan, runs=runs), held, told, alone=alone)
    marks = {
        run.collector: tuple(fingerprint(each) for each in run.findings if not is_direct_only(each))
        for run in scan.runs
    }
    address = scan.target.value
    target = replace(scan.target, value=masked(address), notes=())
    runs = tuple(covered(run, address) for run in runs)
    # Headlines and what changed quote findings, and no address was masked in them.
    quiet = replace(told, change=None, headlines=())
    said = replace(scan, tag=without(scan.tag, address), reason=without(scan.reason, address))
    return Sheet(replace(said, target=target, runs=runs), held, quiet, address, marks=marks)


def _for_others(beside: Beside, scan: Scan) -> Beside:
    """What is said besides, without what quotes findings that a direct message alone shows."""
    hidden = {fingerprint(each) for run in scan.runs for each in run.findings if is_direct_only(each)}
    headlines = tuple(each for each in beside.headlines if not hidden.intersection(each.evidence))
    change = beside.change
    if change is not None:
        change = replace(
            change,
            new=tuple(each for each in change.new if not is_direct_only(each)),
            gone=tuple(each for each in change.gone if not is_direct_only(each)),
            changed=tuple(pair for pair in change.changed if not any(map(is_direct_only, pair))),
        )
    return replace(beside, headlines=headlines, change=change)


def weighed(rows: Iterator[Row]) -> list[Row]:
    """The most severe first; otherwise as they came."""
    return sorted(rows, key=lambda row: WEIGHTS[severity_of(row.finding)])


def unseen(sheet: Sheet) -> list[Run]:
    """The runs that could not look, or not everywhere, or were not asked."""
    return [run for run in sheet.scan.runs if run.outcome is None or run.outcome in UNSEEN]


def asked(sheet: Sheet) -> str:
    """Which scan it was, who asked when, and whether it has ended."""
    scan = sheet.scan
    ended = f"ended {scan.finished_at.isoformat()}" if scan.finished_at else "not ended when this was made"
    by = f"asked by {scan.asker.user} {scan.created_at.isoformat()}"
    return f"{scan.id}: {scan.target.kind} {sheet.name}, round {scan.round}, {by}, {ended}"


def outcomes(dossier: Dossier, sheet: Sheet) -> list[str]:
    """How each collector ended, a line each: what found nothing, too, as silence could mean that nobody asked."""
    return [_ended(dossier, run) for run in sheet.scan.runs]


def _ended(dossier: Dossier, run: Run) -> str:
    said = (run.message or run.reason) if run.outcome not in (Outcome.FOUND, Outcome.NOTHING) else ""
    return f"{dossier.title_of(run)}: {run.outcome or run.state}" + (f". {said}" if said else "")


def scans_left_out(dossier: Dossier) -> str:
    """What of a case is not in the file."""
    many = "scan" if dossier.left_out == 1 else "scans"
    return f"{dossier.left_out:,} {many} of the case: their label keeps them from its readers, or they did not fit."


OBSERVABLE = frozenset({Kind.DOMAIN, Kind.IP, Kind.CIDR, Kind.URL, Kind.HASH, Kind.FILE})


def is_harmful(row: Row) -> bool:
    """Whether somebody judged this observable harmful, which makes an indicator of it. A source's own word never does;
    nor does a verdict in a scan about a person: there, "confirmed" says that it is theirs."""
    confirmed = row.verdict is not None and row.verdict.judgement is Judgement.CONFIRMED
    return confirmed and not row.sheet.scan.target.is_selector and row.finding.kind in OBSERVABLE


def condemns_target(row: Row) -> bool:
    """Whether somebody confirmed what speaks against the target itself: that a source calls it harmful."""
    confirmed = row.verdict is not None and row.verdict.judgement is Judgement.CONFIRMED
    loud = severity_of(row.finding) in (Severity.HIGH, Severity.MEDIUM)
    return confirmed and loud and row.finding.kind is Fact.REPUTATION and row.sheet.scan.target.kind in OBSERVABLE


def is_doubted(row: Row) -> bool:
    """Whether somebody judged that this is not so, or not of this person."""
    doubts = (Judgement.FALSE, Judgement.NOT_THIS_PERSON)
    return row.verdict is not None and row.verdict.judgement in doubts
