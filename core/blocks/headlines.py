"""Headlines above what matters, and the menu from which one is explained."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import Block, Option, StaticSelectMenu, Text, TextType

from core.blocks.judged import LABEL, OFFERED, Worth, option
from core.blocks.parts import Line, bullets, lines
from core.blocks.text import plain
from core.headlines import KEPT_BACK, MOST, Headline
from core.language import N_, ntr, tr
from core.models import Scan, Severity
from core.seal import Action, Seal

WORD = {
    Severity.HIGH: N_("High"),
    Severity.MEDIUM: N_("Medium"),
    Severity.LOW: N_("Low"),
    Severity.INFO: N_("Note"),
}
RULE = "rule:"  # begins the subject of what explains a headline, else it is a finding's fingerprint


def headlines(told: Sequence[Headline]) -> list[Block]:
    """What the findings say together, the most severe first; the rest is counted."""
    if not told:
        return []
    shown = [Line(plain(_sentence(each), 260), tr(WORD[each.severity])) for each in told[:MOST]]
    if len(told) > MOST:
        more = ntr("and {n:,} more headline, in Explain", "and {n:,} more headlines, in Explain", len(told) - MOST)
        shown.append(Line(more))
    return [lines(Line("", tr("Headlines"))), bullets(*shown)]


def _sentence(headline: Headline) -> str:
    """Whoever made it said it in the language of its readers; what stands in its place did not."""
    return tr(KEPT_BACK) if headline.sentence == KEPT_BACK else headline.sentence


def explain_menu(scan: Scan, told: Sequence[Headline], worth: Sequence[Worth], seal: Seal) -> list[StaticSelectMenu]:
    """What can be explained: headlines first, then the findings that matter. No menu when there is nothing."""

    def value(subject: str) -> str:
        return seal(Action("explain", scan.id, scan.round, subject))

    options = [
        Option(
            Text(plain(f"{tr(WORD[each.severity])}: {each.sentence}", LABEL), TextType.PLAINTEXT),
            value(RULE + each.rule),
        )
        for each in told
        if each.sentence != KEPT_BACK
    ]
    options += [option(each, value(each.fingerprint)) for each in worth]
    return [StaticSelectMenu("explain", options[:OFFERED], placeholder=tr("Explain"))] if options else []
