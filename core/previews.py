"""What a scan would do, before anybody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.models import Option, Target


class Way(StrEnum):
    """What would become of a run."""

    ASK = "ask"
    KEPT = "kept"  # a kept answer would be used
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of what a collector's sources grant."""

    words: str = ""
    wait_s: float = 0.0  # seconds until it could be asked


@dataclass(frozen=True, slots=True)
class Step:
    """One collector in a plan."""

    collector: str
    title: str
    way: Way
    reason: str = ""  # why it would be skipped: a code, and a sentence
    sentence: str = ""
    age_s: float | None = None  # of the kept answer
    p50_s: float | None = None  # seconds that half of its latest runs took at most; None: nothing measured yet
    p95_s: float | None = None
    wait_s: float = 0.0  # seconds before its turn comes
    cost: str = ""  # what asking takes from what the source grants, in words
    options: tuple[str, ...] = ()  # that it would be asked with
    touches: bool = False  # asking touches the target itself
    spreads: bool = False  # asking tells many third parties


@dataclass(frozen=True, slots=True)
class Preview:
    """What a scan of one target would do."""

    target: Target
    steps: tuple[Step, ...]
    more: tuple[Option, ...] = ()  # options that could be added

    def of(self, way: Way) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.way is way)

    @property
    def seconds(self) -> float | None:
        """How long it would take, from what was measured: its collectors are asked side by side."""
        return max((step.wait_s + step.p50_s for step in self.of(Way.ASK) if step.p50_s is not None), default=None)

    @property
    def slow_s(self) -> float | None:
        """The same for a slow day: 19 of 20 runs were done by then."""
        return max((step.wait_s + step.p95_s for step in self.of(Way.ASK) if step.p95_s is not None), default=None)

    @property
    def unmeasured(self) -> int:
        """Collectors that would be asked and of which no time is known."""
        return sum(step.p50_s is None for step in self.of(Way.ASK))
