"""A scan as JSON values: what the terminal prints, the REST API answers and callbacks carry."""

from __future__ import annotations

from typing import Any

from core.models import Finding, Run, Scan


def as_document(one: Scan) -> dict[str, Any]:
    """The scan with its runs and their findings."""
    return {
        "scan": {
            "id": one.id,
            "target": {"kind": str(one.target.kind), "value": one.target.value},
            "status": str(one.status),
            "round": one.round,
            "tag": one.tag,
            "options": list(one.options),
            "active": bool(one.active_by),
            "created_at": one.created_at.isoformat(),
            "finished_at": one.finished_at.isoformat() if one.finished_at else None,
        },
        "runs": [_run(run) for run in one.runs],
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "collector": run.collector,
        "outcome": str(run.outcome) if run.outcome else None,
        "reason": run.reason,
        "message": run.message,
        "cached": run.cached,
        "age_s": run.age_s,
        "ms": run.ms,
        "findings": [_finding(each) for each in run.findings],
    }


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
