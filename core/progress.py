"""How far a scan is, in the words that its callers over HTTP wait for, and in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.models import ANSWERS, Run, RunState, Scan, ScanStatus


class Progress(StrEnum):
    """What a scan's status and its runs come to."""

    PENDING = "PENDING"  # written down; no run was begun yet
    STARTED = "STARTED"  # runs are at work; none of them found or finished anything in this round yet
    PROCESSING = "PROCESSING"  # some of this round's runs found or finished something
    RETRY = "RETRY"  # nothing is at work now: what is left was tried before, and waits for its next turn
    SUCCESS = "SUCCESS"  # ended, and at least one collector gave an answer; what could not be looked at is named
    FAILURE = "FAILURE"  # ended, and no collector could look
    REVOKED = "REVOKED"  # somebody cancelled it


OPEN = frozenset({Progress.PENDING, Progress.STARTED, Progress.PROCESSING, Progress.RETRY})


@dataclass(frozen=True, slots=True)
class Count:
    """The runs of a scan's newest round."""

    total: int
    closed: int
    found: int  # findings, over the newest runs of all collectors


def progress(scan: Scan) -> Progress:
    """What a scan with the newest run of each collector comes to. `core.store.listing` says the same in SQL."""
    if scan.status is ScanStatus.CANCELLED:
        return Progress.REVOKED
    if scan.status is ScanStatus.FINISHED:
        return Progress.SUCCESS if any(run.outcome in ANSWERS for run in scan.runs) else Progress.FAILURE
    if scan.status is ScanStatus.QUEUED:
        return Progress.PENDING
    now = _of_round(scan)
    if not any(run.state is RunState.RUNNING for run in now) and any(_tried(run) for run in now):
        return Progress.RETRY
    return Progress.PROCESSING if any(_came_to_something(run) for run in now) else Progress.STARTED


def count(scan: Scan) -> Count:
    """The same in numbers."""
    now = _of_round(scan)
    closed = sum(run.state is RunState.CLOSED for run in now)
    return Count(len(now), closed, sum(run.found for run in scan.runs))


def unanswered(scan: Scan) -> tuple[Run, ...]:
    """The closed runs that looked at nothing, or not at all they should have: what a reader must not take for
    "nothing there"."""
    return tuple(run for run in scan.runs if run.state is RunState.CLOSED and run.outcome not in ANSWERS)


def _of_round(scan: Scan) -> list[Run]:
    return [run for run in scan.runs if run.round == scan.round]


def _tried(run: Run) -> bool:
    return run.state is RunState.QUEUED and (run.attempt > 0 or run.put_off is not None)


def _came_to_something(run: Run) -> bool:
    return run.found > 0 or (run.state is RunState.CLOSED and run.started_at is not None)
