"""The one boundary from exceptions to outcomes: a collector looks, and what became of it is a value."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import structlog

from collectors.declare import Collector
from collectors.doors.notes import Notes, later_of, reason_of
from collectors.doors.reply import Gap
from collectors.doors.strategies import OutOfQuota
from collectors.fetch import Fetch
from core.clock import span
from core.errors import NotATarget, SourceError, SourceTimeout
from core.language.noted import nnoted, noted
from core.models import Finding, Outcome, Target

log = structlog.get_logger()

NOT_FITTING = "not_fitting"
"""The reason when a target's kind fits a collector, and this one target does not."""
SHOWN = 3
"""Gaps that are spelled out in a run's message; the others are counted."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one run ended."""

    outcome: Outcome
    reason: str  # a code; "" when all was looked at
    message: str  # for people
    answered_at: datetime | None  # when the oldest answer was fetched
    gaps: tuple[Gap, ...]
    later: float | None = None  # nobody was asked, and in so many seconds somebody may be: the run can be put off


OnFinding = Callable[[Finding], Awaitable[None]]


async def look(
    collector: Collector, target: Target, fetch: Fetch, on_finding: OnFinding, *, deadline: float | None = None
) -> Look:
    """Let a collector look for at most `deadline` seconds (its own by default); hand on each finding as it comes.

    Cancellation passes through, and so does every error that is not a source's: those are our bugs.
    """
    seconds = collector.deadline if deadline is None else deadline
    found = 0
    trouble: SourceError | NotATarget | None = None
    try:
        async with aclosing(_timed(collector, target, fetch, seconds)) as findings:
            async for finding in findings:
                await on_finding(finding)
                found += 1
    except (SourceError, NotATarget) as error:
        trouble = fetch.notes.met(error)
    for change in fetch.notes.changes:  # whoever runs us must learn which source to look at; never what it said
        log.warning(
            "answer of unknown shape", collector=collector.name, source=change.source, path=change.path or str(change)
        )
    return _patient(_verdict(found, trouble, fetch.notes), found, trouble, fetch.notes)


def _patient(ended: Look, found: int, trouble: SourceError | NotATarget | None, notes: Notes) -> Look:
    """The same, with the time when it is worth asking again, if nobody answered yet and whoever was to be asked may
    be asked later; skipped when all that is missing is our own budget."""
    waits = [each.later for each in notes.gaps] + ([later_of(trouble)] if trouble is not None else [])
    said = [each for each in waits if each is not None]
    if found or notes.answers or not said or len(said) < len(waits):
        return ended
    reasons = {each.reason for each in notes.gaps} | ({reason_of(trouble)} if trouble is not None else set())
    outcome = Outcome.SKIPPED if reasons == {OutOfQuota.reason} else ended.outcome
    return replace(ended, outcome=outcome, later=min(said))


async def _timed(collector: Collector, target: Target, fetch: Fetch, seconds: float) -> AsyncGenerator[Finding, None]:
    """The collector's findings until its time is up. Only the looking is on the clock, not what is done with it."""
    ends = asyncio.get_running_loop().time() + seconds
    looking = cast(AsyncGenerator[Finding, None], collector.look(target, fetch))  # declared by what one may do with it
    async with aclosing(looking) as findings:
        while True:
            try:
                async with asyncio.timeout_at(ends) as clock:
                    finding = await anext(findings, None)
            except TimeoutError as error:
                if not clock.expired():
                    raise
                said = noted("{title} was not done within {wait}.", title=collector.title, wait=span(seconds))
                raise SourceTimeout(said) from error
            if finding is None:
                return
            yield finding


def _verdict(found: int, trouble: SourceError | NotATarget | None, notes: Notes) -> Look:
    if trouble is not None:
        outcome = Outcome.PARTIAL if found else Outcome.FAILED
        return _ended(outcome, reason_of(trouble), [str(trouble), *_spelled(notes.gaps)], notes)
    if notes.gaps:
        outcome = Outcome.PARTIAL if found or notes.answers else Outcome.FAILED
        if outcome is Outcome.FAILED and {each.reason for each in notes.gaps} == {NOT_FITTING}:
            outcome = Outcome.SKIPPED  # there was nobody to ask about it, which is no knowledge and no trouble either
        return _ended(outcome, notes.gaps[0].reason, _spelled(notes.gaps), notes)
    return _ended(Outcome.FOUND if found else Outcome.NOTHING, "", [], notes)


def _ended(outcome: Outcome, reason: str, missed: Sequence[str], notes: Notes) -> Look:
    """The message's first line is what was not looked at, if anything; remarks about the answer come after it."""
    lines = filter(None, (" ".join(missed), " ".join(notes.remarks)))
    return Look(outcome, reason, "\n".join(lines), notes.answered_at, tuple(notes.gaps))


def _spelled(gaps: Sequence[Gap]) -> list[str]:
    more = len(gaps) - SHOWN
    sentences = [gap.sentence for gap in gaps[:SHOWN]]
    others = nnoted("{n} more was not looked at.", "{n} more were not looked at.", more)
    return [*sentences, others] if more > 0 else sentences
