"""How tasks are brought to their end."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN = 5.0  # seconds: longer than any of them needs to tidy up


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel these, and wait until they have ended; what they return or raise is left to them.

    Once may not be enough: before Python 3.12, `asyncio.wait_for` loses a cancellation that comes in the same moment
    as the answer it waits for (cpython#86296), and the clients of Redis and of websockets use it. A task that loops
    would then go on for ever, and we would wait for it as long.
    """
    left = set(tasks)
    while left:
        for each in left:
            each.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
