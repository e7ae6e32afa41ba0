"""What one process holds open: the settings, the record, the doors, and one event loop for all of its tasks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import redis.asyncio
import structlog

import collectors
from collectors.declare import Collector
from collectors.doors.courier import open_courier
from collectors.doors.evidence import OnAnswer
from collectors.doors.patience import Patience
from collectors.fetch import open_session
from collectors.run import Look, look
from core.broker import Role, connect_for, note, takes_work
from core.errors import QueueDown
from core.heartbeats import Alive, role_of
from core.ledger import Drawer, Ledger
from core.memory import LocalMemory, Memory, SharedMemory
from core.metrics import TALLY, Sender, open_shared
from core.models import Target
from core.pace import Behind, LocalPace, Pace, Scaled, SharedPace
from core.settings import Settings, load
from core.slack import Workspaces
from core.store import Store, open_store
from tasks import queue, traced
from tasks.asked import Asked, Asking
from tasks.calling import CallingBack
from tasks.changes import Changes
from tasks.doors import open_workspaces
from tasks.exporting import attachment
from tasks.fetching import Fetching
from tasks.keep import Changed
from tasks.later import Later
from tasks.loop import Loop
from tasks.posting import Posting
from tasks.reporter import CALM, Reporter
from tasks.shelf import keeper
from tasks.workshop import Workshop

log = structlog.get_logger()
CLOSED_WITHIN = 15.0  # seconds; whoever tells a worker to stop leaves it thirty


@dataclass(frozen=True, slots=True)
class Holds:
    """What a process works at: runs, each as scan and collector, and threads that it writes."""

    runs: tuple[str, ...] = ()
    desks: int = 0


class Process:
    """Opened once per process, inside its loop."""

    def __init__(self, settings: Settings, store: Store, *, shared: bool) -> None:
        self.settings = settings
        self.store = store
        self._shared = shared
        self._closing: asyncio.Task[None] | None = None
        self.resting = False  # an operator told this worker to take nothing for now
        self._stack = AsyncExitStack()
        self.pace: Pace = LocalPace()
        self.memory: Memory = LocalMemory()
        self.ledger = Ledger()
        self.workspaces: Workspaces | None = None
        self.reporter: Reporter | None = None
        self.workshop: Workshop | None = None
        self.calling_back: CallingBack | None = None
        self.posting: Posting | None = None
        self.metrics: Sender | None = None
        self.fetching: Fetching | None = None
        self.changes: Changes | None = None

    async def open(self, changed: Changed) -> Process:
        """Open the doors. Without Slack's token there is no reporter; alone, the pace is ours. What sources grant is
        one count for all, so the ledger is shared wherever a Redis answers."""
        if self._shared:
            budgets = self._redis(Role.BUDGET, timeout=1.0)
            queues = tuple(queue.app.amqp.queues.consume_from)
            self.metrics = Sender(open_shared(self.settings), Alive(role_of(queues), queues=queues), TALLY)
            self.metrics.start()
            self.pace = SharedPace(budgets)
            self.ledger = Ledger(budgets)
            self.memory = SharedMemory(self._redis(Role.CACHE, timeout=1.0))
            courier = await self._stack.enter_async_context(open_courier(self.settings))
            self.calling_back = CallingBack(self.store, courier, self.settings)
        else:
            await self._share_ledger()
        self.workspaces = open_workspaces(self.settings, self.store, self.pace)
        if self.workspaces is not None:
            self._stack.push_async_callback(self.workspaces.close)
        later = Later(self.store, _again if self._shared else None, factor=self.settings.sources_pace)
        asking, lease = await self._asking(), self.settings.run_lease
        self.workshop = Workshop(self.store, asking, changed, lease=lease, later=later)
        if self.workspaces is not None:
            self.posting = Posting(self.store, self.workspaces, language=self.settings.slack_language)
            files = partial(attachment, self.store, self.settings)
            key, calm = self.settings.seal_key, CALM * self.settings.slack_pace
            self.reporter = Reporter(self.store, self.workspaces, key=key, lease=lease, calm=calm, attachments=files)
        return self

    async def note_queue(self) -> None:
        """Write into the log what is wrong with Redis."""
        if self._shared:
            await note(self.settings, timeout=1.0)

    def start_fetching(self, *, room: int) -> None:
        """Do scheduled and bulk scans too, so many at once."""
        if self.workshop is not None and self._closing is None:
            self.fetching = Fetching(self.store, traced.fetched(self.workshop.work), room=room)
            self.fetching.start()

    async def close(self) -> None:
        """Give work back, close the doors and tell what still waits; once, however often we are told to stop."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self._give_back()
        await self._stack.aclose()
        if self.changes is not None:
            await self.changes.flush()

    async def rest(self) -> None:
        """Give work back, and take none that may still come, until `resume`."""
        self.resting = True
        await self._give_back()

    def resume(self) -> None:
        """Take work again."""
        self.resting = False
        if self.workshop is not None:
            self.workshop.resume()
        if self.fetching is not None:
            self.fetching.start()

    async def _give_back(self) -> None:
        if self.fetching is not None:
            self.fetching.stop()
        if self.workshop is not None:
            await self.workshop.drain()
        if self.fetching is not None:
            await self.fetching.settle()
        if self.reporter is not None:
            await self.reporter.drain()
        if self.calling_back is not None:
            await self.calling_back.drain()
        if self.posting is not None:
            await self.posting.drain()

    def holds(self) -> Holds:
        """What this process works at now; asked from any thread."""
        runs = self.workshop.held if self.workshop is not None else ()
        named = tuple(f"{run.scan_id} {run.collector}" for run in runs)
        return Holds(named, self.reporter.desks if self.reporter is not None else 0)

    def _redis(self, role: Role, *, timeout: float) -> redis.asyncio.Redis:
        client = connect_for(self.settings, role, timeout=timeout)
        self._stack.push_async_callback(client.aclose)
        return client

    async def _share_ledger(self) -> None:
        client = self._redis(Role.BUDGET, timeout=0.5)
        with suppress(QueueDown):
            await takes_work(client)
            self.ledger = Ledger(client)

    async def _asking(self) -> Asking:
        factor = self.settings.sources_pace
        pace, patience = Scaled(self.pace, factor), Patience(backoff=factor)
        behind = Behind(pace)
        opening = open_session(self.settings, pace, ledger=self.ledger, patience=patience)
        session = await self._stack.enter_async_context(opening)
        session.memory = self.memory

        async def ask(
            collector: Collector,
            target: Target,
            on_finding: Any,
            *,
            asker: Asked,
            options: frozenset[str] = frozenset(),
            on_answer: OnAnswer | None = None,
        ) -> Look:
            drawer = Drawer.of(session.secret, asker.team, asker.user, asker.channel)
            fetch = session.fetch(
                collector,
                target,
                deadline=collector.deadline,
                drawer=drawer,
                options=options,
                pace=behind if asker.patient else None,
                on_answer=on_answer if self.settings.answers == "keep" else None,
            )
            if self.workspaces is not None:
                fetch.files.keeper = keeper(self.workspaces, asker.team)
            return await look(collector, target, fetch, on_finding, deadline=collector.deadline)

        return ask


async def _again(scan_id: str) -> None:
    await queue.hint("tasks.scan.run", scan_id)


_lock = threading.RLock()  # a signal may ask for closing while the same thread opens
_opened: tuple[Loop, Process] | None = None


def worker() -> tuple[Loop, Process]:
    """This worker process's loop and doors, opened at the first task."""
    global _opened  # noqa: PLW0603  a Celery worker has no other place for what lives as long as the process
    with _lock:
        if _opened is None:
            settings = load()
            store = open_store(settings.database)  # first: while it is away, each task comes here and fails
            collectors.known()  # loaded now: on the loop it would hold up every lease
            loop = Loop()
            process = Process(settings, store, shared=True)
            process.changes = Changes(store)
            loop.run(process.open(process.changes.tell))
            _opened = loop, process
        return _opened


def opened() -> Process | None:
    """This worker process's doors, if a task has opened them."""
    return _opened[1] if _opened is not None else None


def is_resting() -> bool:
    """An operator told this worker to take nothing for now."""
    return _opened is not None and _opened[1].resting


def once_turned(back: Callable[[], None]) -> None:
    """Call back from this worker's loop, which proves that it turns; at once while there is none yet."""
    if _opened is None:
        back()
    else:
        _opened[0].call(back)


def begin_to_close() -> None:
    """Drain without waiting: called by a signal, amid whatever the main thread does. It may hold a lock, the log's for
    one, which closing needs, too."""
    if _opened is not None:
        loop, process = _opened
        loop.start(process.close())


def close_worker() -> None:
    """Drain, and wait until it is done; bounded: what is still held then, leases give back."""
    with _lock:
        if _opened is not None:
            loop, process = _opened
            try:
                loop.run(asyncio.wait_for(process.close(), CLOSED_WITHIN))
            except TimeoutError:
                log.error("not closed in time", next="what it held is given back when its leases end")  # noqa: TRY400


def count_the_last() -> None:
    """Hand over what was counted until now; the process ends."""
    with _lock:
        if _opened is not None and (sender := _opened[1].metrics) is not None:
            _opened[0].run(sender.close())


def given_back() -> frozenset[str]:
    """The scans whose runs this process gave back while it was told to stop."""
    workshop = _opened[1].workshop if _opened is not None else None
    return workshop.given_back if workshop is not None else frozenset()
