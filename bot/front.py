"""What every listener holds: the settings, the record, Slack's door, and who we are; with bounded waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from bot.people import People
from core import clock
from core.broker import Role, connect_for, note, takes_work
from core.errors import QueueDown, StoreDown, StoreUnsure
from core.heartbeats import Alive
from core.ledger import Ledger
from core.metrics import TALLY, Sender, open_shared
from core.models import Offer
from core.pace import LocalPace, SharedPace
from core.seal import Action, Seal, sealer, unseal
from core.settings import Settings
from core.slack import Alone, Identity, NotInstalled, Slack, Workspaces
from core.standing import TeamRole
from core.store import Store, open_store
from tasks.choose import titles
from tasks.doors import open_workspaces
from tasks.offers import offers
from tasks.posting import Posting

log = structlog.get_logger()
T = TypeVar("T")

ANSWER_WITHIN = 2.2  # seconds until a refusal is given; Slack hangs up at 3
RECORD_WITHIN = 1.5
QUEUE_WITHIN = 1.0  # of Redis; a machine out of breath may take half a second over what needs none
AT_LEISURE = 20.0
GLANCE = 0.2
ROLES_FOR = 5.0  # seconds; a role that is taken away holds no longer than that
LAG_FOR = 3.0
LAG_WITHIN = 0.2


class Front:
    """One per bot process."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        workspaces: Workspaces,
        queue: redis.asyncio.Redis,
        budgets: redis.asyncio.Redis,
        *,
        metrics: Sender,
    ) -> None:
        self.settings = settings
        self.store = store
        self.workspaces = workspaces
        self.people = People(workspaces, fallback=settings.slack_language, learned=self._keep_language)
        self.posting = Posting(store, workspaces, language=settings.slack_language)
        self.metrics = metrics
        self._queue = queue
        self._budgets = budgets
        self.ledger = Ledger(budgets)
        self.pace = SharedPace(budgets)
        self.titles = titles()
        self._keys: dict[str, float] = {}  # and until when each is remembered
        self._lag = (-LAG_FOR, 0)
        self._roles: dict[str, tuple[float, dict[str, TeamRole]]] = {}  # by workspace, and until when
        self._background: set[asyncio.Task[Any]] = set()

    @property
    def slack(self) -> Slack:
        """A door for what belongs to no workspace; the only one, where there is one workspace."""
        return self.workspaces.anyone

    @property
    def identity(self) -> Identity:
        """Who we are, where there is one workspace; nobody, where there are many."""
        return self.workspaces.us

    async def door(self, team: str) -> Slack:
        """Slack's door in a workspace.

        Raises:
            SlackError: we are not in it, or that could not be found out.
        """
        return (await self.workspaces.of(team)).slack

    async def learn_who_we_are(self) -> None:
        """Ask Slack, where there is one workspace; of many each says so when it installs us.

        Raises:
            SlackError: it does not say.
        """
        if not self.settings.many:
            await (await self.workspaces.of("")).team()

    async def us(self, team: str) -> Identity:
        """Who we are in a workspace.

        Raises:
            SlackError: as `door`.
        """
        return (await self.workspaces.of(team)).identity

    async def serves(self, team: str) -> bool:
        """Whether we are in a workspace.

        Raises:
            SlackError: that could not be found out.
        """
        try:
            await self.workspaces.of(team)
        except NotInstalled:
            return False
        return True

    @property
    def offers(self) -> list[Offer]:
        return offers(self.settings)

    @property
    def asks_consent(self) -> bool:
        """Whether it is for people to say that a target may be touched."""
        return self.settings.active == "ask"

    def seal(self, team: str) -> Seal:
        return sealer(self.settings.seal_key, team, made=clock.now())

    def unseal(self, value: str, team: str) -> Action:
        """Raises NotAllowed: not a button of ours for this workspace, or too old."""
        return unseal(value, key=self.settings.seal_key, team=team, now=clock.now())

    async def record(self, work: Callable[[], T], *, within: float = RECORD_WITHIN) -> T:
        """Ask the record, bounded: tightly while Slack waits for an answer, `AT_LEISURE` once it has one.

        Raises:
            StoreUnsure: it did not answer in time. What `work` was doing may still happen: guard writes with a Gate.
            StoreDown: it answered that it cannot; nothing was written.
        """
        try:
            return await asyncio.wait_for(asyncio.to_thread(work), within)
        except TimeoutError as error:
            raise StoreUnsure from error

    async def queue_up(self) -> None:
        """Raises QueueDown: Redis does not answer, or takes no work."""
        try:
            await takes_work(self._queue)
        except QueueDown as error:
            log.warning("refused for want of a queue", why=str(error), next=error.step)
            raise

    @property
    def queue(self) -> redis.asyncio.Redis:
        """The Redis that holds the queue."""
        return self._queue

    async def note_queue(self) -> None:
        """Write into the log what is wrong with Redis."""
        await note(self.settings, timeout=QUEUE_WITHIN)

    async def is_new(self, key: str, *, lasts: int) -> bool:
        """Remember a key for so many seconds; False when it is remembered, by any bot process while Redis answers."""
        now = asyncio.get_running_loop().time()
        while self._keys and next(iter(self._keys.values())) < now:
            del self._keys[next(iter(self._keys))]  # the oldest come first
        if key in self._keys:
            return False
        self._keys[key] = now + lasts
        try:
            return bool(await asyncio.wait_for(self._budgets.set(key, 1, nx=True, ex=lasts), GLANCE))
        except (RedisError, OSError):  # TimeoutError is one
            return True

    async def roles(self, team: str) -> dict[str, TeamRole]:
        """Which roles were given in a workspace, by subject; as of some seconds ago.

        Raises:
            StoreDown: the record does not answer.
        """
        now = asyncio.get_running_loop().time()
        until, given = self._roles.get(team, (0.0, {}))
        if now >= until:
            listed = await self.record(lambda: self.store.roles.listed(team))
            given = {each.subject: each.role for each in listed}
            self._roles[team] = now + ROLES_FOR, given
        return given

    def forget_roles(self) -> None:
        """They were changed here: look again at once. Other processes do within seconds."""
        self._roles.clear()

    async def lagging(self) -> int:
        """How many threads lag behind the record, as of some seconds ago; 0 when that is not known."""
        now = asyncio.get_running_loop().time()
        if now - self._lag[0] > LAG_FOR:
            self._lag = (now, self._lag[1])  # those who come meanwhile need not ask
            try:
                self._lag = (now, await self.record(self.store.desk.lagging, within=LAG_WITHIN))
            except StoreDown:
                self._lag = (now, 0)
        return self._lag[1]

    def _keep_language(self, team: str, user: str, language: str) -> None:
        """For what is said to them when they have not just asked."""

        async def keep() -> None:
            with suppress(StoreDown):  # whatever they are doing says so; and they are learned about again
                await self.record(partial(self.store.mine.reads, team, user, language), within=AT_LEISURE)

        self.later(keep())

    def later(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something after the answer; its trouble is logged, never shown as a broken command."""
        self.keep(asyncio.create_task(work))

    def keep(self, task: asyncio.Task[Any]) -> None:
        """See to the end of something begun before the answer."""
        self._background.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work after an answer failed", exc_info=error)

    async def close(self) -> None:
        """Close the doors."""
        await self.workspaces.close()
        await self.metrics.close()
        await self._queue.aclose()
        await self._budgets.aclose()
        self.store.close()

    async def settle(self) -> None:
        """Wait for what was started after answers."""
        await asyncio.gather(*self._background, return_exceptions=True)


async def open_front(settings: Settings) -> Front:
    """Open the doors the bot needs. Waits of the record are short here: a command must be answered in time.

    Raises:
        StoreDown: the database does not answer.
    """
    queue = connect_for(settings, Role.QUEUE, timeout=QUEUE_WITHIN)
    budgets = connect_for(settings, Role.BUDGET, timeout=QUEUE_WITHIN)
    store = await asyncio.to_thread(open_store, settings.database, patience=1.0)
    workspaces = open_workspaces(settings, store, SharedPace(budgets))
    workspaces = workspaces or Alone(Slack("", base_url=settings.slack_api_url, pace=LocalPace()))
    metrics = Sender(open_shared(settings), Alive("bot"), TALLY)
    metrics.start()
    return Front(settings, store, workspaces, queue, budgets, metrics=metrics)
