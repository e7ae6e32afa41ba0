"""Reads a message back as a person would: its lines, cells, tasks and buttons, without Block Kit around them."""

from __future__ import annotations

from typing import Any

from core.blocks import Message
from tests.core.slack_limits import objects


def words(message: Message | dict[str, Any]) -> str:
    """All that is shown, a line for each text."""
    blocks = message["blocks"] if isinstance(message, dict) else list(message.blocks)
    spans = [part["text"] for part in objects(blocks) if isinstance(part.get("text"), str)]
    titles = [part["title"] for part in objects(blocks) if isinstance(part.get("title"), str)]
    return "\n".join([*titles, *spans])


def first_line(message: Message) -> str:
    """The first block's first line, which a phone shows."""
    spans = [part["text"] for part in objects(message.blocks[0]) if isinstance(part.get("text"), str)]
    return "".join(spans).split("\n")[0]


def rows(message: Message) -> list[list[str]]:
    """The table, without its head."""
    return [
        ["".join(part["text"] for part in objects(cell) if "text" in part) for cell in row]
        for block in message.blocks
        if block["type"] == "table"
        for row in block["rows"][1:]
    ]


def tasks(message: Message) -> list[tuple[str, str]]:
    """Status and words of each task of the plan."""
    plans = [block for block in message.blocks if block["type"] == "plan"]
    return [(task["status"], task["title"]) for plan in plans for task in plan["tasks"]]


def buttons(message: Message | dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Buttons by action id."""
    blocks = message["blocks"] if isinstance(message, dict) else list(message.blocks)
    return {part["action_id"]: part for part in objects(blocks) if part.get("type") == "button"}
