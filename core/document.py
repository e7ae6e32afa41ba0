"""A scan as JSON values: what the terminal prints, the REST API answers and callbacks carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.beside import Beside
from core.blocks.facts import is_direct_only
from core.blocks.readers import as_seen
from core.change import Change
from core.explain import Explanation
from core.fingerprints import fingerprint
from core.headlines import Headline
from core.judged import weighed
from core.meaning import differences
from core.models import Finding, Run, Scan
from core.rounds import ended_at
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
        "tlp": one.belongs.tlp,
        "case": one.belongs.case,
        "options": list(one.options),
        "active": bool(one.active_by),
        "created_at": one.created_at.isoformat(),
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
    }


def as_explained(told: Explanation) -> dict[str, Any]:
    """How something came to be said."""
    return {
        "about": told.about,
        "kind": told.kind,
        "subject": told.subject,
        "confidence": told.confidence,
        "path": list(told.path),
        "evidence": [
            {
                "fingerprint": each.fingerprint,
                "collector": each.collector,
                "kind": str(each.finding.kind),
                "value": each.finding.value,
                "source": each.finding.provenance.source,
                "url": each.finding.provenance.url,
                "fetched_at": each.finding.provenance.fetched_at.isoformat(),
                "sha256": each.finding.provenance.sha256,
            }
            for each in told.evidence
        ],
        "more_evidence": told.more,
        "points": [{"sign": each.sign, "why": each.sentence} for each in told.points],
        "what_would_change_it": list(told.changes),
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
    return _finding(finding, fingerprint(finding), {})


def _changed(was: Finding, is_: Finding) -> dict[str, Any]:
    return {
        "differences": [
            {"name": each.name or "value", "before": each.before, "after": each.after} for each in differences(was, is_)
        ],
        "before": _printed(was),
        "after": _printed(is_),
    }
