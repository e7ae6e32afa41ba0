"""The few shapes every message is made of, so that all of them look like one voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from slackblocks import (
    ActionsBlock,
    Block,
    Button,
    ColumnSettings,
    ConfirmationDialogue,
    ContextBlock,
    HeaderBlock,
    OverflowMenu,
    RawText,
    RichText,
    RichTextBlock,
    RichTextElement,
    RichTextLink,
    RichTextList,
    RichTextObject,
    RichTextSection,
    SectionBlock,
    StaticSelectMenu,
    TableBlock,
    Text,
    TextType,
)

from core.blocks.text import Clip, cut, plain, width

CELL = 160
TABLE_ROOM = 9_000  # of Slack's 10,000 characters for all tables of a message
TABLE_ROWS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of rich text: a label in bold, then text. Both must be clean already; nothing in it is parsed.

    `link` is an address that we made ourselves, never one that a source says; `linked` are the words it hangs on.
    """

    text: str
    label: str = ""
    bold: bool = False
    link: str = ""
    linked: str = ""

    def spans(self) -> list[RichTextElement]:
        label: list[RichTextElement] = [RichText(self.label + (": " if self.text else ""), bold=True)] * bool(
            self.label
        )
        link: list[RichTextElement] = [RichText(" "), RichTextLink(self.link, text=self.linked)] if self.link else []
        return label + [RichText(self.text, bold=self.bold or None)] * bool(self.text) + link


@dataclass(frozen=True, slots=True)
class Grid:
    """A table to show: column titles and rows of clean cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def header(text: str) -> Block:
    return HeaderBlock(Text(plain(text, 150), TextType.PLAINTEXT))


def context(*parts: str) -> Block:
    """Small print in mrkdwn; the caller has made each part safe. Nothing in it is linked by itself."""
    return ContextBlock([Text(" · ".join(part for part in parts if part), verbatim=True)])


def paragraph(mrkdwn: str, beside: Button | None = None) -> Block:
    """A sentence of ours with mentions or dates in it; the caller has made it safe. A button may stand beside it."""
    return SectionBlock(Text(mrkdwn, verbatim=True), accessory=beside)


def lines(*said: Line) -> RichTextBlock:
    """Lines of rich text: the form in which text from a source can't become markup."""
    spans: list[RichTextElement] = []
    for line in said:
        spans += ([RichText("\n")] if spans else []) + line.spans()
    return RichTextBlock([RichTextSection(spans)])


def bullets(*said: Line) -> RichTextBlock:
    return RichTextBlock([RichTextList("bullet", [RichTextSection(line.spans()) for line in said])])


def table(grid: Grid, clip: Clip, *, most: int = TABLE_ROWS) -> tuple[Block, int]:
    """A table block and how many rows it shows: as many as Slack's limits and a reader's patience allow."""
    rows: list[list[RawText | RichTextObject]] = [_head(grid.columns)]
    room = TABLE_ROOM - sum(map(width, grid.columns))
    for row in grid.rows[:most]:
        cells = [clip.cell(cell, CELL) for cell in row]
        room -= sum(map(width, cells))
        if room < 0:
            break
        rows.append([RawText(cell) for cell in cells])
    clip.cut = clip.cut or len(rows) - 1 < len(grid.rows)
    return TableBlock(rows, [ColumnSettings(is_wrapped=True)] * len(grid.columns)), len(rows) - 1


def button(
    text: str,
    action_id: str,
    value: str,
    *,
    style: Literal["primary", "danger"] | None = None,
    confirm: ConfirmationDialogue | None = None,
    label: str = "",
) -> Button:
    """A button; its action id is also the verb that its sealed value carries."""
    spoken = cut(label, 75) or None
    return Button(text, action_id=action_id, value=value, style=style, confirm=confirm, accessibility_label=spoken)


def sure(title: str, text: str, *, yes: str, no: str) -> ConfirmationDialogue:
    """The question before something that can't be taken back."""
    return ConfirmationDialogue(title, Text(text, TextType.PLAINTEXT), confirm=yes, deny=no, style="danger")


def actions(*buttons: Button | OverflowMenu | StaticSelectMenu) -> list[Block]:
    """No block when there is no button: Slack refuses an empty one."""
    return [ActionsBlock(list(buttons))] if buttons else []


def _head(columns: Sequence[str]) -> list[RawText | RichTextObject]:
    return [RichTextSection([RichText(column, bold=True)]) for column in columns]
