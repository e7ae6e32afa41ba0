"""One client per process and workspace token; every call waits for its share of the common budget."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from core.blocks import Attachment, Message
from core.errors import MissingScope, SlackDown, SlackError, Throttled
from core.pace import Pace, TooLong
from core.slack.limits import BUDGETS, DEFAULT, PER_CHANNEL
from core.slack.line import no_afterlife
from core.slack.trouble import broken, from_answer

PAGE, MOST_PAGES = 200, 25  # of messages looked through for one whose sending broke
Ready = Callable[[], Awaitable[None]]
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
class Person:
    """What the guard needs to know of somebody."""

    user: str
    team: str
    name: str
    guest: bool
    stranger: bool
    admin: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in Slack, and how long budgets held it back."""

    channel: str
    ts: str
    waited: float


class Slack:
    """The voice and ears of one workspace. Errors are those of core.errors.SlackError."""

    def __init__(self, token: str, *, base_url: str, pace: Pace, team: str = "", timeout: int = 15) -> None:
        self._pace = pace
        self._team = team
        secure = ssl.create_default_context() if base_url.startswith("https") else None
        quiet = logging.getLogger("slack_sdk.quiet")  # its debug lines carry message bodies
        quiet.setLevel(logging.WARNING)
        self._client = AsyncWebClient(
            token, base_url=base_url, timeout=timeout, ssl=secure, retry_handlers=[], logger=quiet
        )
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def close(self) -> None:
        if self._client.session is not None:
            await self._client.session.close()

    async def whoami(self) -> Identity:
        """Ask Slack whose token we hold and which scopes it has."""
        answer = await self._call("auth.test", {})
        granted = str(answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or "")
        body = answer.body
        return Identity(
            team=str(body.get("team_id", "")),
            team_name=str(body.get("team", "")),
            user=str(body.get("user_id", "")),
            bot=str(body.get("bot_id", "")),
            scopes=frozenset(word.strip() for word in granted.split(",") if word.strip()),
        )

    async def person(self, user: str) -> Person | None:
        """Who that is; None when we lack the scope to know."""
        try:
            body = (await self._call("users.info", {"user": user})).body.get("user", {})
        except MissingScope:
            return None
        return Person(
            user=user,
            team=str(body.get("team_id", "")),
            name=str(body.get("real_name") or body.get("name", "")),
            guest=bool(body.get("is_restricted") or body.get("is_ultra_restricted")),
            stranger=bool(body.get("is_stranger")),
            admin=bool(body.get("is_admin")),
        )

    async def post(
        self, channel: str, message: Message, *, slot: str, thread_ts: str = "", ready: Ready | None = None
    ) -> Posted:
        """Post a message that can be found again by its slot. `ready` is awaited when all waiting is over, as the
        last thing before the message leaves: what it raises holds the message back.

        Raises:
            AmbiguousPost: it may be there; `find` it before repeating.
            SlackError: it is not there.
        """
        waited = await self._book(f"channel:{channel}", PER_CHANNEL.every, PER_CHANNEL.burst, most=900.0)
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
        answer = await self._call("chat.postMessage", arguments, most=900.0, ready=ready)
        return Posted(str(answer.body["channel"]), str(answer.body["ts"]), waited + answer.waited)

    async def edit(self, channel: str, ts: str, message: Message, *, patient: bool, ready: Ready | None = None) -> bool:
        """Replace a message. An impatient edit (mere progress) gives up when the budget is used: False."""
        arguments = {"channel": channel, "ts": ts, "text": message.text, "blocks": list(message.blocks)}
        try:
            await self._call("chat.update", arguments, most=900.0 if patient else 2.0, ready=ready)
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
        """Whether the thread shows this file.

        Raises:
            MissingScope: we may not look.
        """
        async for each in self._messages(channel, thread_ts, since):
            if any(shown.get("id") == file for shown in each.get("files") or []):
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
            body = (await self._call(method, arguments)).body
            for each in body.get("messages", []):
                yield each
            arguments["cursor"] = (body.get("response_metadata") or {}).get("next_cursor", "")
            if not arguments["cursor"]:
                return
        raise MissingScope(f"I may look through {MOST_PAGES * PAGE} messages only.", code="too_many", method=method)

    async def text_of(self, channel: str, ts: str) -> str:
        """The text of a thread's first message, empty when there is none.

        Raises:
            MissingScope: we may not read here.
        """
        body = (await self._call("conversations.replies", {"channel": channel, "ts": ts, "limit": 1})).body
        messages = body.get("messages") or [{}]
        return str(messages[0].get("text", ""))

    async def whisper(self, channel: str, user: str, message: Message, *, thread_ts: str = "") -> None:
        """Show a message to one person only."""
        arguments = {"channel": channel, "user": user, "text": message.text, "blocks": list(message.blocks)}
        await self._call("chat.postEphemeral", arguments | ({"thread_ts": thread_ts} if thread_ts else {}))

    async def lay_down(self, attachment: Attachment) -> str:
        """Send a file's bytes; returns its id. Nobody sees it until it is shared (docs.slack.dev: external upload)."""
        sized = {"filename": attachment.name, "length": len(attachment.content)}
        place = (await self._call("files.getUploadURLExternal", sized, form=True)).body
        await self._send_bytes(str(place["upload_url"]), attachment)
        return str(place["file_id"])

    async def share(self, channel: str, file: str, title: str, *, thread_ts: str, ready: Ready | None = None) -> None:
        """Put a file that was laid down into a thread.

        Raises:
            AmbiguousPost: it may be there; look with `shows` before repeating.
        """
        shared = {"files": [{"id": file, "title": title}], "channel_id": channel, "thread_ts": thread_ts}
        await self._call("files.completeUploadExternal", shared, ready=ready)

    async def open_view(self, trigger: str, view: Mapping[str, Any]) -> None:
        await self._call("views.open", {"trigger_id": trigger, "view": dict(view)}, most=1.0)

    async def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        await self._call("views.update", {"view_id": view_id, "view": dict(view)}, most=5.0)

    async def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        await self._call("views.publish", {"user_id": user, "view": dict(view)})

    async def _send_bytes(self, url: str, attachment: Attachment) -> None:
        method = "files.upload"
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(url, data=attachment.content) as answer,
            ):
                if answer.status != 200:
                    raise SlackDown("Slack did not take the file.", code=f"http_{answer.status}", method=method)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SlackDown("Slack did not take the file.", code=type(error).__name__, method=method) from error

    async def _book(self, key: str, every: float, burst: int, *, most: float) -> float:
        try:
            wait = await self._pace.reserve(f"slack:{self._team}:{key}", every=every, burst=burst, most=most)
        except TooLong as error:
            sentence = f"Slack's limits leave no room for this for {error.wait:.0f} s."
            raise Throttled(sentence, method=key, retry_after=error.wait) from error
        if wait > 0:
            await asyncio.sleep(wait)
        return wait

    async def _call(
        self,
        method: str,
        arguments: Mapping[str, Any],
        *,
        most: float = 60.0,
        form: bool = False,
        ready: Ready | None = None,
    ) -> _Answer:
        budget = BUDGETS.get(method, DEFAULT)
        waited = await self._book(method, budget.every, budget.burst, most=most)
        sent: dict[str, Any] = {"params": dict(arguments)} if form or method in _BY_FORM else {"json": dict(arguments)}
        if self._client.session is None:
            connector = aiohttp.TCPConnector(socket_factory=no_afterlife)
            self._client.session = aiohttp.ClientSession(timeout=self._timeout, connector=connector)
        if ready is not None:
            await ready()
        try:
            answer = await self._client.api_call(method, **sent)
        except SlackApiError as error:
            trouble = _trouble(method, error)
            if isinstance(trouble, Throttled):
                key = f"slack:{self._team}:{method}"
                await self._pace.hold(key, trouble.retry_after, every=budget.every, burst=budget.burst)
            raise trouble from error
        except aiohttp.ClientConnectorError as error:
            raise SlackDown("Slack cannot be reached.", code=type(error).__name__, method=method) from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise broken(method, type(error).__name__) from error
        body = answer.data if isinstance(answer.data, dict) else {}
        return _Answer(body, dict(answer.headers), waited)


# Methods that read take their arguments as a form: Slack accepts JSON only where something is written.
_BY_FORM = frozenset({"users.info", "conversations.history", "conversations.replies"})


@dataclass(frozen=True, slots=True)
class _Answer:
    body: dict[str, Any]
    headers: dict[str, str]
    waited: float


def _trouble(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    body = getattr(response, "data", None)
    # When the body is no JSON the SDK hands over aiohttp's own response, which says "status".
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    headers = dict(getattr(response, "headers", None) or {})
    return from_answer(method, int(status or 0), body if isinstance(body, dict) else {}, headers)
