"""Where in a scan's messages stands what is said besides its answers; each part is written in a module of its own."""

from __future__ import annotations

from slackblocks import Block, Button

from core.beside import Beside
from core.blocks import changed, watched
from core.blocks.marking import in_case, marked
from core.models import Scan
from core.seal import Seal


def small_print(scan: Scan, beside: Beside) -> list[str]:
    """Safe mrkdwn for the line under the heading: the label first, the case, where it was pivoted from."""
    return [marked(scan), in_case(beside.case), *watched.small_print(scan)]


def above(scan: Scan, beside: Beside) -> list[Block]:
    """Before what matters: who looked before, what changed since, and headlines."""
    return [*changed.looked_before(scan, beside.before), *changed.what_changed(beside.change)]


def more_buttons(scan: Scan, beside: Beside, seal: Seal) -> list[Button]:
    """After those that run it again: pivot, watch, export, judge."""
    return [*changed.buttons(scan, beside.change, seal), *watched.buttons(scan, seal)]
