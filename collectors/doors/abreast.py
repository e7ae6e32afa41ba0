"""Many questions at once, their answers in the order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")


async def abreast(
    questions: Iterable[Callable[[], Coroutine[Any, Any, T]]], *, at_once: int
) -> AsyncGenerator[T, None]:
    """Ask at most so many at once, begin the next when one is done, and give each answer when it is there.

    One that hangs keeps its own place only. Whoever stops listening ends all that still run.
    """
    waiting = iter(questions)
    running = {asyncio.create_task(ask()) for ask in islice(waiting, at_once)}
    try:
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            running |= {asyncio.create_task(ask()) for ask in islice(waiting, len(done))}
            for each in done:
                yield each.result()
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
