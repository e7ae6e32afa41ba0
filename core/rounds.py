"""A scan as it stood in one of its rounds, or at a moment: what is compared when one looks back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.models import RunState, Scan, ScanStatus, standing


def of_round(scan: Scan, number: int) -> Scan:
    """The scan as it stood in one of its rounds; earlier rounds have all ended. It must have the runs of all rounds."""
    runs = standing(scan.runs, until=number)
    if number == scan.round:
        return replace(scan, runs=runs)
    ended = max((run.closed_at for run in runs if run.closed_at), default=scan.finished_at)
    # The scan's own status is that of its newest round: an ended one offers no Cancel.
    return replace(scan, runs=runs, round=number, finished_at=ended, status=ScanStatus.FINISHED, cancelled_by="")


def ended_at(scan: Scan) -> datetime:
    """When the last answer of these runs was in: also of a round that others followed since."""
    return max((run.closed_at for run in scan.runs if run.closed_at), default=scan.finished_at or scan.created_at)


def last_ended(scan: Scan, *, before: datetime | None = None) -> int:
    """The number of the newest round that had ended (before that moment); 0 when there was none."""
    going = {run.round for run in scan.runs if not _ended(scan, run.round, before)}
    rounds = {run.round for run in scan.runs} - going
    first_going = min(going, default=max(rounds, default=0) + 1)
    return max((number for number in rounds if number < first_going), default=0)


def _ended(scan: Scan, number: int, before: datetime | None) -> bool:
    for run in scan.runs:
        if run.round != number:
            continue
        if run.state is not RunState.CLOSED or run.closed_at is None:
            return False
        if before is not None and run.closed_at > before:
            return False
    return True
