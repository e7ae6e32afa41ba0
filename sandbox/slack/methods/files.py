"""Uploading in three steps: files.getUploadURLExternal, the upload itself, files.completeUploadExternal."""

from base64 import b64decode
from typing import Any

from sandbox.slack.cast import BOT, Channel
from sandbox.slack.files import StoredFile
from sandbox.slack.methods.chat import checked_blocks, open_for_posts, thread_of
from sandbox.slack.methods.method import Call, Method, World, known_channel
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, text, whole

LONGEST_ALT = 1000  # docs.slack.dev/reference/methods/files.getUploadURLExternal


def get_upload_url(world: World, call: Call) -> Json:
    """Where to send the bytes."""
    call.required("filename", "length")
    length = whole(call.args, "length", 0)
    if length <= 0:
        raise Refused("invalid_arguments", ["must be greater than 0 [json-pointer:/length]"])
    alt = text(call.args, "alt_txt")
    if len(alt) > LONGEST_ALT:
        raise Refused("alt_txt_too_large")
    file_id = world.workspace.mint("F")
    created = int(world.workspace.clock.now())
    world.files.by_id[file_id] = StoredFile(file_id, text(call.args, "filename"), length, alt=alt, created=created)
    return {"file_id": file_id, "upload_url": f"{call.base_url}/upload/v1/{file_id}"}


def complete_upload(world: World, call: Call) -> Json:
    """Share what was sent; without a channel it stays private."""
    call.required("files")
    files = _sent(world, call.args["files"])
    if text(call.args, "channel_id"):
        channel = known_channel(world, call, "channel_id")
        if not channel.bot_is_member:
            raise Refused("not_in_channel")
        open_for_posts(channel)
        checked_blocks(call.args.get("blocks") or [])
        _share(world, call, channel, files)
    for file in files:
        file.completed = True
    return {"files": [file.as_json(call.base_url) for file in files]}


def _sent(world: World, wanted: Any) -> list[StoredFile]:
    if not isinstance(wanted, list) or not wanted:
        raise Refused("invalid_arguments", ["must be an array [json-pointer:/files]"])
    files = []
    for entry in wanted:
        file = world.files.by_id.get(str(entry.get("id")) if isinstance(entry, dict) else "")
        if file is None or file.content is None or file.completed:
            raise Refused("file_not_found")
        file.title = str(entry.get("title") or file.name)
        files.append(file)
    return files


def _share(world: World, call: Call, channel: Channel, files: list[StoredFile]) -> None:
    message = world.workspace.say(
        channel.id,
        BOT,
        text(call.args, "initial_comment"),
        blocks=call.args.get("blocks") or [],
        thread_ts=thread_of(world, channel, call),
        files=[],
    )
    for file in files:
        file.channels.append(channel.id)
        file.shares[channel.id] = message.ts
        message.files.append(file.as_json(call.base_url))
        world.workspace.changes.add("file", channel=channel.id, ts=message.ts, file=file.id)


def files_info(world: World, call: Call) -> Json:
    """One file, of the bot's own or shared where it is a member."""
    file = world.files.by_id.get(text(call.args, "file"))
    if file is None or not seen_by_bot(world, file):
        raise Refused("file_not_found")
    if file.mode == "tombstone":
        raise Refused("file_deleted")
    return {"file": file.as_json(call.base_url)}


def delete_file(world: World, call: Call) -> Json:
    """Delete a file of the bot's own, wherever it was shared; the messages it was shared by keep a tombstone."""
    call.required("file")
    file = world.files.by_id.get(text(call.args, "file"))
    if file is None or not seen_by_bot(world, file):
        raise Refused("file_not_found")
    if file.user != BOT:
        raise Refused("cant_delete_file")
    if file.mode == "tombstone":
        raise Refused("file_deleted")
    file.mode, file.content = "tombstone", b""
    for channel in file.channels:
        for message in world.workspace.messages.within(channel):
            shown = [{"id": file.id, "mode": file.mode} if each["id"] == file.id else each for each in message.files]
            message.files[:] = shown
    return {}


def seen_by_bot(world: World, file: StoredFile) -> bool:
    """Whether the bot may know of a file."""
    channels = world.workspace.channels
    return file.user == BOT or any(channels[each].bot_is_member for each in file.channels if each in channels)


def add_shared(world: World, user: str, team: str, channel: str, given: Json) -> StoredFile:
    """A file that somebody puts on a message: {name, content in base64, mode?, size?}."""
    try:
        content = b64decode(text(given, "content"), validate=True)
    except ValueError:
        raise Refused("a file's content must be base64") from None
    file = StoredFile(
        world.workspace.mint("F"),
        text(given, "name") or "file.bin",
        len(content),
        content=content,
        completed=True,
        created=int(world.workspace.clock.now()),
        channels=[channel],
        user=user,
        team=text(given, "team") or team,
        mode=text(given, "mode"),
        size=whole(given, "size", 0) or None,
    )
    world.files.by_id[file.id] = file
    return file


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, "files:write"),
    "files.completeUploadExternal": Method(complete_upload, "files:write"),
    "files.info": Method(files_info, "files:read"),
    "files.delete": Method(delete_file, "files:write", tier=50),
}
