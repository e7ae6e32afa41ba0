"""An explanation as its reader sees it in Slack, alone: the path, the evidence, the points, what would change it."""

from __future__ import annotations

from slackblocks import Block

from core.blocks.facts import valued
from core.blocks.judged import said, verdict_buttons
from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, bullets, context, header, lines
from core.blocks.text import aim, plain, safe
from core.blocks.words import kind_word, names_in
from core.explain import Explanation
from core.language import N_, ntr, tr
from core.models import Scan
from core.seal import Seal

SHOWN = 12  # lines of each part
CONFIDENCE = {
    "high": N_("Confidence: high"),
    "moderate": N_("Confidence: moderate"),
    "low": N_("Confidence: low"),
}


def explained(scan: Scan, told: Explanation, seal: Seal) -> Message:
    """For a finding with the buttons that judge it; a headline's findings are judged one by one."""
    sources = [each.finding.provenance.source for each in told.evidence]
    spare = names_in(" ".join(sources))
    how = tr("How {target} came to this", target=aim(scan.target, 60))
    head = tr("Why this headline") if told.kind == "headline" else how
    blocks: list[Block] = [header(head), lines(Line(plain(told.about, 400), bold=True))]
    blocks += _part(tr("The path"), [plain(each, 500, spare=spare) for each in told.path])
    if told.kind == "headline":
        blocks += _part(tr("Evidence"), _evidence(told, spare))
    points = [f"{each.sign} {plain(each.sentence, 300, spare=spare)}" for each in told.points]
    blocks += _part(tr(CONFIDENCE[told.confidence]), points)
    blocks += _part(tr("What would change it"), [plain(each, 300, spare=spare) for each in told.changes])
    if told.verdict:
        blocks.append(context(tr("It is {judged}", judged=said(told.verdict))))
    if told.kind == "finding":
        blocks += actions(*verdict_buttons(scan, told.subject, told.verdict, seal))
    return compose(tr("How we know: {about}", about=safe(told.about, 300)), blocks)


def _part(title: str, said: list[str]) -> list[Block]:
    if not said:
        return []
    shown = [Line(each) for each in said[:SHOWN]]
    if len(said) > SHOWN:
        shown.append(Line(ntr("and {n:,} more line", "and {n:,} more lines", len(said) - SHOWN)))
    return [lines(Line("", title)), bullets(*shown)]


def _evidence(told: Explanation, spare: frozenset[str]) -> list[str]:
    named = []
    for each in told.evidence:
        source = each.finding.provenance
        value = plain(f"{kind_word(each.finding.kind)} {valued(each.finding)}", 160)
        when = f"{source.fetched_at:%Y-%m-%d %H:%M} UTC"
        where = f"{source.source}, {when}, SHA-256 {source.sha256[:16]}"
        named.append(f"{value}: {plain(where, 200, spare=spare)}")
    return named + ([ntr("and {n:,} more finding", "and {n:,} more findings", told.more)] if told.more else [])
