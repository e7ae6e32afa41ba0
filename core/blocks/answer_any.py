"""Findings of a collector that has no rendering of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.blocks.answer import Answer
from core.blocks.facts import WEIGHTS, day, details, how, sentence, severity_of, valued
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip
from core.blocks.words import age, counted_kind, kind_word
from core.language import N_, NN_, tr
from core.models import Finding, Run, Severity

SEVERITIES = {
    Severity.HIGH: N_("High"),
    Severity.MEDIUM: N_("Medium"),
    Severity.LOW: N_("Low"),
    Severity.INFO: N_("Info"),
}


def answer(run: Run, clip: Clip) -> Answer:
    """The most severe first, each with its kind, context and dates."""
    by_weight = sorted(run.findings, key=lambda finding: WEIGHTS[severity_of(finding)])
    loud = [each for each in by_weight if severity_of(each) in (Severity.HIGH, Severity.MEDIUM)]
    return Answer(
        first=counts(run.findings, clip) + age(run),
        lines=tuple(Line(clip.text(sentence(each), 220), weight(each)) for each in loud[:2]),
        grid=_grid(by_weight),
        rest=NN_("and {n:,} more finding in the file", "and {n:,} more findings in the file"),
    )


def counts(findings: Sequence[Finding], clip: Clip) -> str:
    """`40 domains, 2 wildcards`."""
    by = Counter(finding.kind for finding in findings)
    return clip.some((counted_kind(number, kind) for kind, number in by.most_common()), most=5)


def weight(finding: Finding) -> str:
    return tr(SEVERITIES[severity_of(finding)])


def _grid(findings: Sequence[Finding]) -> Grid:
    """Only the columns that hold something: a phone has room for few."""
    told = [" ".join(filter(None, (how(finding), details(finding)))) for finding in findings]
    rows = [
        (kind_word(finding.kind), valued(finding), about, day(finding.last_seen or finding.first_seen))
        for finding, about in zip(findings, told, strict=True)
    ]
    columns = (tr("Kind"), tr("Value"), tr("About"), tr("Seen"))
    kept = [i for i in range(len(columns)) if i < 2 or any(row[i] for row in rows)]
    return Grid(tuple(columns[i] for i in kept), tuple(tuple(row[i] or "-" for i in kept) for row in rows))
