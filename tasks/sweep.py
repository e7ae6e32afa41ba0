"""The tick that heals: work nobody holds is queued again, threads that lag are told, old keys are forgotten."""

from __future__ import annotations

import structlog

from core.errors import QueueDown, StoreDown
from tasks import queue
from tasks.process import worker

log = structlog.get_logger()

IDLE = 15.0  # seconds a queued run may wait while its queue is empty: its task is lost
BUSY = 120.0  # ... and while the queue is full: it is probably in there


@queue.app.task(name="tasks.sweep.sweep")
def sweep() -> None:
    """Send again what the queue lost. Several sweepers at once do no harm: everything they send is claimed."""
    _, process = worker()
    overdue = process.store.overdue
    try:
        # Nobody could extend a lease while the record was away: their holders get one more.
        steady = process.store.database.steady_for() > process.settings.run_lease
        scans = set(overdue.reclaim() if steady else ())
        scans.update(overdue.queued(older_than=BUSY if queue.length("scan") else IDLE))
        untold = overdue.untold()
        overdue.tidy()
    except (StoreDown, QueueDown) as error:
        log.warning("nothing swept", why=str(error))
        return
    try:
        for task, ids in (("tasks.scan.run", sorted(scans)), ("tasks.report.deliver", untold)):
            for scan_id in ids:
                queue.send(task, scan_id)
    except QueueDown as error:  # what was not sent is overdue again after a while
        log.warning("not all sent that was swept", why=str(error), next=error.step)
        return
    if scans or untold:
        log.info("swept", scans=len(scans), threads=len(untold))
