"""The task that brings a scan's thread up to the record."""

from __future__ import annotations

from tasks import queue
from tasks.pivots import spread_soon
from tasks.process import worker


@queue.app.task(name="tasks.report.deliver")
def deliver(scan_id: str, **_: object) -> None:
    """Start telling, without waiting: telling waits for Slack's budgets, and threads are few. Should this
    process end meanwhile, the record still says what is untold, and the sweeper sends it again. A later release
    may say more than the id."""
    loop, process = worker()
    if process.reporter is not None:
        loop.start(process.reporter.deliver(scan_id))
    if process.calling_back is not None:  # should this have been the end of a round, its callback need not be swept
        loop.start(process.calling_back.call(scan_id))
    loop.start(spread_soon(process, scan_id))  # the same with what it is to pivot to
