"""Where in a scan's messages stands what is said besides its answers; each part is written in a module of its own."""

from __future__ import annotations

from slackblocks import Block, Button, Option, OverflowMenu, Text, TextType

from core.beside import Beside
from core.blocks.pivots import breadcrumb, children, kin_actions, pivot_buttons
from core.models import Scan
from core.seal import Action, Seal


def small_print(scan: Scan, beside: Beside) -> list[str]:
    """Safe mrkdwn for the line under the heading: the label first, the case, where it was pivoted from."""
    return [*breadcrumb(beside, scan)]


def above(_scan: Scan, _beside: Beside) -> list[Block]:
    """Before what matters: who looked before, what changed since, and headlines."""
    return []


def below(beside: Beside) -> list[Block]:
    """At the end of a parent message: what was pivoted to from here."""
    return children(beside)


def more_buttons(scan: Scan, beside: Beside, seal: Seal) -> list[Button]:
    """After those that run it again: pivot, watch, export, judge."""
    return [*pivot_buttons(scan, beside, seal)]


def overflow(scan: Scan, beside: Beside, seal: Seal) -> list[OverflowMenu]:
    """What is seldom wanted, behind the last button; five at most."""
    options = [Option(Text(words, TextType.PLAINTEXT), seal(action)) for words, action in more_actions(scan, beside)]
    return [OverflowMenu("more", options)] if options else []


def more_actions(scan: Scan, beside: Beside) -> list[tuple[str, Action]]:
    """What it offers: the words, and what they do."""
    return [*kin_actions(scan, beside)]
