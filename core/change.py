"""What changed between two looks at a target: what is new, gone and changed; noise is none of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.models import Finding


@dataclass(frozen=True, slots=True)
class Before:
    """The last time somebody looked at the same target: as much of it as the reader may know."""

    scan_id: str
    user: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a look says against an earlier one. Collectors that did not answer both times are not compared."""

    since: datetime
    new: tuple[Finding, ...] = ()
    gone: tuple[Finding, ...] = ()
    changed: tuple[tuple[Finding, Finding], ...] = ()  # as it was, as it is
    incomparable: tuple[str, ...] = ()  # collectors of which one look has no full answer
