"""Cases: scans with a purpose, members, a label and an end; and the Traffic Light Protocol's labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Tlp(StrEnum):
    """Who may be shown something (FIRST, TLP 2.0): the strictest first."""

    RED = "red"
    AMBER_STRICT = "amber+strict"
    AMBER = "amber"
    GREEN = "green"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Case:
    """Scans with a purpose, bound to a channel or to one thread in it."""

    id: str
    team: str
    title: str
    purpose: str
    tlp: Tlp
    channel: str
    thread_ts: str
    opened_by: str
    opened_at: datetime
    until: datetime | None = None
    closed_by: str = ""
    closed_at: datetime | None = None
    keep_days: int = 0  # after closing; 0: for good
    forgets: bool = False
    members: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
