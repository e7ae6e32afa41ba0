"""What of a round gets a message of its own, and what of it people have judged."""

from __future__ import annotations

from dataclasses import replace

from core.beside import Beside
from core.judged import among
from core.models import Outcome, Run, Scan

TOLD = frozenset({Outcome.FOUND, Outcome.PARTIAL, Outcome.FAILED})  # outcomes that get a reply of their own


def is_judged(beside: Beside, run: Run) -> bool:
    """Whether there was ever a verdict on one of its findings."""
    return next(among(run, beside.judged), None) is not None


def deserves_reply(run: Run) -> bool:
    """It found something or could not look; quick empty answers only tick in the plan."""
    return run.outcome in TOLD or (run.outcome is Outcome.CANCELLED and run.found > 0)


def asked_in(view: Scan) -> Scan:
    """Only what this round asked itself."""
    return replace(view, runs=tuple(run for run in view.runs if run.round == view.round))
