"""Headlines above what matters, and the menu from which one is explained."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import Block, Option, StaticSelectMenu, Text, TextType

from core.blocks.judged import LABEL, OFFERED, Worth, option
from core.blocks.parts import Line, bullets, lines
from core.blocks.text import counted, plain
from core.headlines import KEPT_BACK, MOST, Headline
from core.models import Scan, Severity
from core.seal import Action, Seal

WORD = {Severity.HIGH: "High", Severity.MEDIUM: "Medium", Severity.LOW: "Low", Severity.INFO: "Note"}
RULE = "rule:"  # begins the subject of what explains a headline, else it is a finding's fingerprint


def headlines(told: Sequence[Headline]) -> list[Block]:
    """What the findings say together, the most severe first; the rest is counted."""
    if not told:
        return []
    shown = [Line(plain(each.sentence, 260), WORD[each.severity]) for each in told[:MOST]]
    if len(told) > MOST:
        shown.append(Line(f"and {counted(len(told) - MOST, 'more headline')}, in Explain"))
    return [lines(Line("", "Headlines")), bullets(*shown)]


def explain_menu(scan: Scan, told: Sequence[Headline], worth: Sequence[Worth], seal: Seal) -> list[StaticSelectMenu]:
    """What can be explained: headlines first, then the findings that matter. No menu when there is nothing."""

    def value(subject: str) -> str:
        return seal(Action("explain", scan.id, scan.round, subject))

    options = [
        Option(
            Text(plain(f"{WORD[each.severity]}: {each.sentence}", LABEL), TextType.PLAINTEXT), value(RULE + each.rule)
        )
        for each in told
        if each.sentence != KEPT_BACK
    ]
    options += [option(each, value(each.fingerprint)) for each in worth]
    return [StaticSelectMenu("explain", options[:OFFERED], placeholder="Explain")] if options else []
