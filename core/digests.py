"""The recap of a channel: what ended, what changed, what runs out, what waits for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.models import Place, Scan, Target
from core.watches import Watch

EVERY = ("daily", "weekly")


@dataclass(frozen=True, slots=True)
class Digest:
    """How often a channel gets one, and until when the last one told."""

    place: Place
    every: str  # daily, weekly
    schedule: str
    zone: str
    made_by: str
    made_at: datetime
    due_at: datetime | None = None
    last_at: datetime | None = None
    fence: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that runs out: a case, a watch, a certificate, a registration."""

    what: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recap:
    """What there is to tell of a channel since a moment."""

    since: datetime
    until: datetime
    finished: tuple[Scan, ...] = ()  # the newest first; without findings
    more_finished: int = 0
    failed: int = 0  # runs among them that could not look
    changed: tuple[Watch, ...] = ()
    silent: tuple[Watch, ...] = ()  # watches that cannot look, or rest
    ending: tuple[Ending, ...] = ()
    waiting: int = 0  # grave findings without anybody's verdict
    waiting_at: tuple[Target, ...] = ()  # the targets they are about
    quota: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.finished or self.changed or self.silent or self.ending or self.waiting)
