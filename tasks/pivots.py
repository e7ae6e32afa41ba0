"""The task that pivots for scans that were asked with depth=1."""

from __future__ import annotations

import asyncio

import structlog

from core.errors import BadQuestion, StoreDown
from tasks import queue
from tasks.process import Process, worker
from tasks.scan import way_of
from tasks.spreading import spread

log = structlog.get_logger()


@queue.app.task(name="tasks.pivots.spread")
def pivot(scan_id: str, **_: object) -> None:
    """Start what is due of a scan, without waiting. Should this process end meanwhile, the sweeper sends it again when
    the claim is over."""
    loop, process = worker()
    loop.start(spread_soon(process, scan_id))


async def spread_soon(process: Process, scan_id: str) -> None:
    """Start what is due of a scan, if anything is, and have its thread say so."""
    try:
        new = await asyncio.to_thread(spread, process.store, process.settings, scan_id)
        if new:
            scan = await asyncio.to_thread(process.store.scans.get, scan_id)
            await queue.hint_change(way_of(scan), scan_id)
    except (StoreDown, BadQuestion) as error:
        log.warning("not pivoted", scan=scan_id, why=str(error))
    except KeyError:
        log.warning("no such scan", scan=scan_id)
