"""For whom a run asks, and how a collector is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from collectors.declare import Collector
from collectors.doors.evidence import OnAnswer
from collectors.run import Look
from core.models import Finding, Target


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom a run asks: budgets that are scarce are shared out among people and channels."""

    team: str
    user: str
    channel: str
    patient: bool = False  # nobody sits and waits for the answer


class Asking(Protocol):
    """How a collector is asked: collectors.run.look with a Fetch, in real life."""

    async def __call__(
        self,
        collector: Collector,
        target: Target,
        on_finding: Callable[[Finding], Awaitable[None]],
        *,
        asker: Asked,
        options: frozenset[str] = frozenset(),
        on_answer: OnAnswer | None = None,
    ) -> Look: ...
