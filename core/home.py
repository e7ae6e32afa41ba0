"""What a person's Home tab shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.cases import Case
from core.health import Health
from core.ledger import Quota
from core.models import Offer, Scan, Target


@dataclass(frozen=True, slots=True)
class Watched:
    """A scan on a schedule, as far as a line tells of it."""

    id: str
    target: Target | None  # none: a playbook's
    playbook: str
    channel: str
    schedule: str
    zone: str
    due_at: datetime | None = None
    paused_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Off:
    """A collector that an admin switched off, and why."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Home:
    """As of `at`. What could not be found out is None: it is said, never shown as nothing."""

    person: str
    at: datetime
    offers: tuple[Offer, ...]
    scans: tuple[Scan, ...] = ()
    watches: tuple[Watched, ...] = ()
    cases: tuple[Case, ...] = ()
    quota: Quota | None = None
    health: Mapping[str, Health] | None = None
    off: Mapping[str, Off] = field(default_factory=dict)
    admin: bool = False
