"""Where runs are done: claims them, asks their collectors side by side on one loop, closes each once."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime

import structlog

import collectors
from collectors.declare import Collector
from core import clock, traces
from core.ending import ended
from core.errors import StoreDown
from core.models import Outcome, Priority, Run, Scan
from core.recorded import OUR_SIDE, STOPPED, UNKNOWN
from core.store import Store
from tasks.asked import Asked, Asking
from tasks.insist import insist
from tasks.keep import Changed, Keep
from tasks.later import Later
from tasks.traced import of_run

log = structlog.get_logger()

ATTEND = 0.25  # of the lease: how often it is extended
GLANCE = 0.5  # seconds between looks at the record: cancelling takes effect within one
LAST_WORDS = 4.0  # seconds an answer gets to be written down when the process stops
NOT_SHARED = frozenset({"worker_lost", "bug", "cancelled"})  # what ended a run of somebody else without an answer

Hold = tuple[str, int]  # a run and its fence: who lost a run may claim it anew while its first hold still ends


@dataclass(eq=False)
class Held:
    """A run this process holds, its asyncio task, what it found that is not saved yet, whether it has its answer
    and only writes it down, and why it was stopped."""

    run: Run
    task: asyncio.Task[None]
    keep: Keep
    answered: bool = False
    why: str = ""


class Workshop:
    """One per process. `changed` is called with a scan's id whenever its thread should say something new; `later`
    takes the runs whose source may not be asked yet."""

    def __init__(
        self, store: Store, ask: Asking, changed: Changed, *, lease: float, later: Later | None = None
    ) -> None:
        self._store = store
        self._ask = ask
        self._lease = lease
        self._changed = changed
        self._later = later or Later(store, None)
        self._held: dict[Hold, Held] = {}
        self._awaited: dict[str, asyncio.Future[Run]] = {}
        self._attendant: asyncio.Task[None] | None = None
        self._hand = ThreadPoolExecutor(1, "attendant")  # its own: hints to a slow Redis fill the common one
        self._draining = False
        self._given_back: set[str] = set()

    @property
    def held(self) -> tuple[Run, ...]:
        """The runs it holds."""
        return tuple(each.run for each in list(self._held.values()))

    @property
    def given_back(self) -> frozenset[str]:
        """The scans with runs that were given back while stopping: another worker must be told of them."""
        return frozenset(self._given_back)

    async def work(self, scan_id: str) -> None:
        """Do this scan's queued runs. Safe to call twice, late, or for a scan that is done."""
        if self._draining:
            self._given_back.add(scan_id)
            return
        if self._attendant is None or self._attendant.done():
            self._attendant = asyncio.create_task(self._attend(), context=Context())
        claimed = await asyncio.to_thread(self._store.runs.claim_waiting, scan_id, lease=self._lease)
        if not claimed:
            return
        if self._draining:  # told to stop while we claimed them
            await self._give_back([run for run, _ in claimed])
            return
        scan = await insist(self._store.scans.get, scan_id)
        # Held before anybody is told: while Redis keeps the hint waiting, their leases must be extended.
        holding = (of_run(scan, run, self._hold(scan, run, key)) for run, key in claimed)
        await asyncio.gather(*holding, self._changed(scan_id))

    async def drain(self) -> None:
        """Stop: give every held run back to the queue, unfinished."""
        self._draining = True
        held = list(self._held.values())
        if answered := [each.task for each in held if each.answered]:
            await asyncio.wait(answered, timeout=LAST_WORDS)
        for each in held:
            each.why = each.why or "drained"
        await ended(*(each.task for each in held))
        self._later.stop()
        if self._attendant is not None:
            await ended(self._attendant)

    def hand_over(self) -> frozenset[str]:
        """What was given back so far, which whoever asks now tells the others of."""
        told, self._given_back = self.given_back, set()
        return told

    def resume(self) -> None:
        """Take work again after a drain."""
        self._draining = False

    async def _hold(self, scan: Scan, run: Run, key: str) -> None:
        if self._draining:  # told to stop between the claim and here: drain() did not see this run
            await self._give_back([run])
            return
        keep = Keep(self._store, run, self._changed)
        task = asyncio.create_task(self._do(scan, run, key, keep))
        hold = (run.id, run.fence)
        held = self._held[hold] = Held(run, task, keep)
        try:
            await asyncio.wait({task})
            await self._settle(held)
        finally:
            if not task.done():
                task.cancel()
            del self._held[hold]
        await self._changed(scan.id)

    async def _settle(self, held: Held) -> None:
        """What is left to write when a run's task ended other than by closing the run itself."""
        run, task = held.run, held.task
        if task.cancelled():
            if held.why == "cancelled":
                await self._close(run, Outcome.CANCELLED, reason="cancelled", message=STOPPED, keep=held.keep)
            elif held.why == "drained":
                await self._give_back([run])
            return
        error = task.exception()
        if error is None:
            return
        log.error("run failed on our side", run=run.id, scan=run.scan_id, exc_info=error)
        found = None if isinstance(error, StoreDown) else held.keep  # refused: they may be what it cannot take
        await self._close(run, Outcome.FAILED, reason="bug", message=OUR_SIDE, keep=found)

    async def _give_back(self, runs: list[Run]) -> None:
        await asyncio.to_thread(self._store.runs.give_back, runs)
        self._given_back.update(run.scan_id for run in runs)

    async def _do(self, scan: Scan, run: Run, key: str, keep: Keep) -> None:
        collector = collectors.known().get(run.collector)
        if collector is None:
            message = UNKNOWN.format(name=run.collector)
            await self._close(run, Outcome.FAILED, reason="unknown_collector", message=message)
        elif not await self._shared(scan, run, collector, key):
            await self._look(scan, run, collector, keep)

    async def _shared(self, scan: Scan, run: Run, collector: Collector, key: str) -> bool:
        """Take an answer that is still fresh, or the one somebody is asking for right now; False when it is
        ours to ask. One who wants fresh answers takes those given since they asked."""
        asked_at = scan.round_at or scan.created_at
        while True:
            since = (clock.now() - asked_at).total_seconds()
            life, life_nothing = (since, since) if scan.fresh else (collector.life, collector.life_nothing)
            old, leader = await insist(
                self._store.runs.take_off, run, key, lease=self._lease, life=life, life_nothing=life_nothing
            )
            if old is not None and old.answered_at is not None:
                await self._copy(run, old, cached=old.answered_at < asked_at)
                return True
            if leader == run.id:
                return False
            other = await self._closing(leader, within=self._lease / 4)
            if other is not None and other.reason not in NOT_SHARED:
                await self._copy(run, other, cached=False)
                return True

    async def _copy(self, run: Run, other: Run, *, cached: bool) -> None:
        await self._close(
            run,
            other.outcome or Outcome.FAILED,
            reason=other.reason,
            message=other.message,
            answered_at=other.answered_at,
            cached=cached,
            same_as=other,
        )

    async def _look(self, scan: Scan, run: Run, collector: Collector, keep: Keep) -> None:
        options = frozenset(option.name for option in collector.wanted(scan.options))
        patient = scan.priority is not Priority.INTERACTIVE
        asker = Asked(scan.place.team, scan.round_by or scan.asker.user, scan.place.channel, patient)
        look = await self._ask(collector, scan.target, keep.add, asker=asker, options=options, on_answer=keep.answered)
        if await self._later.put_off(run, look):
            return
        await self._close(
            run,
            look.outcome,
            reason=look.reason,
            message=look.message,
            answered_at=look.answered_at,
            keep=keep,
        )

    async def _close(
        self,
        run: Run,
        outcome: Outcome,
        *,
        reason: str = "",
        message: str = "",
        answered_at: datetime | None = None,
        cached: bool = False,
        same_as: Run | None = None,
        keep: Keep | None = None,
    ) -> None:
        """While the record is away the answer is kept here, and tried again until it is written or taken over."""
        self._held[(run.id, run.fence)].answered = True
        closed = await insist(
            self._store.runs.close,
            run,
            outcome,
            reason=reason,
            message=message,
            answered_at=answered_at,
            cached=cached,
            same_as=same_as,
            findings=keep.rest() if keep is not None else (),
            answers=keep.rest_of_answers() if keep is not None else (),
        )
        traces.note(outcome=str(outcome), reason=reason, cached=cached)
        word = "run closed" if closed else "late result refused"
        log.info(word, run=run.id, scan=run.scan_id, collector=run.collector, outcome=str(outcome), reason=reason)

    async def _closing(self, run_id: str, *, within: float) -> Run | None:
        """The run once it is closed, or None when that takes longer."""
        future = self._awaited.setdefault(run_id, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(within):
                return await asyncio.shield(future)
        except TimeoutError:
            return None

    async def _attend(self) -> None:
        """Every half second: stop what was cancelled or lost, wake who waits; now and then extend the leases."""
        loop = asyncio.get_running_loop()
        extended = loop.time()
        while True:
            await asyncio.sleep(GLANCE)
            due = loop.time() - extended >= self._lease * ATTEND
            try:
                await self._glance(lease=self._lease if due else None)
            except StoreDown:
                log.warning("the record does not answer; leases are not extended", held=len(self._held))
                continue
            if due:
                extended = loop.time()

    async def _glance(self, *, lease: float | None) -> None:
        held = [each.run for each in self._held.values()]
        if held:
            extend = functools.partial(self._store.runs.pulse, held, lease=lease)
            pulse = await asyncio.get_running_loop().run_in_executor(self._hand, extend)
            for why, holds in (("lost", pulse.lost), ("cancelled", pulse.cancelled)):
                for hold in holds:
                    self._stop(hold, why)
        if self._awaited:
            closed = await asyncio.to_thread(self._store.runs.closed_among, list(self._awaited))
            for run_id, run in closed.items():
                self._awaited.pop(run_id).set_result(run)

    def _stop(self, hold: Hold, why: str) -> None:
        each = self._held.get(hold)
        if each is None or each.why or each.task.done():
            return
        if each.answered and why == "cancelled":
            return  # the answer is there: it is written down, not thrown away
        log.info("run stopped", run=each.run.id, why=why)
        each.why = why
        each.task.cancel()
