"""One client per process and workspace token; every call waits for its share of the common budget."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.blocks import Attachment, Message
from core.errors import MissingScope, SlackDown, SlackError, Throttled
from core.language import N_, later
from core.pace import Pace
from core.slack.calls import Before, Calls, step
from core.slack.limits import BUDGETS, PER_CHANNEL
from core.slack.people import Person, members, person
from core.slack.places import belongs
from core.slack.shelf import SharedFile, download, shared_file
from core.slack.trouble import broken
from core.slack.turns import Step

BACKLOG = 900.0  # seconds a message may wait for its turn
LINE = 100_000  # bytes a second that a slow line takes; a file gets its time by that
PAGE, MOST_PAGES = 200, 25  # of messages looked through for one whose sending broke
METADATA_TYPE = "gumshoe_slot"  # message metadata that lets a lost post be found again


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose token this is."""

    team: str
    team_name: str
    user: str
    bot: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in Slack, and how long budgets held it back."""

    channel: str
    ts: str
    waited: float
    astray: bool = False  # it was meant for a thread, and Slack does not say that it stands in one


class Slack:
    """The voice and ears of one workspace. Errors are those of core.errors.SlackError."""

    def __init__(self, token: str, *, base_url: str, pace: Pace, team: str = "", timeout: float = 15) -> None:
        self.calls = Calls(token, base_url=base_url, pace=pace, team=team, timeout=timeout)
        self._base_url = base_url

    def owns(self, url: str | None) -> bool:
        """Whether an address that came with Slack's words is Slack's own."""
        return belongs(url, self._base_url)

    async def close(self) -> None:
        await self.calls.close()

    async def whoami(self) -> Identity:
        """Ask Slack whose token we hold and which scopes it has."""
        answer = await self.calls.call("auth.test", {}, needs=("team_id", "user_id"))
        granted = str(answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or "")
        body = answer.body
        return Identity(
            team=str(body.get("team_id", "")),
            team_name=str(body.get("team", "")),
            user=str(body.get("user_id", "")),
            bot=str(body.get("bot_id", "")),
            scopes=frozenset(word.strip() for word in granted.split(",") if word.strip()),
        )

    async def socket_url(self) -> str:
        """Where one Socket Mode connection may be opened now; needs an app-level token.

        Raises:
            SlackDown: Slack named an address that is not Slack's: all that people write would go there.
        """
        url = str((await self.calls.call("apps.connections.open", {})).body.get("url", ""))
        if not self.owns(url):
            sentence = "Slack named an address for Socket Mode that is not Slack's."
            raise SlackDown(sentence, code="foreign", method="apps.connections.open")
        return url

    async def person(self, user: str) -> Person | None:
        """Who that is; None when we lack the scope to know."""
        return await person(self.calls, user)

    async def members(self, group: str) -> frozenset[str]:
        """Who is in a user group; nobody when we lack the scope to know, or it is gone."""
        return await members(self.calls, group)

    async def post(
        self, channel: str, message: Message, *, slot: str, thread_ts: str = "", before: Before | None = None
    ) -> Posted:
        """Post a message that can be found again by its slot. `before` is awaited when its turn has come, just
        before it is sent: whoever dies earlier has sent nothing.

        Raises:
            AmbiguousPost: it may be there; `find` it before repeating.
            SlackError: it is not there.
        """
        arguments: dict[str, Any] = {
            "channel": channel,
            "text": message.text,
            "blocks": list(message.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": METADATA_TYPE, "event_payload": {"slot": slot}},
        }
        if thread_ts:
            arguments["thread_ts"] = thread_ts
        turn = (Step(f"channel:{channel}", PER_CHANNEL), step("chat.postMessage"))
        answer = await self.calls.call(
            "chat.postMessage", arguments, turn=turn, most=BACKLOG, before=before, needs=("channel", "ts")
        )
        stored = answer.body.get("message")
        astray = bool(thread_ts) and isinstance(stored, dict) and not stored.get("thread_ts")
        return Posted(str(answer.body["channel"]), str(answer.body["ts"]), answer.waited, astray)

    async def withdraw(self, channel: str, ts: str) -> None:
        """Delete a message of ours that stands where it was not meant to."""
        await self.calls.call("chat.delete", {"channel": channel, "ts": ts}, most=BACKLOG)

    async def withdraw_file(self, file: str) -> None:
        """Delete a file of ours, wherever it was shared."""
        await self.calls.call("files.delete", {"file": file}, most=BACKLOG)

    async def edit(
        self, channel: str, ts: str, message: Message, *, patient: bool, before: Before | None = None
    ) -> bool:
        """Replace a message. An impatient edit (mere progress) gives up when the budget is used: False."""
        arguments = {"channel": channel, "ts": ts, "text": message.text, "blocks": list(message.blocks)}
        # The workspace has one budget for edits: each channel brings one edit at a time to it.
        turn = (Step(f"edits:{channel}", BUDGETS["chat.update"]), step("chat.update"))
        try:
            most = BACKLOG if patient else 2.0
            await self.calls.call("chat.update", arguments, turn=turn, most=most, before=before)
        except Throttled:
            if patient:
                raise
            return False
        return True

    async def find(self, channel: str, slot: str, *, thread_ts: str = "", since: float = 0.0) -> str | None:
        """The `ts` of the message in a slot, if Slack has it.

        Raises:
            MissingScope: we may not look.
        """
        async for each in self._messages(channel, thread_ts, since):
            payload = (each.get("metadata") or {}).get("event_payload") or {}
            if payload.get("slot") == slot:
                return str(each["ts"])
        return None

    async def shows(self, channel: str, file: str, *, thread_ts: str, since: float) -> bool:
        """Whether the thread shows this file, by its id or its name.

        Raises:
            MissingScope: we may not look.
        """
        async for each in self._messages(channel, thread_ts, since):
            if any(file in (shown.get("id"), shown.get("name")) for shown in each.get("files") or []):
                return True
        return False

    async def _messages(self, channel: str, thread_ts: str, since: float) -> AsyncIterator[dict[str, Any]]:
        """The messages of a channel or thread since a moment, page by page."""
        arguments: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": PAGE}
        method = "conversations.history"
        if thread_ts:
            method, arguments["ts"] = "conversations.replies", thread_ts
        if since:
            arguments["oldest"] = f"{since:.6f}"
        for _ in range(MOST_PAGES):
            body = (await self.calls.call(method, arguments, needs=("messages",))).body
            for each in body["messages"]:
                yield each
            arguments["cursor"] = (body.get("response_metadata") or {}).get("next_cursor", "")
            if not arguments["cursor"]:
                return
        sentence = later("I may look through {n} messages only.", n=MOST_PAGES * PAGE)
        raise MissingScope(sentence, code="too_many", method=method)

    async def text_of(self, channel: str, ts: str) -> str:
        """The text of a thread's first message, empty when there is none.

        Raises:
            MissingScope: we may not read here.
        """
        return str((await self.first_of(channel, ts)).get("text", ""))

    async def first_of(self, channel: str, ts: str) -> dict[str, Any]:
        """A thread's first message, with the files on it; empty when there is none.

        Raises:
            MissingScope: we may not read here.
        """
        first = {"channel": channel, "ts": ts, "limit": 1}
        body = (await self.calls.call("conversations.replies", first, needs=("messages",))).body
        messages = body["messages"] or [{}]
        return messages[0] if isinstance(messages[0], dict) else {}

    async def file(self, file: str) -> SharedFile:
        """What Slack says of a file.

        Raises:
            FileGone: deleted, or shared nowhere where we are.
            MissingScope: we may not look.
        """
        answer = await self.calls.call("files.info", {"file": file}, needs=("file",))
        told = answer.body["file"]
        if not isinstance(told, dict):
            raise broken("files.info", "no_file")
        return shared_file(file, told)

    async def download(self, file: SharedFile, *, cap: int) -> bytes:
        """A file's bytes.

        Raises:
            FileUnfit: larger than `cap`.
            SlackDown: a foreign address, a part of the file, or a web page instead.
        """
        return await download(self.calls, file, cap=cap, extra=file.size / LINE, owned=self.owns(file.url))

    async def whisper(self, channel: str, user: str, message: Message, *, thread_ts: str = "") -> None:
        """Show a message to one person only."""
        arguments = {"channel": channel, "user": user, "text": message.text, "blocks": list(message.blocks)}
        await self.calls.call("chat.postEphemeral", arguments | ({"thread_ts": thread_ts} if thread_ts else {}))

    async def lay_down(self, attachment: Attachment) -> str:
        """Send a file's bytes; returns its id. Nobody sees it until it is shared (docs.slack.dev: external upload)."""
        sized = {"filename": attachment.name, "length": len(attachment.content)} | attachment.described
        place = (await self.calls.call("files.getUploadURLExternal", sized, needs=("upload_url", "file_id"))).body
        await self._send_bytes(str(place["upload_url"]), attachment)
        return str(place["file_id"])

    async def share(self, channel: str, file: str, title: str, *, thread_ts: str, before: Before | None = None) -> None:
        """Put a file that was laid down into a thread.

        Raises:
            AmbiguousPost: it may be there; look with `shows` before repeating.
        """
        shared = {"files": [{"id": file, "title": title}], "channel_id": channel, "thread_ts": thread_ts}
        # It puts a message into the channel, so it stands in the same line as those.
        turn = (Step(f"channel:{channel}", PER_CHANNEL), step("files.completeUploadExternal"))
        await self.calls.call("files.completeUploadExternal", shared, turn=turn, most=BACKLOG, before=before)

    async def open_view(self, trigger: str, view: Mapping[str, Any]) -> None:
        await self.calls.call("views.open", {"trigger_id": trigger, "view": dict(view)}, most=1.0)

    async def update_view(self, view_id: str, known: str, view: Mapping[str, Any]) -> None:
        """Change an open form. `known` is the hash of what the person sees: who changed it since is not overwritten."""
        arguments = {"view_id": view_id, "view": dict(view)} | ({"hash": known} if known else {})
        await self.calls.call("views.update", arguments, most=1.0)

    async def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        await self.calls.call("views.publish", {"user_id": user, "view": dict(view)})

    async def answer(self, response_url: str, message: Message) -> None:
        """Show a message to whoever pressed a button, at the address that came with the click.

        Raises:
            AmbiguousPost: it may be there.
            SlackError: it is not there; the address may be somebody else's, or have had its five uses or half hour.
        """
        if not self.owns(response_url):
            raise SlackError(
                N_("The click came with an address that is not Slack's."), code="foreign", method="response_url"
            )
        body = {"text": message.text, "blocks": list(message.blocks), "response_type": "ephemeral"}
        quiet = {"replace_original": False, "unfurl_links": False, "unfurl_media": False}
        await self.calls.deliver("response_url", response_url, json=body | quiet)

    async def _send_bytes(self, url: str, attachment: Attachment) -> None:
        if not self.owns(url):
            sentence = N_("Slack named a place for the file that is not Slack's.")
            raise SlackDown(sentence, code="foreign", method="files.upload")
        body = attachment.content
        await self.calls.deliver("files.upload", url, extra=len(body) / LINE, data=body)
