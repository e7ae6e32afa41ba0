"""The rest around messages: chat.delete, chat.getPermalink, reactions.add, blocks.validate."""

from sandbox.slack.cast import BOT
from sandbox.slack.limits import Complaints, check_message_blocks, check_view
from sandbox.slack.methods.method import Call, Method, World, known_channel, known_message
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, text


def delete(world: World, call: Call) -> Json:
    """Delete a message of the bot's own."""
    call.required("ts")
    channel = known_channel(world, call)
    message = known_message(world, channel, text(call.args, "ts"))
    if not message.by_bot:
        raise Refused("cant_delete_message")
    world.workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(world: World, call: Call) -> Json:
    """A link to a message; here it leads to the sandbox page."""
    call.required("message_ts")
    channel = known_channel(world, call)
    message = known_message(world, channel, text(call.args, "message_ts"))
    link = f"{call.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def add_reaction(world: World, call: Call) -> Json:
    """Put an emoji on a message."""
    call.required("name", "timestamp")
    channel = known_channel(world, call)
    message = known_message(world, channel, text(call.args, "timestamp"))
    if not channel.bot_is_member:
        raise Refused("not_in_channel")
    name = text(call.args, "name").strip(":")
    if BOT in message.reactions.get(name, []):
        raise Refused("already_reacted")
    message.reactions.setdefault(name, []).append(BOT)
    world.workspace.changes.add("message_changed", channel=channel.id, ts=message.ts)
    return {}


def validate_blocks(_world: World, call: Call) -> Json:
    """Hold blocks, a message or a view against the limits; a missing `text` is not its business."""
    given = [name for name in ("blocks", "message", "view") if call.args.get(name) is not None]
    if len(given) != 1:
        raise Refused("invalid_arguments", ["exactly one of blocks, message and view is required"])
    value = call.args[given[0]]
    if given == ["view"]:
        check_view(value, kind="home" if isinstance(value, dict) and value.get("type") == "home" else "modal")
        return {}
    say = Complaints()
    if given == ["message"]:
        check_message_blocks(value.get("blocks", []) if isinstance(value, dict) else value, say, "/message/blocks")
    else:
        check_message_blocks(value, say)
    if say:
        raise Refused("invalid_blocks", say.lines)
    return {}


METHODS = {
    "chat.delete": Method(delete, "chat:write", tier=50),
    "chat.getPermalink": Method(get_permalink, tier=0),
    "reactions.add": Method(add_reaction, "reactions:write", tier=50),
    "blocks.validate": Method(validate_blocks, token="none"),
}
