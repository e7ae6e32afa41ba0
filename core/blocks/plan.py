"""The live list of a scan's collectors: one plan block, one task each, every state in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slackblocks import PlanBlock, TaskCardBlock

from core.blocks.parts import Line, lines
from core.blocks.text import plain
from core.blocks.words import progress, reason, state, status, title_of, why
from core.language import ntr, tr
from core.models import ANSWERS, Outcome, Run, RunState, Scan

QUIET = (Outcome.NOTHING, Outcome.SKIPPED, Outcome.CANCELLED)  # those that may have no reply to say why
TASKS = 50  # per plan: https://docs.slack.dev/reference/block-kit/blocks/plan-block


def plan(scan: Scan, titles: Mapping[str, str]) -> PlanBlock:
    """The plan of this round. Past 50 collectors the rest are counted in the last task."""
    fits = len(scan.runs) <= TASKS
    shown = scan.runs if fits else scan.runs[: TASKS - 1]
    tasks = [_task(number, run, titles) for number, run in enumerate(shown)]
    if not fits:
        tasks.append(_rest(scan.runs[TASKS - 1 :]))
    return PlanBlock(plain(progress(scan), 150), tasks)


def _task(number: int, run: Run, titles: Mapping[str, str]) -> TaskCardBlock:
    title = title_of(run, titles)
    waits = run.state is RunState.QUEUED and run.after is not None
    said = why(run, titles.get(run.collector, "")) if run.outcome in QUIET or waits else ""
    return TaskCardBlock(
        f"{number}-{run.collector[:40]}",
        f"{title}: {state(run)}",
        details=lines(Line(said)) if said and said.rstrip(".").lower() != reason(run) else None,
        status=status(run),
    )


def _rest(runs: Sequence[Run]) -> TaskCardBlock:
    answered = sum(run.outcome in ANSWERS for run in runs)
    done = sum(run.state is RunState.CLOSED for run in runs)
    failed = sum(run.outcome is Outcome.FAILED for run in runs)
    more = ntr("{n:,} more collector", "{n:,} more collectors", len(runs))
    states = {"done": done, "answered": answered, "failed": failed}
    words = tr("{more}: {done} done, {answered} answered, {failed} could not look", more=more, **states)
    return TaskCardBlock("rest", words, status="complete" if done == len(runs) else "in_progress")
