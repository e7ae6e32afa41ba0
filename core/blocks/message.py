"""A finished Slack message: checked against every limit Slack documents, and comparable by digest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import slackblocks

from core.blocks.text import width
from core.errors import Malformed

TEXT_MOST = 4000  # chat.update refuses more, chat.postMessage cuts at 40,000
TABLE_MOST = 10_000  # characters over all table cells of one message


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message: what did not fit, whole."""

    name: str
    title: str
    content: bytes
    alt: str = ""  # what a picture shows, for who does not see it

    @property
    def described(self) -> dict[str, str]:
        """As files.getUploadURLExternal takes it."""
        return {"alt_txt": self.alt[:1000]} if self.alt else {}


@dataclass(frozen=True)
class Message:
    """What to post: a sentence for notifications and screen readers, the blocks, and files beside them."""

    text: str
    blocks: tuple[dict[str, Any], ...]
    files: tuple[Attachment, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Equal for messages that look equal; block ids don't count, files do."""
        files = [[each.name, each.title, sha256(each.content).hexdigest()] for each in self.files]
        return _digest(self.text, self.blocks, files)


def compose(text: str, blocks: Sequence[slackblocks.Block], files: Sequence[Attachment] = ()) -> Message:
    """A message from blocks.

    Each block's id is made from the message's digest: Slack wants new ids when a message changes, and
    equal messages must stay equal (https://docs.slack.dev/reference/block-kit/blocks).

    Raises:
        Malformed: it breaks one of Slack's documented limits.
    """
    built = rendered(blocks)
    _check(text, built)
    ids = _digest(text, built, [])[:12]
    return Message(text, tuple({**block, "block_id": f"{ids}.{i}"} for i, block in enumerate(built)), tuple(files))


def rendered(blocks: Sequence[slackblocks.Block]) -> list[dict[str, Any]]:
    """The blocks as Slack takes them in a message, without ids.

    Raises:
        Malformed: the builder refused them.
    """
    try:
        whole = slackblocks.Message(channel="C0", text="-", blocks=list(blocks)).to_dict()
    except slackblocks.InvalidUsageError as error:
        raise Malformed(f"I built a message that Slack would refuse: {error}") from error
    return [without_ids(block) for block in whole["blocks"]]


def as_view(view: slackblocks.View) -> dict[str, Any]:
    """A view as Slack takes it. Ids of inputs stay, as answers come back under them; made-up ones go.

    Raises:
        Malformed: the builder refused it.
    """
    try:
        built = view.to_dict()
    except slackblocks.InvalidUsageError as error:
        raise Malformed(f"I built a view that Slack would refuse: {error}") from error
    blocks = [
        without_ids(block) | ({"block_id": block["block_id"]} if block["type"] == "input" else {})
        for block in built["blocks"]
    ]
    return {**built, "blocks": blocks}


def without_ids(part: Any) -> Any:
    """The same JSON without block ids, which the builder makes up at random."""
    if isinstance(part, dict):
        return {key: without_ids(value) for key, value in part.items() if key != "block_id"}
    return [without_ids(each) for each in part] if isinstance(part, list) else part


def parts_of(part: Any) -> Iterator[dict[str, Any]]:
    """Every object inside some JSON, outermost first."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from parts_of(inner)


def _digest(text: str, blocks: Sequence[dict[str, Any]], files: list[list[str]]) -> str:
    body = json.dumps([text, without_ids(list(blocks)), files], sort_keys=True, separators=(",", ":"))
    return sha256(body.encode()).hexdigest()


def _check(text: str, blocks: list[dict[str, Any]]) -> None:
    """What the builder lets through: text, tables, action ids, button styles."""
    inside = list(parts_of(blocks))
    actions = Counter(part["action_id"] for part in inside if "action_id" in part)
    tables = [part for part in blocks if part["type"] == "table"]
    cells = sum(width(part["text"]) for part in parts_of(tables) if isinstance(part.get("text"), str))
    wrong = {
        "it has no text": not text.strip(),
        "its text is too long": width(text) > TEXT_MOST,
        "it has two tables": len(tables) > 1,
        "its table is too long": cells > TABLE_MOST,
        "two elements share an action id": any(count > 1 for count in actions.values()),
        "a button has a style Slack does not know": any(
            part.get("style") not in (None, "primary", "danger") for part in inside if part.get("type") == "button"
        ),
        "two buttons are primary": sum(
            part.get("style") == "primary" for part in inside if part.get("type") == "button"
        )
        > 1,
    }
    if said := [sentence for sentence, true in wrong.items() if true]:
        raise Malformed(f"I built a message that Slack would refuse: {', '.join(said)}.")
