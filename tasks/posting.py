"""Posts what is said in a channel outside of any scan's thread: each once, as far as Slack lets us know."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from core import blocks
from core.blocks import Message
from core.cases import tlp_of
from core.ending import ended
from core.errors import (
    AmbiguousPost,
    ChannelGone,
    Malformed,
    MissingScope,
    NotInChannel,
    PostingRestricted,
    Revoked,
    SlackError,
    StoreDown,
    ThreadGone,
    Throttled,
)
from core.language import ENGLISH, N_, tr
from core.recorded import NOT_POSTED
from core.rooms import is_bound, may_show
from core.slack import Rooms, Slack, Workspaces
from core.store import Notice, Store
from tasks.insist import insist
from tasks.search import PEOPLE
from tasks.tongue import as_read_by

log = structlog.get_logger()

LEASE = 60.0  # seconds for one round of posts
SKEW = 86400.0  # seconds by which our clock may be ahead of Slack's
SETTLE = 20.0  # seconds that what Slack did not answer to gets to appear
PAUSES = (2.0, 10.0, 60.0, 300.0)  # seconds between tries; the last one again and again
MOST_TRIES = 40  # at a channel that does not let us in
HIDDEN = N_("The channel may not show this, and nobody else may.")
NEVER = (ChannelGone, PostingRestricted, MissingScope, ThreadGone, Malformed)


class Posting:
    """One per process."""

    def __init__(self, store: Store, workspaces: Workspaces, *, language: str = ENGLISH) -> None:
        """`language` is that of whoever Slack does not tell us about."""
        self._store = store
        self._language = language
        self._workspaces = workspaces
        self._under_way: set[asyncio.Task[None]] = set()

    async def post_due(self) -> None:
        """Post what is due. Safe to call twice, by any number of processes."""
        task = asyncio.create_task(self._post_due())
        self._under_way.add(task)
        try:
            await task
        except StoreDown as error:
            log.warning("notices left", why=str(error))
        finally:
            self._under_way.discard(task)

    async def drain(self) -> None:
        """Stop; what is cut off is looked for before it is posted again."""
        await ended(*self._under_way)

    async def _post_due(self) -> None:
        for one in await asyncio.to_thread(self._store.notices.take, lease=LEASE):
            try:
                await self._post(one)
            except _Lost:
                log.info("notice left to another process", notice=one.key)
            except AmbiguousPost as error:
                await insist(self._store.notices.put_off, one, SETTLE, error=str(error), sent=True)
            except SlackError as error:
                await self._trouble(one, error)

    async def _post(self, one: Notice) -> None:
        home = await self._workspaces.of(one.place.team)
        message, channel = Message(one.text, one.blocks), await self._channel(home.rooms, one)
        if not channel:
            await insist(
                self._store.notices.give_up, one, error=N_("The channel may not show this, and nobody else may.")
            )
            return
        if one.broke:
            since = one.made_at.timestamp() - SKEW if one.made_at else 0.0
            ts, sure = await standing(home.slack, channel, one.key, thread_ts=one.place.thread_ts, since=since)
            if ts:
                await insist(self._store.notices.said, one, channel, ts)
                return
            message = message if sure else blocks.maybe_repeated(message)
        before, thread_ts = partial(self._before, one), one.place.thread_ts if channel == one.place.channel else ""
        posted = await home.slack.post(channel, message, slot=one.key, thread_ts=thread_ts, before=before)
        await insist(self._store.notices.said, one, posted.channel, posted.ts)
        log.info("notice posted", notice=one.key)

    async def _before(self, one: Notice) -> None:
        """Just before it is sent: whoever lost the claim while waiting for a turn sends nothing."""
        if not await asyncio.to_thread(self._store.notices.sending, one):
            raise _Lost

    async def _channel(self, rooms: Rooms, one: Notice) -> str:
        """Where it may be said: in its channel, or to its person alone when the label keeps it out of there."""
        label = tlp_of(one.tlp)
        if is_bound(label) and not may_show(label, await rooms.of(one.place.channel)):
            return one.user
        return one.place.channel

    async def _trouble(self, one: Notice, error: SlackError) -> None:
        log.warning("notice not posted", notice=one.key, why=str(error), code=error.code)
        if isinstance(error, NEVER) or (isinstance(error, NotInChannel) and one.tries == 1):
            await self._tell(one, error)
        if isinstance(error, NEVER) or (isinstance(error, NotInChannel) and one.tries >= MOST_TRIES):
            await insist(self._store.notices.give_up, one, error=str(error))
            await asyncio.to_thread(self._hold, one, error)
            return
        pause = PAUSES[min(one.tries - 1, len(PAUSES) - 1)]
        if isinstance(error, Throttled):
            pause = max(pause, error.retry_after)
        elif isinstance(error, Revoked):
            pause = PAUSES[-1]
        await insist(self._store.notices.put_off, one, pause, error=str(error), sent=False)

    async def _tell(self, one: Notice, error: SlackError) -> None:
        """Whoever it is for learns that it does not stand in its channel."""
        if not one.user.startswith(PEOPLE) or one.place.channel == one.user:
            return
        with await asyncio.to_thread(as_read_by, self._store, one.place.team, one.user, fallback=self._language):
            untold = tr("I could not say this in its channel: {text}", text=one.text)
            said = blocks.notice(untold, next_step=tr(str(error)))
        try:
            home = await self._workspaces.of(one.place.team)
            await home.slack.post(one.user, said, slot=f"{one.key}/untold")
        except SlackError as trouble:
            log.warning("person not told", notice=one.key, why=str(trouble), code=trouble.code)

    def _hold(self, one: Notice, error: SlackError) -> None:
        """Nobody can be told: the watch rests, so that it does not go on asking for nobody."""
        if not one.subject or isinstance(error, Malformed):
            return
        self._store.watches.rest(one.subject, why=NOT_POSTED.format(why=error))


async def standing(slack: Slack, channel: str, slot: str, *, thread_ts: str, since: float) -> tuple[str, bool]:
    """The ts of a copy that stands in a slot, and whether we were allowed to look."""
    if channel.startswith(PEOPLE):
        return "", False
    try:
        ts = await slack.find(channel, slot, thread_ts=thread_ts, since=since)
    except MissingScope:
        return "", False
    return ts or "", True


class _Lost(Exception):
    """The claim on a notice was lost: somebody else posts it."""
