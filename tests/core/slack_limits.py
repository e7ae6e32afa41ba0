"""Slack's documented limits, written down a second time so that a message is not judged by what built it.

Numbers from https://docs.slack.dev/reference/block-kit; lengths are counted in UTF-16 units, the
stricter of the two ways. `complaints` returns sentences; none means Slack would take it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

MESSAGE_BLOCKS = {
    "actions", "context", "divider", "file", "header", "image", "input", "markdown", "plan", "rich_text", "section",
    "table", "task_card",
}  # fmt: skip
MODAL_BLOCKS = {"actions", "alert", "context", "divider", "header", "image", "input", "rich_text", "section", "video"}
HOME_BLOCKS = {"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table", "video"}
STATUSES = {"pending", "in_progress", "complete", "error"}
LENGTHS = {  # (object type, key): longest
    ("header", "text"): 150,
    ("section", "text"): 3000,
    ("button", "text"): 75,
    ("button", "value"): 2000,
    ("button", "accessibility_label"): 75,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("plain_text_input", "placeholder"): 150,
    ("plain_text_input", "initial_value"): 3000,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
    ("modal", "private_metadata"): 3000,
    ("modal", "callback_id"): 255,
    ("home", "callback_id"): 255,
}
COUNTS = {
    ("actions", "elements"): 25,
    ("context", "elements"): 10,
    ("section", "fields"): 10,
    ("checkboxes", "options"): 10,
}
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
OPTION = {"text": 75, "value": 150, "description": 75}
ALLOWED_MARKUP = re.compile(r"<@[UW][A-Z0-9]+>|<#[CG][A-Z0-9]+>|<!date\^\d+\^[^<>|]*\|[^<>|]*>")
LIVE = re.compile(r"<!(channel|here|everyone|subteam)|<[@#]|\bhttps?://", re.IGNORECASE)


def size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object inside, outermost first."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list | tuple):
        for inner in part:
            yield from objects(inner)


def strings(part: Any) -> Iterator[str]:
    for each in objects([part]):
        yield from (value for value in each.values() if isinstance(value, str))


TOGETHER = 13_200  # undocumented: chat.* answers msg_blocks_too_long above about so many characters


def message_complaints(text: str, blocks: list[dict[str, Any]]) -> list[str]:
    """What Slack would refuse in a message, and in an edit of one."""
    said = [] if 0 < size(text.strip()) <= size(text) <= 4000 else [f"text of {size(text)} characters"]
    said += [] if len(blocks) <= 50 else [f"{len(blocks)} blocks"]
    said += [f"block {block['type']} in a message" for block in blocks if block["type"] not in MESSAGE_BLOCKS]
    tables = [block for block in blocks if block["type"] == "table"]
    said += [] if len(tables) <= 1 else ["two tables"]
    ids = Counter(each["action_id"] for each in objects(blocks) if "action_id" in each)
    said += [f"action id {name} twice" for name, count in ids.items() if count > 1]
    said += ["two primary buttons"] * (sum(each.get("style") == "primary" for each in buttons(blocks)) > 1)
    together = sum(size(each["text"]) for each in objects(blocks) if isinstance(each.get("text"), str))
    said += [f"{together} characters in all blocks"] * (together > TOGETHER)
    return said + common_complaints(blocks) + live_complaints(text, mrkdwn=True)


def view_complaints(view: dict[str, Any]) -> list[str]:
    """What Slack would refuse in a modal or Home tab."""
    blocks = view["blocks"]
    allowed = MODAL_BLOCKS if view["type"] == "modal" else HOME_BLOCKS
    said = [] if 0 < len(blocks) <= 100 else [f"{len(blocks)} blocks"]
    said += [f"block {block['type']} in a {view['type']}" for block in blocks if block["type"] not in allowed]
    inputs = any(block["type"] == "input" for block in blocks)
    said += ["inputs without submit"] * (view["type"] == "modal" and inputs and "submit" not in view)
    said += ["larger than 250 kB"] * (len(str(view)) > 250_000)
    return said + common_complaints(blocks) + own_complaints(view)


def common_complaints(blocks: list[dict[str, Any]]) -> list[str]:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    said = ["a block id twice"] * (len(set(ids)) != len(ids)) + ["a long block id"] * any(
        len(each) > 255 for each in ids
    )
    for part in objects(blocks):
        said += own_complaints(part)
        said += text_complaints(part)
    return said


def own_complaints(part: dict[str, Any]) -> list[str]:
    """Against one object, by its type."""
    kind = part.get("type", "")
    said = []
    for (owner, key), most in LENGTHS.items():
        if owner == kind and key in part and not 0 < size(_text(part[key])) <= most:
            said.append(f"{kind}.{key} of {size(_text(part[key]))} characters")
    for (owner, key), most in COUNTS.items():
        if owner == kind and key in part and not 0 < len(part[key]) <= most:
            said.append(f"{kind} with {len(part[key])} {key}")
    if "action_id" in part and not 0 < len(part["action_id"]) <= 255:
        said.append("an action id of wrong length")
    label = part.get("accessibility_label")
    said += ["a label that does not begin with the words shown"] * (
        kind == "button" and label is not None and not label.startswith(part["text"]["text"])
    )
    said += [f"style {part.get('style')}"] * (
        kind == "button" and part.get("style", "primary") not in ("primary", "danger")
    )
    said += _lengths(part.get("confirm"), CONFIRM, "confirm") if kind == "button" else []
    for option in part.get("options", []):
        said += _lengths(option, OPTION, "option")
    values = [option["value"] for option in part.get("options", [])]
    said += ["two options with one value"] * (len(set(values)) != len(values))
    said += _table_complaints(part) if kind == "table" else []
    said += _plan_complaints(part) if kind == "plan" else []
    said += [f"{kind} without elements"] * (kind.startswith("rich_text") and not part["elements"])
    return said


def text_complaints(part: dict[str, Any]) -> list[str]:
    """Against text that is empty, too long, or alive."""
    text = part.get("text")
    if not isinstance(text, str):
        return []
    said = [] if 0 < size(text) <= 3000 else [f"{part.get('type')} of {size(text)} characters"]
    return said + live_complaints(text, mrkdwn=part.get("type") == "mrkdwn")


def live_complaints(text: str, *, mrkdwn: bool) -> list[str]:
    """Mentions, links and characters that do something, other than those we make ourselves."""
    ours_gone = ALLOWED_MARKUP.sub("", text) if mrkdwn else text
    said = [f"live markup in {text[:80]!r}"] * bool(LIVE.search(ours_gone) or (mrkdwn and "<" in ours_gone))
    hidden = {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf", "Cs") and letter != "\n"}
    return said + [f"hidden characters {sorted(hidden)!r} in {text[:80]!r}"] * bool(hidden)


def buttons(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for part in objects(blocks) if part.get("type") == "button"]


def _text(value: Any) -> str:
    return str(value["text"]) if isinstance(value, dict) else str(value)


def _lengths(part: dict[str, Any] | None, limits: dict[str, int], name: str) -> list[str]:
    return [
        f"{name}.{key} of {size(_text(part[key]))} characters"
        for key, most in limits.items()
        if part and key in part and not 0 < size(_text(part[key])) <= most
    ]


def _table_complaints(table: dict[str, Any]) -> list[str]:
    rows = table["rows"]
    said = [f"{len(rows)} rows"] * (not 1 <= len(rows) <= 100)
    said += ["rows of unequal or wrong width"] * (len({len(row) for row in rows}) != 1 or not 1 <= len(rows[0]) <= 20)
    total = sum(size(each["text"]) for each in objects(rows) if isinstance(each.get("text"), str))
    said += [f"a table of {total} characters"] * (total > 10_000)
    kinds = {cell["type"] for row in rows for cell in row}
    said += [f"cells {kinds}"] * (not kinds <= {"raw_text", "raw_number", "rich_text"})
    return said + ["too many column settings"] * (len(table.get("column_settings", [])) > 20)


def _plan_complaints(plan: dict[str, Any]) -> list[str]:
    tasks = plan["tasks"]
    ids = [task["task_id"] for task in tasks]
    said = [f"{len(tasks)} tasks"] * (not 0 < len(tasks) <= 50) + ["a task id twice"] * (len(set(ids)) != len(ids))
    said += ["an unknown task status"] * (not {task["status"] for task in tasks} <= STATUSES)
    said += ["a task with a type"] * any("type" in task for task in tasks)
    titles = [plan["title"], *(task["title"] for task in tasks)]
    said += ["an empty or long title"] * any(not 0 < size(title) <= 300 for title in titles)
    return said + [each for title in titles for each in live_complaints(title, mrkdwn=False)]
