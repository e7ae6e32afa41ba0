"""The task that tells a scan's callback."""

from __future__ import annotations

from tasks import queue
from tasks.process import worker


@queue.app.task(name="tasks.callbacks.call")
def call(scan_id: str, **_: object) -> None:
    """Start telling, without waiting: receivers may be slow, and threads are few. Should this process end meanwhile,
    the sweeper sends it again when the claim is over."""
    loop, process = worker()
    if process.calling_back is not None:
        loop.start(process.calling_back.call(scan_id))
