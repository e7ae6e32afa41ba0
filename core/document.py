"""A scan as JSON values: what the terminal prints, the REST API answers and callbacks carry."""

from __future__ import annotations

from typing import Any

from core.blocks.readers import as_seen
from core.change import Change
from core.fingerprints import fingerprint
from core.meaning import differences
from core.models import Finding, Run, Scan
from core.rounds import ended_at


def as_document(one: Scan, *, alone: bool = True) -> dict[str, Any]:
    """The scan with its runs and their findings. `alone` is whether its reader is who asked; for others it holds back
    what Slack shows in direct messages alone, and says how much that is."""
    return {"scan": summary(one), "runs": [_read(one, run, alone=alone) for run in one.runs]}


def summary(one: Scan) -> dict[str, Any]:
    """The scan without its runs."""
    return {
        "id": one.id,
        "target": {"kind": str(one.target.kind), "value": one.target.value},
        "status": str(one.status),
        "round": one.round,
        "tag": one.tag,
        "tlp": one.belongs.tlp,
        "case": one.belongs.case,
        "options": list(one.options),
        "active": bool(one.active_by),
        "created_at": one.created_at.isoformat(),
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
    }


def _read(one: Scan, run: Run, *, alone: bool) -> dict[str, Any]:
    _, seen, held = as_seen(one, run, alone=alone)
    return _run(seen, held)


def _run(run: Run, held: int) -> dict[str, Any]:
    about = {
        "collector": run.collector,
        "state": str(run.state),
        "outcome": str(run.outcome) if run.outcome else None,
        "reason": run.reason,
        "message": run.message,
        "cached": run.cached,
        "age_s": run.age_s,
        "ms": run.ms,
    }
    about |= {"held_back": held} if held else {}
    return about | {"findings": [_finding(each) for each in run.findings]}


def _finding(finding: Finding) -> dict[str, Any]:
    source = finding.provenance
    return {
        "kind": str(finding.kind),
        "value": finding.value,
        "attributes": dict(finding.attributes),
        "confidence": str(finding.confidence),
        "first_seen": finding.first_seen.isoformat() if finding.first_seen else None,
        "last_seen": finding.last_seen.isoformat() if finding.last_seen else None,
        "context": finding.context,
        "provenance": {
            "collector": source.collector,
            "source": source.source,
            "url": source.url,
            "fetched_at": source.fetched_at.isoformat(),
            "status": source.status,
            "sha256": source.sha256,
        },
    }


def as_difference(was: Scan, is_: Scan, change: Change) -> dict[str, Any]:
    """What changed between two looks, as JSON values."""
    return {
        "scan": _look(is_),
        "against": _look(was),
        "target": {"kind": str(is_.target.kind), "value": is_.target.value},
        "since": change.since.isoformat(),
        "counts": {
            "new": len(change.new),
            "gone": len(change.gone),
            "changed": len(change.changed),
            "known": change.known,
            "rotated": change.rotated,
            "held_back": change.held,
        },
        "new": [_printed(each) for each in change.new],
        "gone": [_printed(each) for each in change.gone],
        "changed": [_changed(was_so, is_so) for was_so, is_so in change.changed],
        "not_compared": [{"collector": gap.collector, "why": gap.why, "in_part": gap.partly} for gap in change.gaps],
    }


def _look(one: Scan) -> dict[str, Any]:
    return {"id": one.id, "round": one.round, "asked_by": one.asker.user, "ended_at": ended_at(one).isoformat()}


def _printed(finding: Finding) -> dict[str, Any]:
    return {"fingerprint": fingerprint(finding)} | _finding(finding)


def _changed(was: Finding, is_: Finding) -> dict[str, Any]:
    return {
        "differences": [
            {"name": each.name or "value", "before": each.before, "after": each.after} for each in differences(was, is_)
        ],
        "before": _printed(was),
        "after": _printed(is_),
    }
