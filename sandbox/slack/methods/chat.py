"""Posting and editing: chat.postMessage, chat.update, chat.postEphemeral."""

from dataclasses import dataclass
from typing import Any

from sandbox.slack.cast import BOT, Channel
from sandbox.slack.limits import Complaints, check_message_blocks, check_volume
from sandbox.slack.methods.method import Call, Method, World, known_channel, known_message
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, flag, text

TRUNCATED, EDIT_LONGEST = 40_000, 4_000
METADATA_LARGEST = 16_000  # bytes; Slack names metadata_too_large but publishes no number


@dataclass(frozen=True)
class Content:
    """What a message is to say, checked."""

    text: str
    blocks: list[Json]
    attachments: list[Json]
    metadata: Json | None
    warnings: tuple[str, ...]


def content(world: World, call: Call, *, longest: int = 0) -> Content:
    """The text, blocks and metadata of a call, held against Slack's limits.

    Args:
        world: the workspace.
        call: what was asked.
        longest: refuse text above that; 0 cuts at Slack's 40,000 instead.

    Raises:
        Refused: no_text, msg_too_long, invalid_blocks_format, invalid_blocks and their kin.
    """
    written, blocks = text(call.args, "text"), call.args.get("blocks") or []
    attachments = call.args.get("attachments") or []
    if not written.strip() and not attachments and (not blocks or world.workspace.settings.text_required):
        raise Refused("no_text")
    if longest and len(written) > longest:
        raise Refused("msg_too_long")
    checked_blocks(blocks)
    if not isinstance(attachments, list):
        raise Refused("invalid_attachments")
    if len(attachments) > 100:
        raise Refused("too_many_attachments")
    warnings = () if written.strip() else ("missing_text_in_message",)
    return Content(written[:TRUNCATED], blocks, attachments, _metadata(call.args.get("metadata")), warnings)


def checked_blocks(blocks: Any) -> None:
    """Raise what Slack raises for these blocks.

    Raises:
        Refused: invalid_blocks_format, invalid_blocks with pointers, invalid_attachments, msg_blocks_too_long.
    """
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    say = Complaints()
    check_message_blocks(blocks, say)
    if say:
        raise Refused("invalid_blocks", say.lines)
    check_volume(blocks)


def _metadata(value: Any) -> Json | None:
    if value in (None, ""):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(value.get("event_payload"), dict):
        raise Refused("invalid_metadata_schema")
    if len(str(value).encode()) > METADATA_LARGEST:
        raise Refused("metadata_too_large")
    return {"event_type": value["event_type"], "event_payload": value["event_payload"]}


def place(world: World, call: Call) -> Channel:
    """Where to post: a channel the bot may write to, or the direct messages with a person.

    Raises:
        Refused: channel_not_found, not_in_channel, is_archived or the channel's own posting rule.
    """
    call.required("channel")
    named = text(call.args, "channel")
    if named in world.workspace.people:
        channel = world.workspace.direct_channel(named)
    else:
        channel = world.workspace.channel_for_bot(named)
    may_enter = not channel.is_private and "chat:write.public" in call.token.scopes
    if not channel.bot_is_member and not may_enter:
        raise Refused("not_in_channel")
    open_for_posts(channel)
    return channel


def open_for_posts(channel: Channel) -> None:
    """Raise when nobody may write here.

    Raises:
        Refused: is_archived or the channel's own posting rule.
    """
    if channel.is_archived:
        raise Refused("is_archived")
    if channel.post_error:
        raise Refused(channel.post_error)


def thread_of(world: World, channel: Channel, call: Call) -> str:
    """The stamp of the thread's first message, also when a reply was named.

    A thread whose first message is gone is not refused: as apps found, the post then lands in the channel itself.
    """
    parent = world.workspace.messages.find(channel.id, text(call.args, "thread_ts"))
    return "" if parent is None or parent.only_for else parent.thread_ts or parent.ts


def answered(told: Json, warnings: tuple[str, ...]) -> Json:
    """The answer with Slack's warnings, when there are any."""
    return told | (
        {"warning": ",".join(warnings), "response_metadata": {"warnings": list(warnings)}} if warnings else {}
    )


def post_message(world: World, call: Call) -> Json:
    """Post to a channel, a thread or a person."""
    channel = place(world, call)
    said, thread_ts = content(world, call), thread_of(world, channel, call)
    message = world.workspace.say(
        channel.id,
        BOT,
        said.text,
        blocks=said.blocks,
        attachments=said.attachments,
        metadata=said.metadata,
        thread_ts=thread_ts,
        broadcast=bool(thread_ts) and flag(call.args, "reply_broadcast"),
        unfurl_links=flag(call.args, "unfurl_links", True),
        unfurl_media=flag(call.args, "unfurl_media", True),
    )
    told = {"channel": channel.id, "ts": message.ts, "message": world.workspace.messages.told(message)}
    return answered(told, said.warnings)


def update(world: World, call: Call) -> Json:
    """Edit a message of the bot's own."""
    call.required("ts")
    channel = known_channel(world, call)
    message = known_message(world, channel, text(call.args, "ts"))
    if channel.is_archived:
        raise Refused("is_archived")
    if not message.by_bot:
        raise Refused("cant_update_message")
    said = content(world, call, longest=EDIT_LONGEST)
    if said.metadata is not None:
        message.metadata = said.metadata
    # What is left out is retained; only an empty list takes blocks or attachments away.
    if "attachments" in call.args:
        message.attachments = said.attachments
    world.workspace.edit(message, text=said.text, blocks=said.blocks if "blocks" in call.args else message.blocks)
    told = {"channel": channel.id, "ts": message.ts, "text": message.text}
    return answered(told | {"message": world.workspace.messages.told(message)}, said.warnings)


def post_ephemeral(world: World, call: Call) -> Json:
    """Post something one person sees."""
    call.required("channel", "user")
    channel = known_channel(world, call)
    if not channel.bot_is_member:
        raise Refused("not_in_channel")
    open_for_posts(channel)
    user = world.workspace.person(text(call.args, "user")).id
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    said = content(world, call)
    message = world.workspace.say(
        channel.id, BOT, said.text, blocks=said.blocks, thread_ts=thread_of(world, channel, call), only_for=user
    )
    return answered({"message_ts": message.ts}, said.warnings)


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write", tier=0),
    "chat.update": Method(update, "chat:write", tier=50),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write"),
}
