"""Scans in the words of the API: their status, a sentence, how far they are, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core import progress
from core.beside import Beside
from core.callers import Caller
from core.document import as_document
from core.models import Outcome, Run, Scan
from core.progress import Progress
from core.store import Callback
from core.targets import display
from core.tree import Tree

NAMED = 5  # collectors in a sentence


def accepted(one: Scan, kind: str | list[str], notes: tuple[str, ...]) -> dict[str, Any]:
    """A scan as it was written down: the same whenever it is asked for, however far it is by then."""
    first = [run for run in one.runs if run.round == 1]
    skipped = {run.collector: run.message for run in first if _born_skipped(run)}
    asked = [run.collector for run in first if not _born_skipped(run)]
    status = Progress.PENDING if asked else Progress.FAILURE
    return {
        "task_id": one.id,
        "status": str(status),
        "message": _first_words(one, asked, skipped),
        "target": one.target.value,
        "kind": str(one.target.kind),
        "collector_type": kind,
        "collectors": asked,
        "skipped": skipped,
        "notes": list(notes),
    }


def summary(one: Scan, caller: Caller) -> dict[str, Any]:
    """A scan without findings. What runs say of a target that not everybody may read is as in its document."""
    return _summary(one, as_document(one, alone=caller.asked(one)), own=caller.asked(one))


def whole(one: Scan, caller: Caller, beside: Beside | None = None) -> dict[str, Any]:
    """A scan with all findings that this caller may read; how many are held back is said. With `beside`, made for the
    same caller, also what was judged and what it means."""
    seen = as_document(one, alone=caller.asked(one), beside=beside)
    return _summary(one, seen, own=caller.asked(one)) | seen


def _summary(one: Scan, seen: dict[str, Any], *, own: bool) -> dict[str, Any]:
    status, count = progress.progress(one), progress.count(one)
    gaps = [{name: each[name] for name in GAP} for each in seen["runs"] if each["outcome"] in GAPS]
    return {
        "task_id": one.id,
        "status": str(status),
        "message": _message(one, status, count),
        "target": one.target.value,
        "kind": str(one.target.kind),
        "collector_type": [run.collector for run in one.runs],
        "progress": {"closed": count.closed, "total": count.total, "findings": count.found},
        "not_looked_at": gaps,
        "round": one.round,
        "tag": one.tag,
        "tlp": one.belongs.tlp,
        "case": one.belongs.case,
        "priority": str(one.priority),
        "asked_by": one.asker.user,
        "parent": one.belongs.parent or None,
        "finding": one.belongs.parent_finding or None,
        "hops": one.belongs.hops,
        "reason": one.reason if own else "",  # as in a thread: why somebody is looked up is for who asked
        "created_at": one.created_at.isoformat(),
        "changed_at": one.changed_at.isoformat() if one.changed_at else None,
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
    }


def tree(whole: Tree, caller: Caller) -> dict[str, Any]:
    """All scans of a tree that this caller may see, without findings."""
    return {
        "root": whole.root.id,
        "scans": [summary(kin.scan, caller) for _, kin in whole.walk()],
        "more": whole.more,
        "hidden": whole.hidden,
    }


def called(callbacks: Iterable[Callback]) -> list[dict[str, Any]]:
    """How far the end of each round was told to the scan's callback."""
    return [
        {
            "round": each.round,
            "state": each.state,
            "tries": each.tries,
            "error": each.error,
            "next_try_at": each.after.isoformat() if each.after else None,
        }
        for each in callbacks
    ]


GAP = ("collector", "outcome", "reason", "message")
GAPS = frozenset({Outcome.PARTIAL, Outcome.FAILED, Outcome.SKIPPED, Outcome.CANCELLED})


def _born_skipped(run: Run) -> bool:
    return run.outcome is Outcome.SKIPPED and run.started_at is None


def _first_words(one: Scan, asked: list[str], skipped: dict[str, str]) -> str:
    without = f" {len(skipped)} cannot be asked: {_named(list(skipped))}." if skipped else ""
    if not asked:
        return f"No collector can be asked about {display(one.target)} now.{without}"
    return f"The scan of {display(one.target)} is written down and asks {_count(len(asked), 'collector')}.{without}"


def _message(one: Scan, status: Progress, count: progress.Count) -> str:
    shown, found = display(one.target), _count(count.found, "finding")
    if status is Progress.PENDING:
        return f"The scan of {shown} waits for a worker."
    if status is Progress.REVOKED:
        return f"The scan of {shown} was cancelled by {one.cancelled_by}. What was found until then is kept: {found}."
    if status in progress.OPEN:
        waits = " What is left waits for its turn." if status is Progress.RETRY else ""
        return f"{count.closed} of {_count(count.total, 'collector')} are done; {found} so far.{waits}"
    blind = [run.collector for run in progress.unanswered(one)]
    partly = [run.collector for run in one.runs if run.outcome is Outcome.PARTIAL]
    said = f" Could not look: {_named(blind)}." if blind else ""
    said += f" Looked in part only: {_named(partly)}." if partly else ""
    if status is Progress.FAILURE:
        return f"Nothing could be looked at.{said}"
    return f"Done: {_count(len(one.runs) - len(blind), 'collector')} answered; {found}.{said}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
