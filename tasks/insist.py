"""Asks the record until it answers: what was found or said is kept in the process meanwhile, not dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import chain, repeat
from typing import Any, TypeVar

import structlog

from core.errors import StoreDown

log = structlog.get_logger()
T = TypeVar("T")

PAUSES = (0.25, 0.5, 1.0, 2.0)  # seconds between tries; the last one for as long as it takes


async def insist(work: Callable[..., T], *words: Any, **named: Any) -> T:
    """Do blocking work of the record in a thread, again and again while it is away. Whoever waits is cancelled
    when that no longer makes sense: the run was taken over, the process stops.

    Raises:
        StoreDown: it answers, and will never take this.
    """
    first = True
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        try:
            return await asyncio.to_thread(partial(work, *words, **named))
        except StoreDown as error:
            if error.reason == "refused":
                raise
            if first:
                log.warning("the record does not answer; kept, and tried again", work=work.__name__, why=str(error))
            first = False
        await asyncio.sleep(pause)
    raise AssertionError("unreachable")
