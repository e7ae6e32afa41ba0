"""The whole of one answer as a file: exact values, nothing defanged, nothing cut."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from core.blocks.message import Attachment
from core.language import tr
from core.models import Finding, Run, Scan


def whole(scan: Scan, run: Run, title: str, *, held: int = 0) -> Attachment:
    """The run and all its findings as JSON; so many are held back, because of who can read it.

    Written in ASCII: control, bidirectional and other odd characters stay exact but show as \\u
    escapes, so that opening the file in a preview or terminal does nothing.
    """
    body = {
        "scan": {
            "id": scan.id,
            "target": {"kind": scan.target.kind.value, "value": scan.target.value},
            "round": scan.round,
            **({"tlp": scan.belongs.tlp} if scan.belongs.tlp else {}),
        },
        "run": {
            "collector": run.collector,
            "outcome": run.outcome.value if run.outcome else None,
            "reason": run.reason,
            "message": run.message,
            "cached": run.cached,
            "age_s": run.age_s,
            "ms": run.ms,
            **({"held_back": held} if held else {}),
        },
        "findings": [_finding(each) for each in run.findings],
    }
    content = json.dumps(body, indent=1, default=str)
    return Attachment(_name(scan, run), _title(len(run.findings), title.partition(" (")[0], held), content.encode())


def _title(number: int, title: str, held: int) -> str:
    if held:
        return tr("{n:,} of {total:,} {title} findings (JSON)", n=number, total=number + held, title=title)
    if number == 1:
        return tr("The one {title} finding (JSON)", title=title)
    return tr("All {n:,} {title} findings (JSON)", n=number, title=title)


def _finding(finding: Finding) -> dict[str, Any]:
    source = finding.provenance
    return {
        "kind": finding.kind.value,
        "value": finding.value,
        "attributes": dict(finding.attributes),
        "confidence": finding.confidence.value,
        "first_seen": _when(finding.first_seen),
        "last_seen": _when(finding.last_seen),
        "context": finding.context,
        "provenance": {
            "collector": source.collector,
            "source": source.source,
            "url": source.url,
            "fetched_at": _when(source.fetched_at),
            "status": source.status,
            "sha256": source.sha256,
        },
    }


def _when(when: datetime | None) -> str | None:
    return when.isoformat() if when else None


def _name(scan: Scan, run: Run) -> str:
    """A name that no file system and no reader trips over."""
    parts = (run.collector, scan.target.value, str(scan.round))
    return "-".join(re.sub(r"[^A-Za-z0-9]+", "-", part)[:60].strip("-") or "x" for part in parts) + ".json"
