"""What a thread says of the time that Slack's limits cost it: nothing, until people would notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from core import clock
from core.clock import span
from core.language import N_, tr
from core.store import Said

LATE = 30.0  # seconds


@dataclass(slots=True)
class Delay:
    """How long Slack held a thread back in this round, and until when it does now, as far as people notice."""

    round: int
    seconds: float = 0.0
    until: float = 0.0  # a pause that Slack asked for is counted up to this moment (Unix time)
    asked: float = 0.0  # what Slack asks for at this moment

    @classmethod
    def noted(cls, said: Mapping[str, Said], number: int) -> Self:
        """What the thread knows of the delay in this round."""
        new = cls(number)
        seconds, until = (float(said[slot].digest) if slot in said else 0.0 for slot in (new.slot, new.pause))
        return cls(number, seconds, until)

    @property
    def slot(self) -> str:
        """Where the seconds are noted."""
        return f"delay/{self.round}"

    @property
    def pause(self) -> str:
        """Where the end of the pause is noted."""
        return f"pause/{self.round}"

    def more(self, seconds: float) -> float:
        """How much of a pause that Slack asks for now was not counted yet: who comes too early meets the same again."""
        end = clock.now().timestamp() + seconds
        new, self.until = min(seconds, max(0.0, end - self.until)), max(end, self.until)
        return new

    @property
    def sentence(self) -> str:
        if self.asked >= LATE:
            waits = N_("Slack's limits make me wait {time}. What is missing here follows by itself.")
            return tr(waits, time=span(self.asked))
        held = N_("Slack's limits held this thread back by {time}.")
        return tr(held, time=span(self.seconds)) if self.seconds >= LATE else ""
