"""Exports in Slack: the button under a scan, and the choice of a format that it opens."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import Block, Button

from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, bullets, button, context, paragraph
from core.blocks.text import aim, escaped
from core.models import Scan
from core.seal import Action, Seal

ROW = 6  # buttons in a row: more do not fit a phone
Offered = tuple[str, str, str]  # a format's name, its title, what it is for


def export_button(scan: Scan, seal: Seal) -> list[Button]:
    """Export, once the scan has ended."""
    if scan.is_open or not scan.runs:
        return []
    value = seal(Action("export", scan.id, scan.round))
    return [button("Export", "export", value, label=f"Export the scan of {aim(scan.target, 50)}")]


def choose_format(scan: Scan, formats: Sequence[Offered], *, seal: Seal) -> Message:
    """A button for each format."""
    said = f"Export what I know of *{escaped(aim(scan.target, 100))}*. The file comes into the scan's thread."
    blocks: list[Block] = [paragraph(said), bullets(*(Line(about, title) for _, title, about in formats))]
    buttons = [
        button(
            title,
            f"export_as:{number}",
            seal(Action("export_as", scan.id, scan.round, name)),
            label=f"Export {aim(scan.target, 40)} as {title}",
        )
        for number, (name, title, _) in enumerate(formats)
    ]
    for place in range(0, len(buttons), ROW):
        blocks += actions(*buttons[place : place + ROW])
    blocks.append(context("What only a direct message shows is left out elsewhere, and counted."))
    return compose(f"Choose a format for the export of {aim(scan.target, 100)}.", blocks)
