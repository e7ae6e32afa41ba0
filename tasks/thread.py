"""One scan's thread: what was said in it so far, and how to say more without saying anything twice."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import replace

import structlog

from core import blocks
from core.blocks import Attachment, Message
from core.clock import span
from core.errors import (
    AmbiguousPost,
    ChannelGone,
    Malformed,
    MessageGone,
    MissingScope,
    NotInChannel,
    PostingRestricted,
    Revoked,
    SlackDown,
    SlackError,
    Throttled,
)
from core.models import Scan
from core.slack import Posted, Slack
from core.store import Said, Seat, Store

log = structlog.get_logger()

REPEATED = "may stand twice"
LATE = 30.0  # seconds of waiting for Slack that a thread mentions
ASTRAY = 86_400.0  # seconds by which our clock may be ahead of Slack's: a search begins that much earlier
SETTLE = (0.5, 1.5, 3.0)  # seconds Slack gets to show a message whose sending broke


class LostDesk(Exception):
    """Somebody else tells this scan now."""


class Thread:
    """Held by whoever sits at the scan's desk; every step is written before and after it is taken, so that
    a process killed in between leaves a trace: a slot in state "sending"."""

    def __init__(self, store: Store, slack: Slack, seat: Seat, scan: Scan, said: dict[str, Said]) -> None:
        self._store = store
        self._slack = slack
        self._seat = seat
        self._scan = scan
        self._said = said
        self.delayed = ""  # a sentence, when Slack held us back noticeably

    @property
    def root(self) -> str:
        """The ts that replies go under."""
        return self._scan.place.thread_ts or self._said["parent"].ts

    def has(self, slot: str) -> bool:
        """The slot is filled, or its message was deleted by a person: either way nothing is posted there."""
        return slot in self._said and self._said[slot].state in ("said", "gone")

    def says(self, slot: str, message: Message) -> bool:
        """The slot needs no edit: it shows this message, or can no longer be edited."""
        said = self._said[slot]
        return said.state == "gone" or said.digest == self._dressed(slot, message).digest

    async def say(self, slot: str, message: Message, *, thread_ts: str = "") -> None:
        """Post into an empty slot; where a sending broke, look before repeating."""
        if self.has(slot):
            return
        channel, key = self._scan.place.channel, f"{self._scan.id}/{slot}"
        thread_ts, repeated = thread_ts or self._scan.place.thread_ts, ""
        if slot in self._said and self._said[slot].state == "sending":
            ts, sure = await self._look_up(channel, key, thread_ts)
            if ts:
                await self._note(slot, state="said", channel=channel, ts=ts, digest="adopted")
                return
            if not sure:
                message, repeated = blocks.maybe_repeated(message), REPEATED
        try:
            posted = await self._post(channel, message, slot, thread_ts)
        except AmbiguousPost:
            raise  # it may be there: the slot stays in "sending"
        except SlackError as error:
            await self._note(slot, state="unsent", error=str(error))
            raise
        if posted.waited >= LATE:
            self.delayed = f"Slack's limits delayed this by {span(posted.waited)}."
        digest = message.digest
        await self._note(slot, state="said", channel=posted.channel, ts=posted.ts, digest=digest, error=repeated)

    async def edit(self, slot: str, message: Message, *, patient: bool) -> bool:
        """Replace a message; False when an impatient edit must wait."""
        said = self._said[slot]
        message = self._dressed(slot, message)
        try:
            done = await self._slack.edit(said.channel, said.ts, message, patient=patient, ready=self._still_ours)
        except MessageGone:
            await self._note(slot, state="gone", error="deleted by a person, or too old to edit")
            return True
        if done:
            await self._note(slot, state="said", digest=message.digest, error=said.error)
        return done

    async def tell_asker(self, message: Message) -> None:
        """Write to the asker privately, once."""
        if self.has("asker"):
            return
        user = self._scan.asker.user
        if "asker" in self._said and self._said["asker"].state == "sending":
            message = blocks.maybe_repeated(message)  # a conversation of two cannot be looked through
            ready = functools.partial(self._note, "asker", state="said")  # one more copy at most
        else:
            ready = functools.partial(self._note, "asker", state="sending")
        try:
            posted = await self._slack.post(user, message, slot=f"{self._scan.id}/asker", ready=ready)
        except AmbiguousPost as error:
            log.warning("asker perhaps not told", scan=self._scan.id, code=error.code)
            return
        except SlackError as error:
            await self._note("asker", state="unsent", error=str(error))
            log.warning("asker not told", scan=self._scan.id, why=str(error), code=error.code)
            return
        await self._note("asker", state="said", channel=posted.channel, ts=posted.ts)

    def _dressed(self, slot: str, message: Message) -> Message:
        """What was posted without knowing whether it stands there already goes on saying so."""
        return blocks.maybe_repeated(message) if self._said[slot].error == REPEATED else message

    async def attach(self, slot: str, attachment: Attachment) -> None:
        """Put a file into the thread, once. Without the scope for files the slot says so and the scan goes on."""
        if self.has(slot) or (slot in self._said and self._said[slot].state == "refused"):
            return
        channel = self._scan.place.channel
        try:
            if await self._is_shown(slot, channel):
                await self._note(slot, state="said")
                return
            file = await self._slack.lay_down(attachment)
            # Its id is how it is found again.
            ready = functools.partial(self._note, slot, state="sending", channel=channel, ts=file)
            await self._slack.share(channel, file, attachment.title, thread_ts=self.root, ready=ready)
        except (Throttled, SlackDown, AmbiguousPost, Revoked, NotInChannel, ChannelGone, PostingRestricted):
            raise  # true of the thread as a whole
        except SlackError as error:  # true of this file alone: uploads are off, no scope, too large ...
            log.warning("file not attached", scan=self._scan.id, slot=slot, code=error.code, why=str(error))
            await self._note(slot, state="refused", error=str(error))
            return
        await self._note(slot, state="said")

    async def _is_shown(self, slot: str, channel: str) -> bool:
        """Whether a file whose sharing broke is there all the same; where we may not look, it may stand twice."""
        before = self._said.get(slot)
        if before is None or before.state != "sending" or not before.ts:
            return False
        since = self._scan.created_at.timestamp() - ASTRAY
        try:
            for settle in SETTLE:
                await asyncio.sleep(settle)
                if await self._slack.shows(channel, before.ts, thread_ts=self.root, since=since):
                    return True
        except MissingScope:
            log.warning("a file may stand twice", scan=self._scan.id, slot=slot)
        return False

    async def _post(self, channel: str, message: Message, slot: str, thread_ts: str) -> Posted:
        """Written down as "sending" when all waiting for Slack's budgets is over: a process that was frozen while it
        waited finds here that somebody else tells this scan now, and sends nothing."""
        key = f"{self._scan.id}/{slot}"
        ready = functools.partial(self._note, slot, state="sending", channel=channel)
        try:
            return await self._slack.post(channel, message, slot=key, thread_ts=thread_ts, ready=ready)
        except Malformed as error:
            log.exception("slack refused a message we built", slot=key, code=error.code, digest=message.digest)
        return await self._slack.post(channel, blocks.text_only(message), slot=key, thread_ts=thread_ts, ready=ready)

    async def _still_ours(self) -> None:
        if not await asyncio.to_thread(self._store.desk.holds, self._seat):
            raise LostDesk(self._scan.id)

    async def _look_up(self, channel: str, key: str, thread_ts: str) -> tuple[str | None, bool]:
        """The ts of a message whose sending broke, and whether we were allowed to look at all."""
        since = self._scan.created_at.timestamp() - ASTRAY
        try:
            for settle in SETTLE:
                await asyncio.sleep(settle)
                ts = await self._slack.find(channel, key, thread_ts=thread_ts, since=since)
                if ts:
                    return ts, True
        except MissingScope:
            return None, False
        return None, True

    async def _note(
        self, slot: str, *, state: str, channel: str = "", ts: str = "", digest: str = "", error: str = ""
    ) -> None:
        kept = await asyncio.to_thread(
            self._store.desk.note, self._seat, slot, state=state, channel=channel, ts=ts, digest=digest, error=error
        )
        if not kept:
            raise LostDesk(self._scan.id)
        before = self._said.get(slot) or Said(slot, "", "", "", "", "")
        self._said[slot] = replace(
            before,
            state=state,
            channel=channel or before.channel,
            ts=ts or before.ts,
            digest=digest or before.digest,
            error=error,
        )
