"""Hints that come together are sent together, the last one is never swallowed, and nobody waits for a queue."""

from __future__ import annotations

import asyncio

from tasks.hints import Hints


class Queue:
    """Takes hints, or hangs, or is away."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.away = False
        self.open = asyncio.Event()
        self.open.set()
        self._more = asyncio.Event()

    async def send(self, scan_id: str) -> bool:
        self.sent.append(scan_id)
        self._more.set()
        await self.open.wait()
        return not self.away

    async def has(self, *sent: str) -> None:
        async with asyncio.timeout(10):
            while len(self.sent) < len(sent):
                self._more.clear()
                await self._more.wait()
        assert self.sent == [*sent]


async def test_the_first_hint_goes_at_once_and_the_rest_as_one() -> None:
    queue = Queue()
    hints = Hints(queue.send, gap=0.01)
    await hints.tell("one")
    await queue.has("one")
    for scan_id in ("one", "one", "two", "one"):
        await hints.tell(scan_id)
    await queue.has("one", "two", "one")
    await hints.flush()


async def test_what_still_waits_is_sent_when_the_process_stops() -> None:
    queue = Queue()
    hints = Hints(queue.send, gap=3600)
    await hints.tell("one")
    await queue.has("one")
    await hints.tell("one")
    await hints.tell("two")
    await queue.has("one", "two")
    await hints.flush()
    await queue.has("one", "two", "one")
    await hints.tell("two")
    await queue.has("one", "two", "one", "two")
    await hints.flush()


async def test_who_tells_does_not_wait_for_a_queue_that_hangs() -> None:
    queue = Queue()
    queue.open.clear()
    hints = Hints(queue.send, gap=0.01)
    async with asyncio.timeout(10):
        for scan_id in ("one", "two"):
            await hints.tell(scan_id)
    await queue.has("one", "two")
    await hints.tell("one")
    queue.open.set()
    await queue.has("one", "two", "one")  # told while it hung: it may have been read before that
    await hints.flush()


async def test_a_queue_that_is_away_is_left_alone_for_a_while() -> None:
    queue = Queue()
    queue.away = True
    hints = Hints(queue.send, gap=0.01, away=3600)
    await hints.tell("one")
    await queue.has("one")
    await asyncio.sleep(0)  # let it take note
    for number in range(50):
        await hints.tell(f"scan {number}")
    await asyncio.sleep(0)
    assert queue.sent == ["one"]


async def test_stopping_while_the_queue_is_away_does_not_try_every_scan() -> None:
    queue = Queue()
    queue.open.clear()
    hints = Hints(queue.send, gap=3600)
    for number in range(5):
        await hints.tell(f"scan {number}")
    await queue.has(*(f"scan {number}" for number in range(5)))
    queue.away = True
    queue.open.set()
    for number in range(5):
        await hints.tell(f"scan {number}")
    queue.sent.clear()
    await hints.flush()
    assert queue.sent == ["scan 0"]
