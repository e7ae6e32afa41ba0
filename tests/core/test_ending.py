"""Tasks are brought to their end, also one that loses its cancellation on the way."""

from __future__ import annotations

import asyncio

import pytest

from core import ending
from core.ending import ended


class Loses:
    """Loops for ever, and loses the first cancellations, as `asyncio.wait_for` does when an answer comes with one."""

    def __init__(self, times: int) -> None:
        self.left = times

    async def run(self) -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if not self.left:
                    raise
                self.left -= 1


async def test_a_task_that_loses_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN", 0.01)
    loses, once = Loses(2), Loses(0)
    tasks = [asyncio.create_task(each.run()) for each in (loses, once)]
    await asyncio.sleep(0)
    await ended(*tasks)
    assert [each.cancelled() for each in tasks] == [True, True]
    assert loses.left == 0


async def test_what_a_task_returns_or_raises_is_left_to_it() -> None:
    async def fails() -> None:
        raise ValueError("its own")

    async def answers() -> int:
        return 7

    tasks: list[asyncio.Task[object]] = [asyncio.create_task(fails()), asyncio.create_task(answers())]
    await asyncio.sleep(0)
    await ended(*tasks)
    assert isinstance(tasks[0].exception(), ValueError)
    assert tasks[1].result() == 7


async def test_nothing_is_ended_at_once() -> None:
    await ended()
