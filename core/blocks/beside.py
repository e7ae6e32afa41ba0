"""Where in a scan's messages stands what is said besides its answers; each part is written in a module of its own."""

from __future__ import annotations

from slackblocks import Block, Button, Option, OverflowMenu, StaticSelectMenu, Text, TextType

from core.beside import Beside
from core.blocks import changed, watched
from core.blocks.exports import export_button
from core.blocks.headlines import explain_menu, headlines
from core.blocks.judged import in_all, judge_button, worth_judging
from core.blocks.marking import in_case, marked
from core.blocks.pivots import breadcrumb, children, kin_actions, pivot_buttons
from core.blocks.reasons import reason_of
from core.models import Scan
from core.seal import Action, Seal


def small_print(scan: Scan, beside: Beside) -> list[str]:
    """Safe mrkdwn for the line under the heading: the label first, the case, where it was pivoted from, and why."""
    return [
        marked(scan),
        in_case(beside.case),
        *watched.small_print(scan),
        *breadcrumb(beside, scan),
        *reason_of(scan),
    ]


def above(scan: Scan, beside: Beside) -> list[Block]:
    """Before what matters: who looked before, what changed since, and headlines."""
    return [
        *changed.looked_before(scan, beside.before),
        *changed.what_changed(beside.change),
        *headlines(beside.headlines),
        *in_all(scan, beside.verdicts),
    ]


def below(beside: Beside) -> list[Block]:
    """At the end of a parent message: what was pivoted to from here."""
    return children(beside)


def more_buttons(scan: Scan, beside: Beside, seal: Seal) -> list[Button | StaticSelectMenu]:
    """After those that run it again: pivot, watch, export, judge."""
    if scan.is_open:
        return []
    # Notifications show what a parent says, so what only a direct message may show is not named even there.
    worth = worth_judging(scan, beside.verdicts, alone=False)
    return [
        *pivot_buttons(scan, beside, seal),
        *changed.buttons(scan, beside.change, seal),
        *watched.buttons(scan, seal),
        *export_button(scan, seal),
        *([judge_button(scan, seal)] if worth else []),
        *explain_menu(scan, beside.headlines, worth, seal),
    ]


def overflow(scan: Scan, beside: Beside, seal: Seal) -> list[OverflowMenu]:
    """What is seldom wanted, behind the last button; five at most."""
    options = [Option(Text(words, TextType.PLAINTEXT), seal(action)) for words, action in more_actions(scan, beside)]
    return [OverflowMenu("more", options)] if options else []


def more_actions(scan: Scan, beside: Beside) -> list[tuple[str, Action]]:
    """What it offers: the words, and what they do."""
    return [*kin_actions(scan, beside)]
