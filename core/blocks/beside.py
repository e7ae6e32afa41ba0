"""Where in a scan's messages stands what is said besides its answers; each part is written in a module of its own."""

from __future__ import annotations

from slackblocks import Block, Button, StaticSelectMenu

from core.beside import Beside
from core.blocks.headlines import explain_menu, headlines
from core.blocks.judged import in_all, judge_button, worth_judging
from core.models import Scan
from core.seal import Seal


def small_print(_scan: Scan, _beside: Beside) -> list[str]:
    """Safe mrkdwn for the line under the heading: the label first, the case, where it was pivoted from."""
    return []


def above(scan: Scan, beside: Beside) -> list[Block]:
    """Before what matters: who looked before, what changed since, and headlines."""
    return [*headlines(beside.headlines), *in_all(scan, beside.verdicts)]


def more_buttons(scan: Scan, beside: Beside, seal: Seal) -> list[Button | StaticSelectMenu]:
    """After those that run it again: pivot, watch, export, judge."""
    if scan.is_open:
        return []
    # Notifications show what a parent says, so what only a direct message may show is not named even there.
    worth = worth_judging(scan, beside.verdicts, alone=False)
    return [*([judge_button(scan, seal)] if worth else []), *explain_menu(scan, beside.headlines, worth, seal)]
