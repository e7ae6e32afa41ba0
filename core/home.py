"""What a person's Home tab shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.cases import Case
from core.health import Health
from core.ledger import Quota
from core.models import Offer, Scan
from core.watches import Watch


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
    watches: tuple[Watch, ...] = ()
    cases: tuple[Case, ...] = ()
    quota: Quota | None = None
    health: Mapping[str, Health] | None = None
    off: Mapping[str, Off] = field(default_factory=dict)
    admin: bool = False
