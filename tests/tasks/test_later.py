"""A run is put off when that is within reason, and somebody is told when it is due."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from collectors.run import Look
from core import clock
from core.models import Outcome, Run, RunState
from core.store import MOST_PUT_OFF, Store
from tasks.later import Later
from tests.core.stores import claimed, opened


def refused(seconds: float | None) -> Look:
    return Look(Outcome.SKIPPED, "quota", "Our budget is used up.", None, (), later=seconds)


class Told:
    """Who is told that a run is due."""

    def __init__(self) -> None:
        self.scans: list[str] = []
        self.heard = asyncio.Event()

    async def __call__(self, scan_id: str) -> None:
        self.scans.append(scan_id)
        self.heard.set()


@pytest.fixture
def run(store: Store) -> Run:
    return claimed(store, opened(store, "dns"))


async def test_it_goes_back_into_the_queue_and_is_announced_when_due(store: Store, run: Run) -> None:
    told = Told()
    assert await Later(store, told, factor=0.01).put_off(run, refused(80))  # a second is the least
    assert store.runs.get(run.id).state is RunState.QUEUED
    async with asyncio.timeout(20):
        await told.heard.wait()
    assert told.scans == [run.scan_id]


@pytest.mark.parametrize("seconds", [None, MOST_PUT_OFF + 1])
async def test_what_is_beyond_reason_is_closed_instead(store: Store, run: Run, seconds: float | None) -> None:
    assert await Later(store, Told()).put_off(run, refused(seconds)) is False
    assert store.runs.get(run.id).state is RunState.RUNNING


async def test_all_waiting_together_is_bounded(store: Store, run: Run) -> None:
    waited = replace(run, put_off=clock.now() - timedelta(seconds=MOST_PUT_OFF - 60))
    later = Later(store, Told())
    assert await later.put_off(waited, refused(90)) is False
    assert await later.put_off(waited, refused(30))
    later.stop()


async def test_where_nobody_would_come_back_for_it_nothing_is_put_off(store: Store, run: Run) -> None:
    assert await Later(store, None).put_off(run, refused(5)) is False
