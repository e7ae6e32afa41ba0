"""Calling back from a test: an ended scan, the door to receivers, and what the record says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from collectors.doors.courier import open_courier
from core.models import Outcome, Scan
from core.store import Store
from tasks.calling import CallingBack
from tests.collectors.canned import sample_settings
from tests.core.stores import claimed, finding, opened
from tests.servers import until


@asynccontextmanager
async def calls(store: Store, allow: tuple[str, ...] = ("127.0.0.0/8",), **more: Any) -> AsyncIterator[CallingBack]:
    settings = sample_settings(allow=allow, **{"dns_servers": ("127.0.0.1:1",), "sources_pace": 0.001} | more)
    async with open_courier(settings) as courier:
        yield CallingBack(store, courier, settings)


def ended(store: Store, url: str, **more: Any) -> Scan:
    scan = opened(store, "dns", callback=url, **more)
    assert store.runs.close(claimed(store, scan), Outcome.FOUND, findings=[finding("192.0.2.1", direct_only=True)])
    return scan


def states(store: Store, scan: Scan) -> list[tuple[int, str, int]]:
    return [(each.round, each.state, each.tries) for each in store.callbacks.of(scan.id)]


async def tell(calling_back: CallingBack, store: Store, scan: Scan, times: int = 1) -> None:
    """What the sweeper does, again and again."""
    for _ in range(times):
        await asyncio.to_thread(until, "the callback to be due", lambda: store.callbacks.waiting() == [scan.id])
        await calling_back.call(scan.id)
