"""The tick that heals: work nobody holds is queued again, threads that lag are told, old keys are forgotten."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial

import structlog
from celery.signals import worker_ready

from core.errors import QueueDown, StoreDown
from core.metrics import count
from core.seal import Seal, sealer
from core.store import Approval
from tasks import queue
from tasks.cards import begin_approved, expire, tell
from tasks.casework import TEND
from tasks.leaving import stop_scans
from tasks.process import Process, worker
from tasks.scan import announce_all

log = structlog.get_logger()

IDLE = 15.0  # seconds a queued run may wait while its queue is empty: its task is lost
BUSY = 120.0  # ... and while the queue is full: it is probably in there
EARLY = 0.5  # of the period: ticks that piled up while nobody swept are one
HOURLY = 3600.0  # seconds between looks for raw answers whose time is over
LATE = 3.0  # periods without a tick after which a process sweeps unasked: beat is gone, or its clock was set back


class _Rounds:
    """When this process swept last, by its own count of seconds."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._turn = threading.Lock()

    def due(self, least: float) -> bool:
        """Whether the last sweep was so many seconds ago; then this counts as one."""
        with self._turn:
            now = time.monotonic()
            if self._last is not None and now - self._last < least:
                return False
            self._last = now
            return True


_rounds, _clearing = _Rounds(), _Rounds()


@queue.app.task(name="tasks.sweep.sweep")
def sweep(**_: object) -> None:
    """Send again what the queue lost. Several sweepers at once do no harm: everything they send is claimed."""
    _loop, process = worker()
    if _rounds.due(process.settings.sweep_every * EARLY):
        _sweep(process)


def _sweep(process: Process) -> None:
    overdue, lease = process.store.overdue, process.settings.run_lease
    try:
        # Nobody could extend a lease while the record was away: their holders get one more.
        steady = process.store.database.steady_for() > lease
        scans = set(overdue.reclaim(lease=lease) if steady else ())
        scans.update(overdue.queued(older_than=BUSY if queue.length("scan") else IDLE))
        overdue.vacate(lease=lease)
        untold = overdue.untold()
        callbacks, pivots = process.store.callbacks.waiting(), process.store.pivotings.waiting()
        cases = process.store.cases.due()
        overdue.tidy()
        process.store.chain.extend()
        expire(process.store)
        approved = begin_approved(process.store, process.settings)
        stop_scans(process.store)
        if _clearing.due(HOURLY):
            _clear_out(process)
    except (StoreDown, QueueDown) as error:
        log.warning("nothing swept", why=str(error))
        count("gumshoe_sweeps_total", result="failed")
        return
    announce_all(approved)
    if process.workspaces is not None:
        worker()[0].start(tell(process.store, process.workspaces, partial(_seal, process)))
    found = {
        "tasks.scan.run": sorted(scans),
        "tasks.report.deliver": untold,
        "tasks.callbacks.call": callbacks,
        TEND: cases,
        "tasks.pivots.spread": pivots,
    }
    try:
        for task, ids in found.items():
            for scan_id in ids:
                queue.send(task, scan_id)
                count("gumshoe_swept_total", task=queue.module_of(task))
    except QueueDown as error:  # what was not sent is overdue again after a while
        log.warning("not all sent that was swept", why=str(error), next=error.step)
        count("gumshoe_sweeps_total", result="failed")
        return
    count("gumshoe_sweeps_total", result="done")
    if any(found.values()):
        log.info("swept", scans=len(scans), threads=len(untold), callbacks=len(callbacks), cases=len(cases))


def _seal(process: Process, approval: Approval) -> Seal:
    return sealer(process.settings.seal_key, approval.place.team, made=approval.asked_at)


def _clear_out(process: Process) -> None:
    """Delete quiet looks of watches that are old, and the raw answers whose time is over, or that no run refers to."""
    looks = sum(iter(partial(process.store.thinning.thin, days=process.settings.quiet_days), 0))
    if looks:
        log.info("quiet looks deleted", looks=looks)
    answers, days = process.store.answers, process.settings.answers_days
    gone = sum(iter(partial(answers.tidy, days=days), 0))
    if gone:
        log.info("raw answers deleted", answers=gone)


@worker_ready.connect
def _keep_sweeping(**_: object) -> None:
    if "maint" in queue.app.amqp.queues.consume_from:
        loop, process = worker()
        loop.start(_unasked(process))


async def _unasked(process: Process) -> None:
    """Sweep also without beat, which goes by the machine's clock and sends nothing for as long as that was set back."""
    period = process.settings.sweep_every
    while True:
        await asyncio.sleep(period)
        if _rounds.due(period * LATE):
            await asyncio.to_thread(_sweep, process)
