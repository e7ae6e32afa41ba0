"""A whole Gumshoe inside one process whose workers and notifiers can die at any moment, over a real record and sandbox.

What kills a process cannot be foreseen by it: from that moment its record and its Slack take nothing from it any more.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import sqlalchemy as sa

from collectors.declare import Collector
from collectors.doors.evidence import OnAnswer
from collectors.run import Look
from core import clock
from core.blocks import Attachment, Message
from core.errors import StoreDown
from core.models import Finding, Outcome, Run, RunState, Target
from core.slack import Alone, Before, Posted, Slack
from core.store import Database, Store
from tasks.asked import Asked
from tasks.keep import GATHER
from tasks.reporter import Reporter
from tasks.workshop import Workshop
from tests.servers import Sandbox

T = TypeVar("T")
SPEED = 20.0  # how much faster than ours the clocks of loops run here
LEASE = 100.0
WITHIN = 30.0
KEY = b"an invented key"
HELD = Run("", "", 1, "", RunState.RUNNING)
LEADS = """
SELECT r.id, r.fence FROM flight f JOIN run r ON r.id = f.run_id JOIN scan s ON s.id = r.scan_id
WHERE r.collector = :collector AND s.value = :value
"""


class _Patient(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> Any:
        return super().select(timeout / SPEED if timeout else timeout)


class HastyLoop(asyncio.SelectorEventLoop):
    """Its seconds are short, so that pauses between tries cost little; input and output take the time they take."""

    def __init__(self) -> None:
        super().__init__(_Patient())
        self.set_default_executor(ThreadPoolExecutor(32))
        self.set_exception_handler(lambda _loop, _context: None)  # what the dead leave behind

    def time(self) -> float:
        return time.monotonic() * SPEED


class Life:
    """What a process needs to touch the world: it may be taken, or held up for a while."""

    def __init__(self) -> None:
        self.dead = False
        self.thawed = threading.Event()
        self.thawed.set()

    def check(self) -> None:
        self.thawed.wait(WITHIN)
        if self.dead:
            raise StoreDown("this process is dead", reason="refused")


class MortalDatabase(Database):
    """The record as one process sees it."""

    def __init__(self, url: str, life: Life) -> None:
        super().__init__(url)
        self._life = life

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        self._life.check()
        return super().read(work)

    def write(
        self, work: Callable[[sa.Connection], T], *, landed: Callable[[sa.Connection], T | None] | None = None
    ) -> T:
        self._life.check()
        return super().write(work, landed=landed)


class NoPace:
    """Nobody waits for anybody: budgets are tested elsewhere."""

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        return 0.0

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        return None


class MortalSlack(Slack):
    """Slack as one process sees it. `dies` says at which call the process ends: before it, or when it is done."""

    def __init__(self, sandbox: Sandbox, life: Life) -> None:
        super().__init__(sandbox.ready["bot_token"], base_url=sandbox.ready["api_url"], pace=NoPace(), timeout=300)
        self._life = life
        self.dies = ""

    async def post(
        self, channel: str, message: Message, *, slot: str, thread_ts: str = "", before: Before | None = None
    ) -> Posted:
        return await self._mortal(super().post(channel, message, slot=slot, thread_ts=thread_ts, before=before))

    async def edit(
        self, channel: str, ts: str, message: Message, *, patient: bool, before: Before | None = None
    ) -> bool:
        return await self._mortal(super().edit(channel, ts, message, patient=patient, before=before))

    async def lay_down(self, attachment: Attachment) -> str:
        return await self._mortal(super().lay_down(attachment))

    async def share(self, channel: str, file: str, title: str, *, thread_ts: str, before: Before | None = None) -> None:
        await self._mortal(super().share(channel, file, title, thread_ts=thread_ts, before=before))

    async def _mortal(self, call: Coroutine[Any, Any, T]) -> T:
        if self._life.dead or self.dies == "before":
            self._life.dead = True
            call.close()
            raise StoreDown("this process is dead", reason="refused")
        answer = await call
        if self.dies == "after":
            self._life.dead = True
            raise StoreDown("this process is dead", reason="refused")
        return answer


@dataclass(eq=False)
class Question:
    """A collector that was asked and waits for what we make its source answer."""

    hold: tuple[str, int]  # the run it is asked for, and the fence by which that is held now
    tell: Callable[[Finding], Awaitable[None]]
    answer: asyncio.Future[Look]


@dataclass(eq=False)
class Worker:
    """A worker process, or a notifier process, that lives until it is killed or stopped."""

    life: Life
    store: Store
    slack: MortalSlack
    workshop: Workshop
    reporter: Reporter
    asked: list[Question] = field(default_factory=list)
    under_way: set[Future[Any]] = field(default_factory=set)


class Mortals:
    """The workers of one record and one workspace, and the loop they all run on."""

    def __init__(self, url: str, sandbox: Sandbox) -> None:
        self.url, self.sandbox = url, sandbox
        self.store = Store(Database(url))  # our own view: it never dies
        self.workers: list[Worker] = []
        self.buried: list[Worker] = []
        self.asked: list[Question] = []  # by all of them, ever
        self._loop = HastyLoop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def hire(self) -> Worker:
        return self._run(self._hire())

    async def _hire(self) -> Worker:
        life, asked = Life(), list[Question]()
        store, slack = Store(MortalDatabase(self.url, life)), MortalSlack(self.sandbox, life)

        async def ask(
            collector: Collector,
            target: Target,
            on_finding: Callable[[Finding], Awaitable[None]],
            *,
            asker: Asked,
            options: frozenset[str] = frozenset(),
            on_answer: OnAnswer | None = None,
        ) -> Look:
            question = Question(self._hold(collector, target), on_finding, asyncio.get_running_loop().create_future())
            asked.append(question)
            self.asked.append(question)
            return await question.answer

        async def changed(_scan_id: str) -> None:  # hints are ours to deliver, late, twice or never
            return None

        workshop = Workshop(store, ask, changed, lease=LEASE)
        reporter = Reporter(store, Alone(slack), key=KEY, lease=LEASE, calm=0.0)
        worker = Worker(life, store, slack, workshop, reporter, asked)
        self.workers.append(worker)
        return worker

    def _hold(self, collector: Collector, target: Target) -> tuple[str, int]:
        """Only one run asks a question at a time: the one in flight."""
        held = {"collector": collector.name, "value": target.value}
        (row,) = self.store.database.read(lambda db: db.execute(sa.text(LEADS), held).all())
        return row.id, row.fence

    def work(self, worker: Worker, scan_id: str) -> None:
        """Deliver the task that runs a scan; it goes on by itself."""
        worker.under_way.add(asyncio.run_coroutine_threadsafe(worker.workshop.work(scan_id), self._loop))

    def tell(self, worker: Worker, scan_id: str, *, dies: str = "") -> None:
        """Deliver the task that tells a scan, and wait until it did what it could."""
        worker.slack.dies = dies
        self._run(worker.reporter.deliver(scan_id))
        if worker.life.dead:
            self.bury(worker)

    def answer(self, question: Question, outcome: Outcome | None, findings: Sequence[Finding]) -> None:
        """Let the source answer, if anybody still waits for it; without an outcome it only says a part."""
        self._run(_answered(question, outcome, findings))

    def bury(self, worker: Worker) -> None:
        """SIGKILL: nothing it does from now on reaches anybody."""
        worker.life.dead = True
        worker.life.thawed.set()
        self._run(worker.workshop.drain())
        self._take_away(worker)

    def stop(self, worker: Worker) -> None:
        """SIGTERM: it gives its runs back."""
        worker.life.thawed.set()
        self._run(worker.workshop.drain())
        self._run(worker.reporter.drain())
        self._take_away(worker)

    def attend(self, worker: Worker) -> None:
        """What an attendant does now and then: show that the runs are still held."""
        held = [replace(HELD, id=each.hold[0], fence=each.hold[1]) for each in worker.asked if not each.answer.done()]
        worker.store.runs.pulse(held, lease=LEASE)

    def settle(self, but: Life | None = None) -> None:
        """Give what is under way a moment to end; what waits for a source's answer will not."""
        awake = [worker for worker in self.workers if worker.life is not but]
        waiting = {asyncio.wrap_future(each, loop=self._loop) for worker in awake for each in worker.under_way}
        if waiting:
            self._run(_wait(waiting))

    def _take_away(self, worker: Worker) -> None:
        self.workers.remove(worker)
        self.buried.append(worker)

    def close(self) -> None:
        for worker in list(self.workers):
            self.stop(worker)
        for worker in self.buried:
            for each in worker.under_way:
                each.exception(WITHIN)  # what a dead process raised is nobody's business
            self._run(worker.slack.close())
            worker.store.close()
        self.store.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN)
        self._run_down()

    def _run_down(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN)


async def _wait(work: set[asyncio.Future[Any]]) -> None:
    await asyncio.wait(work, timeout=2.0)


async def _answered(question: Question, outcome: Outcome | None, findings: Sequence[Finding]) -> None:
    if question.answer.done():
        return
    if outcome is None:
        await asyncio.sleep(GATHER)  # so that what comes now is saved at once
    try:
        for each in findings:
            await question.tell(each)
    except StoreDown:
        return
    if outcome is not None and not question.answer.done():
        reason = "down" if outcome in (Outcome.FAILED, Outcome.PARTIAL) else ""
        sentence = "The source is out of order." if reason else ""
        at = None if outcome is Outcome.FAILED else clock.now()
        question.answer.set_result(Look(outcome, reason, sentence, at, ()))
