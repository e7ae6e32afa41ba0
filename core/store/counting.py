"""What is counted of the record's changes, each once its transaction stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.metrics import count, observe
from core.models import Outcome, Run, Scan, ScanStatus
from core.store.opening import Choice


def opened(scan: Scan, choices: Sequence[Choice]) -> None:
    """A scan, or another round of one; what was skipped from the start is closed."""
    count("gumshoe_scans_started_total", door=scan.door, kind=scan.target.kind, priority=scan.priority)
    skipped = [each for each in choices if each.reason]
    for each in skipped:
        closed(each.collector, Outcome.SKIPPED, each.reason)
    if len(skipped) == len(choices):  # nobody could be asked
        ended(scan.door, scan.target.kind, ScanStatus.FINISHED, 0.0)


def closed(collector: str, outcome: str, reason: str) -> None:
    """A run."""
    count("gumshoe_runs_total", collector=collector, outcome=outcome, reason=reason)


def answered(run: Run, now: datetime, *, kept: bool, shared: bool) -> None:
    """A run that a worker closed, by where its answer came from."""
    origin = "kept" if kept else "shared" if shared else "asked"
    count("gumshoe_answers_total", collector=run.collector, origin=origin)
    if origin == "asked" and run.started_at is not None:
        observe("gumshoe_run_seconds", max(0.0, (now - run.started_at).total_seconds()), collector=run.collector)


def finished(row: Any, now: datetime) -> None:
    """A scan whose last run was closed, as the statement that finished it returned it."""
    ended(row.door, row.kind, row.status, max(0.0, (now - (row.round_at or row.created_at)).total_seconds()))


def ended(door: str, kind: str, status: str, seconds: float) -> None:
    count("gumshoe_scans_ended_total", door=door, kind=kind, status=status)
    observe("gumshoe_scan_seconds", seconds, door=door, kind=kind, status=status)
