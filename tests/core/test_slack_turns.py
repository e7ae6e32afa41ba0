"""Lines for Slack's budgets: one booking at a time, pauses that bind those who wait, and a channel's own line first."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import Throttled
from core.pace import LocalPace
from core.slack.limits import Budget
from core.slack.turns import Step, Turns

SLOW = Step("chat.update", Budget(every=0.3, burst=1))
FAR = Step("chat.update", Budget(every=60, burst=1))


class Counted(LocalPace):
    """Counts the slots that were booked."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[str] = []

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        wait = await super().reserve(key, every=every, burst=burst, most=most)
        if every:
            self.taken.append(key)
        return wait


async def standing(*waits: asyncio.Task[float]) -> None:
    """Let everybody come as far as they can at once."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert not any(each.cancelled() for each in waits)


async def test_only_the_head_of_a_line_has_booked() -> None:
    pace = Counted()
    turns = Turns(pace, "T1")
    waits = [asyncio.create_task(turns.wait((FAR,), most=900)) for _ in range(6)]
    await standing(*waits)
    assert [each.done() for each in waits] == [True] + [False] * 5
    assert len(pace.taken) == 2
    for each in waits:
        each.cancel()


async def test_who_booked_before_a_pause_waits_for_its_end() -> None:
    turns = Turns(LocalPace(), "T1")
    await turns.wait((SLOW,), most=5)
    waiting = asyncio.create_task(turns.wait((SLOW,), most=5))
    await standing(waiting)
    await turns.hold(SLOW, 1)
    assert await waiting >= 1


async def test_a_long_pause_is_told_at_once_and_a_short_line_is_stood_in() -> None:
    turns = Turns(LocalPace(), "T1")
    await turns.hold(SLOW, 40)
    with pytest.raises(Throttled) as raised:
        await turns.wait((SLOW,), most=900)
    assert 39 < raised.value.retry_after <= 40
    assert str(raised.value).startswith("Slack asks me to wait")


async def test_who_is_in_a_hurry_leaves_a_long_line() -> None:
    turns = Turns(LocalPace(), "T1")
    patient = [asyncio.create_task(turns.wait((FAR,), most=900)) for _ in range(3)]
    await standing(*patient)
    with pytest.raises(Throttled):
        await turns.wait((FAR,), most=1)
    for each in patient:
        each.cancel()


async def test_a_crowded_channel_has_one_place_in_the_common_line() -> None:
    turns = Turns(LocalPace(), "T1")
    noisy, quiet = (Step(f"edits:{name}", Budget(every=0.0, burst=1)) for name in ("C1", "C2"))
    crowd = [asyncio.create_task(turns.wait((noisy, SLOW), most=900)) for _ in range(6)]
    await standing(*crowd)
    await turns.wait((quiet, SLOW), most=900)
    assert sum(each.done() for each in crowd) <= 3
    for each in crowd:
        each.cancel()
