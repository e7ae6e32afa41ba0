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

    @property
    def label(self) -> str:
        """As the protocol wants it written: `TLP:AMBER+STRICT`."""
        return f"TLP:{self.value.upper()}"


STRICTEST_FIRST = tuple(Tlp)


def tlp_of(word: str) -> Tlp | None:
    """The label that somebody wrote, `TLP:AMBER` or `amber`; none for what is no label."""
    bare = word.strip().lower().removeprefix("tlp:").replace("_", "+").replace("-", "+")
    return Tlp(bare) if bare in STRICTEST_FIRST else None


def strictest(*labels: Tlp | None) -> Tlp | None:
    """The strictest of those that there are: nothing inside a case is marked more loosely than the case."""
    known = [each for each in labels if each is not None]
    return min(known, key=STRICTEST_FIRST.index, default=None)


def allows(most: Tlp, tlp: Tlp | None) -> bool:
    """Whether what may be done up to the label `most` may be done with something that is marked so."""
    return tlp is None or STRICTEST_FIRST.index(tlp) >= STRICTEST_FIRST.index(most)


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
    leads: frozenset[str] = field(default_factory=frozenset)  # of them: who opened it, and whom it was handed over to
    handed_at: datetime | None = None  # when the shift last changed
    forgotten_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works on a case, and may see all of it."""

    user: str
    lead: bool
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Relabelled:
    """That a case got another label, and why if that was said."""

    user: str
    was: Tlp
    label: Tlp
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down: their own words, or those of a message and its author."""

    user: str
    text: str
    at: datetime
    author: str = ""  # whose words they are, when not the user's own
    link: str = ""  # to the message
    scan_id: str = ""
