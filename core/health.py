"""How a collector has fared lately, as the record tells: for lists, plans and the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.models import ANSWERS, Outcome


@dataclass(frozen=True, slots=True)
class Health:
    """What a collector's own questions came to. Answers that were kept, or shared by another run, count nowhere."""

    collector: str
    answered_at: datetime | None = None  # when a source of it last answered; None: not on record
    hour: Mapping[Outcome, int] = field(default_factory=dict)  # how the runs of the last hour ended
    reason: str = ""  # the code of the newest failure of the last hour
    p50_s: float | None = None  # seconds that half of the runs took at most; None: nothing measured yet
    p95_s: float | None = None
    measured: int = 0  # runs that these two come from

    @property
    def asked(self) -> int:
        """Runs of the last hour."""
        return sum(self.hour.values())

    @property
    def failing(self) -> bool:
        """Whether it was asked lately, and failed without one answer."""
        return Outcome.FAILED in self.hour and not any(outcome in ANSWERS for outcome in self.hour)
