"""A scan as JSON values: what the terminal prints, the REST API answers and callbacks carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.beside import Beside
from core.blocks.facts import is_direct_only
from core.blocks.readers import as_seen
from core.headlines import Headline
from core.judged import weighed
from core.models import Finding, Run, Scan
from core.store.rows import fingerprint
from core.verdicts import Verdict


def as_document(one: Scan, *, alone: bool = True, beside: Beside | None = None) -> dict[str, Any]:
    """The scan with its runs and their findings. `alone` is whether its reader is who asked; for others it holds back
    what Slack shows in direct messages alone, and says how much that is. With `beside`, which must be made for the
    same reader, there are headlines, and findings have their verdicts."""
    verdicts = beside.verdicts if beside else {}
    told = {"scan": summary(one), "runs": [_read(one, run, verdicts, alone=alone) for run in one.runs]}
    return told | ({"headlines": [_headline(each) for each in beside.headlines]} if beside else {})


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


def _headline(told: Headline) -> dict[str, Any]:
    return {
        "rule": told.rule,
        "severity": str(told.severity),
        "sentence": told.sentence,
        "why": told.why,
        "evidence": list(told.evidence),
    }


def _read(one: Scan, run: Run, verdicts: Mapping[str, Verdict], *, alone: bool) -> dict[str, Any]:
    _, seen, held = as_seen(one, run, alone=alone)
    marks = [fingerprint(each) for each in run.findings if alone or not is_direct_only(each)]
    return _run(seen, held) | {
        "findings": [_finding(each, mark, verdicts) for each, mark in zip(seen.findings, marks, strict=True)]
    }


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
    return about | ({"held_back": held} if held else {})


def _finding(finding: Finding, mark: str, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    """`mark` is its fingerprint in the record, also where its text is masked for this reader."""
    source, verdict = finding.provenance, verdicts.get(mark)
    told = {
        "fingerprint": mark,
        "kind": str(finding.kind),
        "value": finding.value,
        "attributes": dict(finding.attributes),
        "confidence": str(weighed(finding, verdict).confidence),
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
    return told | ({"verdict": _verdict(verdict)} if verdict else {})


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"verdict": str(verdict.judgement), "by": verdict.user, "at": verdict.at.isoformat()}
