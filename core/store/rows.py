"""From rows to the nouns of core.models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.belongs import Belongs
from core.fingerprints import fingerprint, storable
from core.models import (
    Asker,
    Confidence,
    Fact,
    Finding,
    Kind,
    Outcome,
    Place,
    Priority,
    Provenance,
    Run,
    RunState,
    Scan,
    ScanStatus,
    Target,
)

__all__ = ["finding_from", "finding_values", "fingerprint", "run_from", "scan_from", "storable"]

Row = sa.Row[Any]
KINDS = frozenset(str(kind) for kind in Kind)


def scan_from(row: Row, runs: Sequence[Run] = ()) -> Scan:
    return Scan(
        id=row.id,
        target=Target(Kind(row.kind), row.value),
        status=ScanStatus(row.status),
        asker=Asker(row.asker_user, row.asker_name, row.language),
        place=Place(row.team, row.channel, row.thread_ts),
        created_at=row.created_at,
        round=row.round,
        fresh=row.fresh,
        tag=row.tag,
        priority=Priority(row.priority),
        reason=row.reason,
        callback=row.callback,
        token=row.token,
        belongs=_belongs(row),
        hushed=row.hushed,
        door=row.door,
        round_by=row.round_by,
        round_at=row.round_at,
        finished_at=row.finished_at,
        changed_at=row.changed_at or row.finished_at or row.created_at,
        cancelled_by=row.cancelled_by,
        undelivered=row.undelivered,
        options=tuple(row.options.split()),
        active_by=row.active_by,
        active_round=row.active_round,
        version=row.wanted,
        runs=tuple(runs),
    )


def _belongs(row: Row) -> Belongs:
    return Belongs(
        case=row.case_id,
        tlp=row.tlp,
        parent=row.parent_id,
        parent_finding=row.parent_finding,
        hops=row.hops,
        watch=row.watch_id,
        playbook=row.playbook,
        members=frozenset(row.members.split()),
    )


def run_from(row: Row, findings: Sequence[Finding] = ()) -> Run:
    return Run(
        id=row.id,
        scan_id=row.scan_id,
        round=row.round,
        collector=row.collector,
        state=RunState(row.state),
        outcome=Outcome(row.outcome) if row.outcome else None,
        reason=row.reason,
        message=row.message,
        attempt=row.attempt,
        fence=row.fence,
        cached=row.cached,
        answered_at=row.answered_at,
        started_at=row.started_at,
        closed_at=row.closed_at,
        ms=row.ms,
        found=row.found,
        after=row.after,
        put_off=row.put_off,
        key=row.key,
        findings=tuple(findings),
    )


def finding_from(row: Row) -> Finding:
    return Finding(
        kind=Kind(row.kind) if row.kind in KINDS else Fact(row.kind),
        value=row.value,
        attributes=row.attributes,
        confidence=Confidence(row.confidence),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        context=row.context,
        provenance=Provenance(row.collector, row.source, row.url, row.fetched_at, row.status, row.sha256),
    )


def finding_values(run_id: str, finding: Finding) -> dict[str, Any]:
    """The columns of a finding. NUL cannot be stored by Postgres; sources do send it, so it is shown instead."""
    source = finding.provenance
    return {
        "run_id": run_id,
        "fingerprint": fingerprint(finding),
        "kind": str(finding.kind),
        "value": storable(finding.value),
        "attributes": storable(dict(finding.attributes)),
        "confidence": str(finding.confidence),
        "first_seen": finding.first_seen,
        "last_seen": finding.last_seen,
        "context": storable(finding.context),
        "collector": storable(source.collector),
        "source": storable(source.source),
        "url": storable(source.url),
        "fetched_at": source.fetched_at,
        "status": storable(source.status),
        "sha256": storable(source.sha256),
    }
