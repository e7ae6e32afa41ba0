"""A worker fetches what waits in the record: no more than it has room for, nothing while it rests, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import StoreDown
from core.models import Asker, Kind, Outcome, Place, Priority, Target
from core.store import Ask, Choice, Store, open_store
from tasks import fetching
from tasks.fetching import Fetching
from tests.servers import until

ROOM = 3


class Bench:
    """A record with bulk scans, and work on them that lasts until it is let go."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.begun: list[str] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.fetching = Fetching(store, self._work, room=ROOM)

    def write(self, many: int) -> None:
        for number in range(many):
            target = Target(Kind.DOMAIN, f"n{number}.example.com")
            choices = (Choice("dns", f"dns:{number}"),)
            place = Place("T0SANDBOX")
            self.store.scans.open([Ask(target, choices, Asker("U0ADA"), place, "api", priority=Priority.BULK)])

    async def _work(self, scan_id: str) -> None:
        self.begun.append(scan_id)
        if self.error is not None:
            raise self.error
        ((run, _key),) = self.store.runs.claim_waiting(scan_id, lease=30)
        await self.gate.wait()
        self.store.runs.close(run, Outcome.NOTHING)

    async def begins(self, many: int) -> None:
        """Wait until so many were begun."""
        await asyncio.to_thread(until, f"{many} to be begun", lambda: len(self.begun) >= many)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(open_store(f"sqlite:///{tmp_path / 'record.sqlite3'}"))
    yield made
    made.fetching.stop()
    made.gate.set()
    await made.fetching.settle()
    made.store.close()


async def test_no_more_are_taken_than_there_is_room_for_and_the_next_as_soon_as_there_is(bench: Bench) -> None:
    bench.write(2 * ROOM + 1)
    bench.fetching.start()
    await bench.begins(ROOM)
    bench.fetching.stir()
    await asyncio.to_thread(bench.store.turns.demand)  # one more turn of the loop and the record
    assert len(bench.begun) == ROOM
    bench.gate.set()
    await bench.begins(2 * ROOM + 1)
    assert len(set(bench.begun)) == len(bench.begun), "one was taken twice"


async def test_one_that_rests_takes_nothing_until_it_goes_on(bench: Bench) -> None:
    bench.gate.set()
    bench.fetching.start()
    bench.fetching.stop()
    bench.write(1)
    bench.fetching.stir()
    await asyncio.to_thread(bench.store.turns.demand)
    assert bench.begun == []
    bench.fetching.start()
    await bench.begins(1)


@pytest.mark.parametrize("error", [StoreDown("away"), KeyError("gone"), ZeroDivisionError()])
async def test_work_that_fails_does_not_end_the_fetching(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(fetching, "GLANCE", 0.05)
    bench.write(1)
    bench.error = error
    bench.fetching.start()
    await bench.begins(1)
    bench.error = None
    bench.gate.set()
    await asyncio.to_thread(until, "the scan to end", lambda: not bench.store.turns.demand()[-1].waiting)
    assert len(bench.begun) > 1
