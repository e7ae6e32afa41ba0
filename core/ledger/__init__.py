"""What sources grant and what became of it: budgets for a day and a month, keys that rest, breakers that are open.

One ledger over all processes, in Redis, which may forget or be away at any time: every process knows its own part and
hands it over. Keys and people stand in it as short digests only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import redis.asyncio

from core import clock
from core.ledger.budgets import LATELY, NEARLY, SCARCE, Taken, Windows
from core.ledger.line import REST, Line
from core.ledger.nouns import (
    NOBODY,
    Account,
    Count,
    Drawer,
    Period,
    Quota,
    Spent,
    Standing,
    Trouble,
    Window,
    fingerprint,
    windows,
)
from core.ledger.troubles import Breaker, Troubles

__all__ = [
    "LATELY",
    "NEARLY",
    "NOBODY",
    "SCARCE",
    "Account",
    "Breaker",
    "Count",
    "Drawer",
    "Ledger",
    "Period",
    "Quota",
    "Spent",
    "Standing",
    "Taken",
    "Trouble",
    "Window",
    "fingerprint",
    "windows",
]


class Ledger:
    """One per process; without a client it shares with nobody: the terminal, and tests. Without `breakers` nothing
    rests however often it fails."""

    def __init__(
        self,
        client: redis.asyncio.Redis | None = None,
        prefix: str = "gumshoe:ledger:",
        *,
        now: Callable[[], datetime] = clock.now,
        rest: float = REST,
        breakers: bool = True,
    ) -> None:
        line = Line(client, prefix, rest=rest)
        self.now = now
        self.windows = Windows(line, now=now)
        self.troubles = Troubles(line, now=now, breakers=breakers)
