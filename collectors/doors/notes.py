"""What a run has to say besides its findings: what was answered, what was left out, and remarks for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from collectors.doors.reply import Gap, Reply
from collectors.doors.strategies import strategy
from core.errors import Changed, NotATarget, RateLimited, SourceError
from core.language import N_
from core.language.noted import noted

E = TypeVar("E", bound=Exception)


def reason_of(error: SourceError | NotATarget) -> str:
    """The reason's code for what could not be looked at."""
    return error.reason if isinstance(error, SourceError) else "not_a_target"


def later_of(error: SourceError | NotATarget) -> float | None:
    """Seconds after which the same question may be answered, where the run can wait for that."""
    waits = isinstance(error, RateLimited) and strategy(error).put_off
    return error.retry_after if isinstance(error, RateLimited) and waits else None


@dataclass(slots=True)
class Notes:
    """Filled by the door while a run asks; read once at its end."""

    gaps: list[Gap] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    answers: int = 0
    answered_at: datetime | None = None  # of the oldest answer
    changes: list[Changed] = field(default_factory=list)  # answers of unknown shape, for the log

    def answered(self, reply: Reply, *, beginning: bool = False) -> None:
        """Count an answer; one that was cut is a gap by itself, unless its beginning is enough."""
        self.answers += 1
        self.answered_at = min(self.answered_at or reply.fetched_at, reply.fetched_at)
        if reply.truncated and not beginning:
            sentence = N_("{source} had more to say than was read; the rest was not looked at.")
            said = noted(sentence, source=reply.source)
            self.left_out(Gap(what=reply.source, reason="truncated", sentence=said))

    def aside(self) -> None:
        """What was answered so far was about our key and not about the target: it is no answer yet."""
        self.answers, self.answered_at = 0, None

    def left_out(self, gap: Gap) -> None:
        if gap not in self.gaps:
            self.gaps.append(gap)

    def met(self, error: E) -> E:
        """Keep what whoever runs us must learn of this trouble, even when the run goes on without it."""
        known = {(each.source, each.path) for each in self.changes}
        if isinstance(error, Changed) and (error.source, error.path) not in known:
            self.changes.append(error)
        return error

    def remark(self, sentence: str) -> None:
        if sentence and sentence not in self.remarks:
            self.remarks.append(sentence)
