"""What a thread says of the time that Slack's limits cost it: nothing, until people would notice."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import span

LATE = 30.0  # seconds


@dataclass(slots=True)
class Delay:
    """How long Slack held a thread back in this round, and until when it does now, as far as people notice."""

    slot: str
    seconds: float = 0.0
    asked: float = 0.0  # what Slack asks for at this moment

    @property
    def sentence(self) -> str:
        if self.asked >= LATE:
            return f"Slack's limits make me wait {span(self.asked)}. What is missing here follows by itself."
        return f"Slack's limits held this thread back by {span(self.seconds)}." if self.seconds >= LATE else ""
