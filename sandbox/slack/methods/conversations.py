"""Reading channels: conversations.info, history, replies, members, open and join."""

from sandbox.slack.cast import BOT, Channel
from sandbox.slack.messages import Message
from sandbox.slack.methods.method import Call, Method, World, known_channel
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, flag, number, text, whole

LARGEST_PAGE = 999


def info(world: World, call: Call) -> Json:
    """One channel."""
    channel = known_channel(world, call)
    call.needs(f"{channel.kind}:read")
    told = channel.as_json()
    if flag(call.args, "include_num_members"):
        told["num_members"] = len(channel.members)
    return {"channel": told}


def history(world: World, call: Call) -> Json:
    """The messages of a channel, newest first, without replies."""
    channel = _readable(world, call)
    newest = reversed(world.workspace.messages.within(channel.id))
    top = [m for m in newest if not m.only_for and (m.thread_ts in ("", m.ts) or m.broadcast)]
    return _page(world, call, top)


def replies(world: World, call: Call) -> Json:
    """A thread, oldest first, its parent included."""
    call.required("ts")
    channel = _readable(world, call)
    parent = world.workspace.messages.find(channel.id, text(call.args, "ts"))
    if parent is None or parent.only_for:
        raise Refused("thread_not_found")
    if parent.thread_ts not in ("", parent.ts):
        parent = world.workspace.messages.find(channel.id, parent.thread_ts) or parent
    return _page(world, call, [parent, *world.workspace.messages.replies(parent)])


def _readable(world: World, call: Call) -> Channel:
    channel = known_channel(world, call)
    call.needs(f"{channel.kind}:history")
    if not channel.bot_is_member:
        raise Refused("not_in_channel")
    return channel


def _page(world: World, call: Call, messages: list[Message]) -> Json:
    oldest, latest = number(call.args, "oldest", 0), number(call.args, "latest", 0)
    wanted = [m for m in messages if _within(float(m.ts), oldest, latest, flag(call.args, "inclusive"))]
    limit = max(1, min(whole(call.args, "limit", 100), LARGEST_PAGE))
    start = whole({"cursor": text(call.args, "cursor").removeprefix("c")}, "cursor", 0)
    page, with_metadata = wanted[start : start + limit], flag(call.args, "include_all_metadata")
    has_more = len(wanted) > start + limit
    told = [world.workspace.messages.told(message, with_metadata=with_metadata) for message in page]
    cursor = f"c{start + limit}" if has_more else ""
    return {"messages": told, "has_more": has_more, "response_metadata": {"next_cursor": cursor}}


def _within(ts: float, oldest: float, latest: float, inclusive: bool) -> bool:
    after = ts > oldest or (inclusive and ts == oldest)
    return after and (not latest or ts < latest or (inclusive and ts == latest))


def members(world: World, call: Call) -> Json:
    """Who is in a channel."""
    channel = known_channel(world, call)
    call.needs(f"{channel.kind}:read")
    return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}


def open_direct(world: World, call: Call) -> Json:
    """The direct messages with one person."""
    call.required("users")
    call.needs("im:write")
    users = text(call.args, "users").split(",")
    if len(users) != 1 or users[0] == BOT:
        raise Refused("cannot_dm_bot" if users == [BOT] else "method_not_supported_for_channel_type")
    return {"channel": {"id": world.workspace.direct_channel(users[0]).id}, "no_op": True, "already_open": True}


def join(world: World, call: Call) -> Json:
    """Let the bot into a public channel."""
    channel = known_channel(world, call)
    call.needs("channels:join")
    if channel.kind != "channels":
        raise Refused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refused("is_archived")
    channel.members.add(BOT)
    world.workspace.changes.add("channel", channel=channel.id)
    return {"channel": channel.as_json()}


METHODS = {
    "conversations.info": Method(info, tier=50),
    "conversations.history": Method(history, tier=50),
    "conversations.replies": Method(replies, tier=50),
    "conversations.members": Method(members),
    "conversations.open": Method(open_direct, tier=50),
    "conversations.join": Method(join, tier=50),
}
