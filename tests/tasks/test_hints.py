"""Hints that come together are sent together, and the last one is never swallowed."""

from __future__ import annotations

import asyncio

from tasks.hints import Hints


async def test_the_first_hint_goes_at_once_and_the_rest_as_one() -> None:
    sent: list[str] = []
    third = asyncio.Event()

    async def send(scan_id: str) -> None:
        sent.append(scan_id)
        if len(sent) == 3:
            third.set()

    hints = Hints(send, gap=0.01)
    await hints.tell("one")
    assert sent == ["one"]
    for scan_id in ("one", "one", "two", "one"):
        await hints.tell(scan_id)
    assert sent == ["one", "two"]
    await asyncio.wait_for(third.wait(), 10)
    assert sent == ["one", "two", "one"]
    await hints.flush()


async def test_what_still_waits_is_sent_when_the_process_stops() -> None:
    sent: list[str] = []

    async def send(scan_id: str) -> None:
        sent.append(scan_id)

    hints = Hints(send, gap=3600)
    for scan_id in ("one", "one", "two"):
        await hints.tell(scan_id)
    await hints.flush()
    assert sent == ["one", "two", "one"]
    await hints.tell("two")
    assert sent[3:] == ["two"]
    await hints.flush()
