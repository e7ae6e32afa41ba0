"""One scan's thread: what was said in it so far, and how to say more without saying anything twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import structlog

from core import blocks, clock
from core.blocks import Attachment, Message
from core.errors import (
    AmbiguousPost,
    ChannelGone,
    Malformed,
    MessageGone,
    NotInChannel,
    PostingRestricted,
    Revoked,
    SlackDown,
    SlackError,
    ThreadGone,
    Throttled,
)
from core.language import N_, tr
from core.models import Scan
from core.slack import THREAD_GONE, Before, Posted, Slack
from core.store import AGAIN, LOST, Said, Seat, Store, is_behind
from tasks.delay import LATE, Delay
from tasks.insist import insist
from tasks.memory import Memory
from tasks.search import Search

log = structlog.get_logger()

REPEATED = "may stand twice"
ARRIVES_WITHIN = 20.0  # seconds after we stopped waiting for an answer, in which it may still be done
KEPT = N_("All of it is kept. Once this is mended, Re-Run or Export attaches it.")
UNHEARD = "timeout"  # how such a sending broke


class LostDesk(Exception):
    """Somebody else tells this scan now."""


class Thread:
    """Held by whoever sits at the scan's desk; every step is written before and after it is taken, so that
    a process killed in between leaves a trace: a slot in state "sending"."""

    def __init__(
        self,
        store: Store,
        slack: Slack,
        seat: Seat,
        scan: Scan,
        said: dict[str, Said],
        *,
        memory: Memory,
        delay: Delay | None = None,
        prefix: str = "",  # of its slots, when it is told to somebody apart
    ) -> None:
        self._store = store
        self._slack = slack
        self._seat = seat
        self._scan = scan
        self._said, self._prefix = said, prefix
        self._memory, self._search = memory, Search(slack, scan)
        self._since = said[AGAIN].digest if AGAIN in said else ""
        self.delay = delay if delay is not None and delay.round == scan.round else Delay.noted(said, scan.round)

    @property
    def delayed(self) -> str:
        """A sentence, when Slack holds or held us back noticeably."""
        return self.delay.sentence

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
        undone = said.error == UNHEARD and not self.unsettled(slot)  # an older edit may have come after this one
        return said.state == "gone" or (said.digest == self._dressed(slot, message).digest and not undone)

    async def say(self, slot: str, message: Message, *, thread_ts: str = "") -> None:
        """Post into an empty slot; where a sending broke, look before repeating."""
        if self.has(slot):
            return
        if "parent" in self._said and self._said["parent"].state == LOST:
            raise ThreadGone(THREAD_GONE)
        channel, key = self._scan.place.channel, f"{self._scan.id}/{self._prefix}{slot}"
        thread_ts, repeated = thread_ts or self._scan.place.thread_ts, ""
        stands, sure = await self._standing(slot, channel, thread_ts)
        if stands:
            await self._note(slot, state="said", channel=channel, ts=stands, digest="adopted")
            return
        if not sure:
            message, repeated = blocks.maybe_repeated(message), REPEATED

        sending = partial(self._note, slot, state="sending", channel=channel)
        try:
            posted = await self._post(channel, message, key, thread_ts, sending)
            if posted.astray and await self._search.thread_is_gone(channel, thread_ts):
                await self._slack.withdraw(channel, posted.ts)
                raise ThreadGone(THREAD_GONE)
        except AmbiguousPost as error:  # it may be there: the slot stays in "sending"
            await self._note(slot, state="sending", error=error.code)
            raise
        except ThreadGone:
            await self._note("parent", state=LOST)
            raise
        except SlackError as error:
            await self._note(slot, state="unsent", error=str(error))
            raise
        self._memory.keep(self._key(slot), posted)
        self._scan = replace(self._scan, place=replace(self._scan.place, channel=posted.channel))  # of a person: theirs
        told = {"channel": posted.channel, "ts": posted.ts, "digest": message.digest}
        await self._note(slot, state="said", error=repeated, **told)
        await self.held(posted.waited)

    async def held(self, seconds: float) -> None:
        """Slack held us back for so long; kept with the thread once people notice it."""
        self.delay.seconds += seconds
        self.delay.asked = 0.0
        if seconds and self.delay.seconds >= LATE:
            await self._note(self.delay.slot, state="noted", digest=f"{self.delay.seconds:.1f}")

    async def warn(self, seconds: float, message: Message) -> None:
        """Slack asks for a long pause: the thread says so if it is open, else the asker alone is told, once."""
        await self.held(self.delay.more(seconds))
        await self._note(self.delay.pause, state="noted", digest=f"{self.delay.until:.0f}")
        self.delay.asked = seconds
        said = self._said.get("parent")
        if (said is not None and said.ts) or "late" in self._said:
            return
        await self._note("late", state="noted")
        place = self._scan.place
        try:
            await self._slack.whisper(place.channel, self._scan.asker.user, message, thread_ts=place.thread_ts)
        except SlackError as error:
            log.warning("asker not told of the delay", scan=self._scan.id, why=str(error), code=error.code)

    async def edit(self, slot: str, message: Message, *, patient: bool) -> bool:
        """Replace a message; False when an impatient edit must wait."""
        said = self._said[slot]
        message = self._dressed(slot, message)
        try:
            done = await self._edit(said, message, patient=patient)
        except MessageGone:
            await self._note(slot, state="gone", error=N_("deleted by a person, or too old to edit"))
            return True
        except SlackDown as error:
            if error.code == UNHEARD and said.error != REPEATED:
                await self._note(slot, state="said", error=UNHEARD)
            raise
        if done:
            kept = said.error if said.error == REPEATED or self.unsettled(slot) else ""
            await self._note(slot, state="said", digest=message.digest, error=kept)
        return done

    async def tell_asker(self, message: Message) -> None:
        """Write to the asker privately, once."""
        if self.has("asker") or self._memory.of(self._key("asker")):
            return
        user = self._scan.asker.user
        again = "asker" in self._said and self._said["asker"].state == "sending"

        sending = partial(self._note, "asker", state="said" if again else "sending")  # one more copy at most
        if again:
            message = blocks.maybe_repeated(message)  # a conversation of two cannot be looked through
        try:
            posted = await self._slack.post(user, message, slot=f"{self._scan.id}/asker", before=sending)
        except AmbiguousPost as error:
            log.warning("asker perhaps not told", scan=self._scan.id, code=error.code)
            return
        except SlackError as error:
            await self._note("asker", state="unsent", error=str(error))
            log.warning("asker not told", scan=self._scan.id, why=str(error), code=error.code)
            return
        self._memory.keep(self._key("asker"), posted)
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
            if self._memory.of(self._key(slot)) or await self._is_shown(slot, channel, attachment.name):
                await self._note(slot, state="said")
                return
            file = await self._slack.lay_down(attachment)
            # Its id is how it is found again.
            sending = partial(self._note, slot, state="sending", channel=channel, ts=file)
            await self._slack.share(channel, file, attachment.title, thread_ts=self.root, before=sending)
            self._memory.keep(self._key(slot), Posted(channel, file, 0.0))
        except AmbiguousPost as error:
            await self._note(slot, state="sending", error=error.code)
            raise
        except (Throttled, SlackDown, Revoked, NotInChannel, ChannelGone, PostingRestricted):
            raise  # true of the thread as a whole
        except SlackError as error:  # true of this file alone: uploads are off, no scope, too large ...
            log.warning("file not attached", scan=self._scan.id, slot=slot, code=error.code, why=str(error))
            sentence = tr("I could not attach the file {name}. {why}", name=attachment.name, why=tr(str(error)))
            lacking = blocks.notice(sentence, next_step=tr(KEPT))
            await self.say(f"without/{slot}", lacking, thread_ts=self.root)
            await self._note(slot, state="refused", error=str(error))
            return
        await self._note(slot, state="said")

    async def _is_shown(self, slot: str, channel: str, name: str) -> bool:
        """Whether a file whose sharing broke is there all the same; where we may not look, it may stand twice."""
        before = self._said.get(slot)
        if before is None and self._scan.round == 1 and is_behind(self._said, 1):  # later, an older file may have it
            return (await self._search.file(channel, name, self.root, broke=False))[0]
        if before is None or before.state != "sending" or not before.ts:
            return False
        there, sure = await self._search.file(channel, before.ts, self.root)
        if not there and sure and self.unsettled(slot):
            raise AmbiguousPost(N_("Slack did not answer; the file may still appear."), code=UNHEARD)
        return there

    def unsettled(self, slot: str) -> bool:
        """What Slack did not answer to is so young that it may still be done: repeated now, a message could stand
        twice, and an old edit could undo a new one."""
        before = self._said[slot]
        if before.error != UNHEARD or before.at is None:
            return False
        # Noted in the future: by a clock that was set back since.
        return 0 <= (clock.now() - before.at).total_seconds() < ARRIVES_WITHIN

    async def _post(self, channel: str, message: Message, key: str, thread_ts: str, before: Before) -> Posted:
        try:
            return await self._slack.post(channel, message, slot=key, thread_ts=thread_ts, before=before)
        except Malformed as error:
            log.exception("slack refused a message we built", slot=key, code=error.code, digest=message.digest)
        plain = blocks.text_only(message)
        return await self._slack.post(channel, plain, slot=key, thread_ts=thread_ts, before=before)

    async def _edit(self, said: Said, message: Message, *, patient: bool) -> bool:
        try:
            return await self._slack.edit(said.channel, said.ts, message, patient=patient, before=self._still_ours)
        except Malformed as error:
            log.exception("slack refused an edit we built", slot=said.slot, code=error.code, digest=message.digest)
        plain = blocks.text_only(message)
        return await self._slack.edit(said.channel, said.ts, plain, patient=patient, before=self._still_ours)

    async def _still_ours(self) -> None:
        """A process that was frozen while it waited for its turn finds here that somebody else tells this scan now."""
        if not await asyncio.to_thread(self._store.desk.holds, self._seat):
            raise LostDesk(self._scan.id)

    def _key(self, slot: str) -> str:
        """What this process remembers a message by."""
        return f"{self._scan.id}/{self._prefix}{slot}@{self._since}"

    async def _standing(self, slot: str, channel: str, thread_ts: str) -> tuple[str, bool]:
        """The ts of what fills this slot though the record does not say so, and whether that is sure.

        Raises:
            AmbiguousPost: it is not there yet, and may still appear.
        """
        if known := self._memory.of(self._key(slot)):
            return known.ts, True
        broke = slot in self._said and self._said[slot].state == "sending"
        if not broke and (slot in self._said or not is_behind(self._said, self._scan.round)):
            return "", True
        ts, sure = await self._search.message(channel, self._prefix + slot, thread_ts, broke=broke)
        if broke and not ts and sure and self.unsettled(slot):
            raise AmbiguousPost(N_("Slack did not answer; the message may still appear."), code=UNHEARD)
        return ts or "", sure

    async def _note(
        self, slot: str, *, state: str, channel: str = "", ts: str = "", digest: str = "", error: str = ""
    ) -> None:
        told = {"state": state, "channel": channel, "ts": ts, "digest": digest, "error": error}
        kept = await insist(self._store.desk.note, self._seat, self._prefix + slot, **told)
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
            at=clock.now(),
        )
