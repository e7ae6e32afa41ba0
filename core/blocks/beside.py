"""Where in a scan's messages stands what is said besides its answers; each part is written in a module of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slackblocks import Block, Button, Option, OverflowMenu, StaticSelectMenu, Text, TextType

from core.beside import Beside
from core.blocks import changed, watched
from core.blocks.exports import export_action
from core.blocks.headlines import explain_menu, headlines
from core.blocks.judged import in_all, judge_action, worth_judging
from core.blocks.marking import in_case, marked
from core.blocks.pivots import breadcrumb, children, kin_actions, pivot_button
from core.blocks.reasons import reason_of
from core.blocks.watched import watch_action
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


def above(scan: Scan, beside: Beside, seal: Seal, titles: Mapping[str, str]) -> list[Block]:
    """Before what matters: who looked before, what changed since, and headlines."""
    return [
        *changed.looked_before(scan, beside.before),
        *changed.what_changed(scan, beside.change, seal, titles),
        *headlines(beside.headlines),
        *in_all(scan, beside.verdicts),
    ]


def below(scan: Scan, beside: Beside, seal: Seal) -> list[Block]:
    """At the end of a parent message: what was pivoted to from here."""
    return children(scan, beside, seal)


def more_buttons(scan: Scan, beside: Beside, seal: Seal) -> list[Button | StaticSelectMenu | OverflowMenu]:
    """After those that run it again, of which there are three at most: pivot, explain, and the menu of the rest. So six
    at most stand together: more are a wall of buttons on a phone."""
    if scan.is_open:
        return []
    # Notifications show what a parent says, so what only a direct message may show is not named even there.
    worth = worth_judging(scan, beside.verdicts, alone=False)
    rest = [*watch_action(scan), *export_action(scan), *judge_action(scan, worth), *kin_actions(scan, beside)]
    return [
        *pivot_button(scan, seal),
        *explain_menu(scan, beside.headlines, worth, seal),
        *_overflow(rest, seal),
    ]


def _overflow(rest: Sequence[tuple[str, Action]], seal: Seal) -> list[OverflowMenu]:
    """What is seldom wanted, behind the last button: Slack allows five
    (https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element)."""
    options = [Option(Text(words, TextType.PLAINTEXT), seal(action)) for words, action in rest]
    return [OverflowMenu("more", options)] if options else []
