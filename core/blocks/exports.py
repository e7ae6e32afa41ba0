"""Exports in Slack: what a scan offers, and the choice of a format that it opens."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, bullets, button, context, paragraph
from core.blocks.text import aim, escaped
from core.models import Scan
from core.seal import Action, Seal

ROW = 6  # buttons in a row: more do not fit a phone
Offered = tuple[str, str, str]  # a format's name, its title, what it is for


def export_action(scan: Scan) -> list[tuple[str, Action]]:
    """Export, once the scan has ended."""
    return [] if scan.is_open or not scan.runs else [("Export", Action("export", scan.id, scan.round))]


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
