"""A scan as JSON values: what the terminal prints, the REST API answers and callbacks carry."""

from __future__ import annotations

from typing import Any

from core.blocks.readers import as_seen
from core.models import Finding, Run, Scan
from core.store.rows import fingerprint


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
        "fingerprint": fingerprint(finding),
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
