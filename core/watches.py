"""Watches: a target that is looked at again and again, and told about only when something changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.access import Reader, sees
from core.belongs import Belongs
from core.change import Change
from core.models import Asker, Finding, Place, Scan, ScanStatus, Severity, Target

WEIGHTS = {Severity.INFO: 0, Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 3}
THRESHOLDS = ("any", "low", "medium", "high")
SAID_AT = 3  # failures in a row after which that is said, and looks become rarer
STOPPED, EXPIRED = "stopped", "expired"

Standing = Literal["on", "paused", "stopped", "expired"]


@dataclass(frozen=True, slots=True)
class Watch:
    """As the record has it. `due_at` is none while it is paused, and when it is over."""

    id: str
    place: Place
    target: Target
    schedule: str  # five fields of cron
    zone: str  # IANA
    made_by: str
    made_at: datetime
    threshold: str = ""  # the least severity that is told; empty: every change
    playbook: str = ""
    names: tuple[str, ...] = ()  # collectors; empty: what the playbook says, else all that fit
    options: tuple[str, ...] = ()
    reason: str = ""
    case: str = ""
    tlp: str = ""
    due_at: datetime | None = None
    last_at: datetime | None = None
    last_scan: str = ""
    running: str = ""  # the scan whose end is waited for
    told_at: datetime | None = None
    quiet: int = 0
    below: int = 0
    failures: int = 0
    changed_at: datetime | None = None
    changed_scan: str = ""
    changed: str = ""
    trouble: str = ""
    expires_at: datetime | None = None
    paused_at: datetime | None = None
    paused_by: str = ""
    ended: str = ""
    fence: int = 0

    @property
    def standing(self) -> Standing:
        if self.ended:
            return "expired" if self.ended == EXPIRED else "stopped"
        return "paused" if self.paused_at is not None else "on"


def sees_watch(reader: Reader, watch: Watch) -> bool:
    """Who may see a scan that it starts may see the watch, and change it."""
    belongs = Belongs(case=watch.case, tlp=watch.tlp, watch=watch.id)
    place, asker = watch.place, Asker(watch.made_by)
    look = Scan(watch.id, watch.target, ScanStatus.FINISHED, asker, place, watch.made_at, belongs=belongs)
    return sees(reader, look)


def severity_of(change: Change) -> Severity | None:
    """The gravest of what is new, gone or different now; None when nothing is."""
    found = (*change.new, *change.gone, *(each for pair in change.changed for each in pair))
    weights = [_severity(each) for each in found]
    return max(weights, key=WEIGHTS.__getitem__, default=None)


def reaches(threshold: str, severity: Severity) -> bool:
    """Whether a change of this severity is told."""
    return not threshold or WEIGHTS[severity] >= WEIGHTS[Severity(threshold)]


def counts(change: Change) -> str:
    """`2 new, 1 gone, 3 changed`."""
    parts = ((len(change.new), "new"), (len(change.gone), "gone"), (len(change.changed), "changed"))
    return ", ".join(f"{number:,} {word}" for number, word in parts if number)


def names_of(words: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(words))


def _severity(finding: Finding) -> Severity:
    given = finding.attributes.get("severity")
    return Severity(given) if isinstance(given, str) and given in set(Severity) else Severity.INFO
