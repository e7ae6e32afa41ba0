"""What every listener holds: the settings, the record, Slack's door, and who we are; with bounded waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from core import clock
from core.broker import Role, connect_for, note, takes_work
from core.errors import QueueDown, SlackError, StoreDown, StoreUnsure
from core.heartbeats import Alive
from core.language import N_, language_of
from core.ledger import Ledger
from core.metrics import TALLY, Sender, open_shared
from core.models import Offer
from core.pace import Scaled, SharedPace
from core.seal import Action, Seal, sealer, unseal
from core.settings import Settings
from core.slack import Identity, Person, Slack
from core.standing import TeamRole
from core.store import Store, open_store
from tasks.choose import titles
from tasks.offers import offers

log = structlog.get_logger()
T = TypeVar("T")

ANSWER_WITHIN = 2.2  # seconds until a refusal is given; Slack hangs up at 3
RECORD_WITHIN = 1.5
QUEUE_WITHIN = 1.0  # of Redis; a machine out of breath may take half a second over what needs none
AT_LEISURE = 20.0
WHO_WITHIN = 1.5
GLANCE = 0.2
KNOWN_FOR = 600.0  # seconds a person's standing is remembered
MOST_PEOPLE = 10_000
ROLES_FOR = 5.0  # seconds; a role that is taken away holds no longer than that
GROUPS_FOR = 300.0
LAG_FOR = 3.0
LAG_WITHIN = 0.2


class Gate:
    """Lets a commit happen or not, exactly once: either the writer passes, or the waiter closes it first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = "open"

    def passes(self) -> bool:
        """The writer asks just before it commits."""
        with self._lock:
            if self._state == "open":
                self._state = "passed"
            return self._state == "passed"

    def close(self) -> bool:
        """The waiter gives up; False when a commit is already under way."""
        with self._lock:
            if self._state == "open":
                self._state = "closed"
            return self._state == "closed"


class Front:
    """One per bot process."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        slack: Slack,
        queue: redis.asyncio.Redis,
        budgets: redis.asyncio.Redis,
        *,
        metrics: Sender,
    ) -> None:
        self.settings = settings
        self.store = store
        self.slack = slack
        self.metrics = metrics
        self._queue = queue
        self._budgets = budgets
        self.ledger = Ledger(budgets)
        self.pace = SharedPace(budgets)
        self.identity = Identity("", "", "", "", frozenset())
        self.titles = titles()
        self._keys: dict[str, float] = {}  # and until when each is remembered
        self._people: dict[str, tuple[float, asyncio.Task[Person | None]]] = {}
        self._lag = (-LAG_FOR, 0)
        self._roles: dict[str, tuple[float, dict[str, TeamRole]]] = {}  # by workspace, and until when
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}  # who is in a user group, and until when
        self._background: set[asyncio.Task[Any]] = set()

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

    async def person(self, user: str) -> Person | None:
        """Who that is, remembered for ten minutes; None when we lack the scope to know.

        Raises:
            SlackError: Slack did not tell in time.
        """
        asking = self._people.get(user)
        now = asyncio.get_running_loop().time()
        # What hangs or failed is not asked again at once: whoever asks for the language first took the waiting.
        lasts = KNOWN_FOR if asking and asking[1].done() and not _failed(asking[1]) else 2 * WHO_WITHIN
        if asking is None or now - asking[0] > lasts:
            if len(self._people) > MOST_PEOPLE:
                self._people.clear()
            # Kept while it is under way: people who click fast are asked about once.
            asking = self._people[user] = (now, asyncio.create_task(self.slack.person(user)))
        try:
            return await asyncio.wait_for(asyncio.shield(asking[1]), max(0.0, asking[0] + WHO_WITHIN - now))
        except TimeoutError as error:
            sentence = N_("Slack did not tell me in time who you are. Try again.")
            raise SlackError(sentence, method="users.info") from error

    async def language(self, user: str) -> str:
        """The language somebody reads; the setting's when Slack does not tell us at once, or it is none of ours."""
        try:
            person = await self.person(user) if user else None
        except SlackError:
            person = None
        fallback = self.settings.slack_language
        return language_of(person.locale, fallback) if person is not None else fallback

    def language_known(self, user: str) -> str:
        """The same, of what is known already: for who has no time to wait."""
        asked = self._people.get(user)
        known = asked[1].result() if asked is not None and asked[1].done() and not _failed(asked[1]) else None
        fallback = self.settings.slack_language
        return language_of(known.locale, fallback) if known is not None else fallback

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

    async def groups_of(self, user: str, groups: list[str]) -> list[str]:
        """Which of these user groups somebody is in; none, where we may not know who is.

        Raises:
            SlackError: Slack did not tell in time.
        """
        return [group for group in groups if user in await self._members(group)]

    async def _members(self, group: str) -> frozenset[str]:
        now = asyncio.get_running_loop().time()
        until, members = self._groups.get(group, (0.0, frozenset()))
        if now < until:
            return members
        try:
            members = await asyncio.wait_for(self.slack.members(group), WHO_WITHIN)
        except TimeoutError as error:
            sentence = N_("Slack did not tell me in time which groups you are in. Try again.")
            raise SlackError(sentence, method="usergroups.users.list") from error
        self._groups[group] = now + GROUPS_FOR, members
        return members

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
        await self.slack.close()
        await self.metrics.close()
        await self._queue.aclose()
        await self._budgets.aclose()
        self.store.close()

    async def settle(self) -> None:
        """Wait for what was started after answers."""
        await asyncio.gather(*self._background, return_exceptions=True)


def _failed(asking: asyncio.Task[Person | None]) -> bool:
    return asking.done() and (asking.cancelled() or asking.exception() is not None)


async def open_front(settings: Settings) -> Front:
    """Open the doors the bot needs. Waits of the record are short here: a command must be answered in time.

    Raises:
        StoreDown: the database does not answer.
    """
    queue = connect_for(settings, Role.QUEUE, timeout=QUEUE_WITHIN)
    budgets = connect_for(settings, Role.BUDGET, timeout=QUEUE_WITHIN)
    store = await asyncio.to_thread(open_store, settings.database, patience=1.0)
    pace = SharedPace(budgets)
    manners = Scaled(pace, settings.slack_pace, holds=1.0)
    slack = Slack(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, pace=manners)
    metrics = Sender(open_shared(settings), Alive("bot"), TALLY)
    metrics.start()
    return Front(settings, store, slack, queue, budgets, metrics=metrics)
