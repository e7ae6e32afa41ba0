"""Exports in Slack: what a scan offers, and the choice of a format that it opens."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, bullets, button, context, paragraph
from core.blocks.text import aim, escaped
from core.language import tr
from core.models import Scan
from core.seal import Action, Seal

ROW = 6  # buttons in a row: more do not fit a phone
Offered = tuple[str, str, str]  # a format's name, its title, what it is for


def export_action(scan: Scan) -> list[tuple[str, Action]]:
    """Export, once the scan has ended."""
    return [] if scan.is_open or not scan.runs else [(tr("Export"), Action("export", scan.id, scan.round))]


def choose_format(scan: Scan, formats: Sequence[Offered], *, seal: Seal) -> Message:
    """A button for each format."""
    target = f"*{escaped(aim(scan.target, 100))}*"
    said = tr("Export what I know of {target}. The file comes into the scan's thread.", target=target)
    blocks: list[Block] = [paragraph(said), bullets(*(Line(tr(about), tr(title)) for _, title, about in formats))]
    buttons = [
        button(
            tr(title),
            f"export_as:{number}",
            seal(Action("export_as", scan.id, scan.round, name)),
            label=tr("{format}: export of {target}", target=aim(scan.target, 40), format=tr(title)),
        )
        for number, (name, title, _) in enumerate(formats)
    ]
    for place in range(0, len(buttons), ROW):
        blocks += actions(*buttons[place : place + ROW])
    blocks.append(context(tr("What only a direct message shows is left out elsewhere, and counted.")))
    return compose(tr("Choose a format for the export of {target}.", target=aim(scan.target, 100)), blocks)
