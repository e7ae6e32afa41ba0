"""Messages of the stand-in workspace: what a channel holds, and how Slack writes it down as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.cast import APP, BOT, BOT_ID, BOT_NAME, TEAM
from sandbox.slack.wire import Json


@dataclass
class Message:
    """One message; `only_for` names the one person who sees an ephemeral one."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    metadata: Json | None = None
    files: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    only_for: str = ""
    edited_ts: str = ""
    client_msg_id: str = ""
    team: str = TEAM
    broadcast: bool = False
    tombstone: bool = False
    unfurl_links: bool = True
    unfurl_media: bool = True
    state: Json = field(default_factory=dict)  # what people chose in this message's menus: user -> block -> action

    @property
    def by_bot(self) -> bool:
        """Whether the app wrote it."""
        return self.user == BOT

    def is_visible_to(self, user: str) -> bool:
        """Ephemeral messages exist for one person only."""
        return self.only_for in ("", user)

    def as_json(self, *, with_metadata: bool = True) -> Json:
        """The message as history and interaction payloads show it, without its thread's counts."""
        told: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": self.team}
        if self.by_bot:
            told |= {
                "app_id": APP,
                "bot_id": BOT_ID,
                "bot_profile": {"id": BOT_ID, "app_id": APP, "name": BOT_NAME, "team_id": TEAM, "deleted": False},
            }
        optional = {
            "blocks": self.blocks,
            "attachments": self.attachments,
            "files": self.files,
            "thread_ts": self.thread_ts,
            "client_msg_id": self.client_msg_id,
            "metadata": self.metadata if with_metadata else None,
            "edited": {"user": self.user, "ts": self.edited_ts} if self.edited_ts else None,
            "reactions": [{"name": n, "users": u, "count": len(u)} for n, u in self.reactions.items()],
        }
        return told | {key: value for key, value in optional.items() if value} | self._marks()

    def _marks(self) -> Json:
        if self.tombstone:
            return {"subtype": "tombstone", "hidden": True}
        if self.broadcast:
            return {"subtype": "thread_broadcast"}
        return {"subtype": "file_share"} if self.files and not self.by_bot else {}


class Messages:
    """Every message, by channel and in the order of their stamps."""

    def __init__(self) -> None:
        self._by_channel: dict[str, dict[str, Message]] = {}

    def keep(self, message: Message) -> None:
        """Store a new message; the first reply turns its parent into a thread."""
        self._by_channel.setdefault(message.channel, {})[message.ts] = message
        parent = self.find(message.channel, message.thread_ts)
        if parent is not None and not message.only_for:
            parent.thread_ts = parent.ts

    def find(self, channel: str, ts: str) -> Message | None:
        """The message with that stamp."""
        return self._by_channel.get(channel, {}).get(ts)

    def remove(self, message: Message) -> None:
        """Delete it; a parent with replies leaves a tombstone, as in Slack."""
        if any(self.replies(message)):
            message.tombstone, message.text = True, "This message was deleted."
            message.blocks, message.files, message.metadata = [], [], None
            return
        del self._by_channel[message.channel][message.ts]

    def within(self, channel: str) -> list[Message]:
        """All messages of a channel, oldest first, ephemerals and replies included."""
        return list(self._by_channel.get(channel, {}).values())

    def replies(self, parent: Message) -> Iterator[Message]:
        """The public replies below a parent, oldest first."""
        for message in self.within(parent.channel):
            if message.thread_ts == parent.ts and message.ts != parent.ts and not message.only_for:
                yield message

    def told(self, message: Message, *, with_metadata: bool = True) -> Json:
        """The message as JSON, with its thread's counts when it has replies."""
        told = message.as_json(with_metadata=with_metadata)
        replies = list(self.replies(message))
        if replies:
            authors = list(dict.fromkeys(reply.user for reply in replies))
            told |= {
                "reply_count": len(replies),
                "reply_users": authors,
                "reply_users_count": len(authors),
                "latest_reply": replies[-1].ts,
            }
        return told


def with_ids(blocks: list[Json], mint: Any) -> list[Json]:
    """Blocks as Slack stores them: every block gets a block_id and every control an action_id it lacked."""
    return [_with_block_id(block, mint) for block in blocks]


def _with_block_id(block: Json, mint: Any) -> Json:
    kept = dict(block)
    if not kept.get("block_id") or kept.get("type") == "markdown":
        kept["block_id"] = mint("b")
    for key in ("elements", "actions"):
        if kept["type"] in ("actions", "context_actions", "card") and isinstance(kept.get(key), list):
            kept[key] = [_with_action_id(element, mint) for element in kept[key]]
    for key in ("accessory", "element"):
        if isinstance(kept.get(key), dict) and kept[key].get("type") != "image":
            kept[key] = _with_action_id(kept[key], mint)
    if isinstance(kept.get("child_blocks"), list):
        kept["child_blocks"] = with_ids(kept["child_blocks"], mint)
    return kept


def _with_action_id(element: Json, mint: Any) -> Json:
    return element if element.get("action_id") else {**element, "action_id": mint("a")}


def controls(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """Everything a person can press or fill in, as (block_id, element)."""
    for block in blocks:
        yield from controls(block.get("child_blocks") or [])
        inside = [block.get("accessory"), block.get("element")]
        inside += (block.get("elements") or []) if block["type"] in ("actions", "context_actions") else []
        inside += (block.get("actions") or []) if block["type"] == "card" else []
        for element in inside:
            if isinstance(element, dict) and element.get("action_id"):
                yield block["block_id"], element
