"""The tick that looks after watches and digests. Schedules are in the record; Beat only says that time has passed."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import structlog

from core.blocks.quota import shortages
from core.errors import QueueDown, StoreDown
from core.ledger import Quota
from tasks import queue
from tasks.digesting import nothing_short, tell_digests
from tasks.outlook import quota
from tasks.process import Process, worker
from tasks.scan import announce_all, way_of
from tasks.watching import look_after

log = structlog.get_logger()

QUOTA_WITHIN = 2.0  # seconds
_turn = threading.Lock()  # ticks that piled up are one


@queue.app.task(name="tasks.watches.due")
def due(**_: object) -> None:
    """Begin what is due, decide what has ended, post what is to be said. Several at once do no harm: each step is
    claimed in the record."""
    loop, process = worker()
    if not _turn.acquire(blocking=False):
        return
    try:
        look_once(process, short=_short(process))
    except StoreDown as error:
        log.warning("watches not looked after", why=str(error))
    finally:
        _turn.release()
    if process.posting is not None:
        loop.start(process.posting.post_due())


def look_once(process: Process, *, short: Quota | None = None) -> None:
    """One round, without posting."""
    came = look_after(process.store, process.settings)
    announce_all(came.begun)
    for news in came.told:
        try:
            queue.changed(way_of(news), news.id)
        except QueueDown as error:  # the sweeper finds it
            log.warning("change not hinted", scan=news.id, why=str(error), next=error.step)
    scarce = partial(shortages, short) if short is not None else nothing_short
    tell_digests(process.store, quota=scarce, language=process.settings.slack_language)
    process.store.notices.tidy()


def _short(process: Process) -> Quota | None:
    """What is left with each source, when a digest is due; nothing where that is not known in time."""
    if not process.store.digests.due():
        return None
    loop, _ = worker()
    asked = asyncio.wait_for(quota(process.ledger, process.settings), QUOTA_WITHIN)
    try:
        return loop.run(asked)
    except TimeoutError:
        return None
