"""JSON: the whole as one document, and as lines that programs read one by one.

Written in ASCII: control, bidirectional and other odd characters stay exact but show as escapes, so that a preview or a
terminal does nothing with them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from core import VERSION
from core.casefile import Entry
from core.document import as_document
from core.exports.dossier import Dossier, Row, Sheet
from core.verdicts import Verdict

FORMAT = "gumshoe-export/1"


def whole(dossier: Dossier) -> bytes:
    """One JSON document."""
    scans = [_scan(dossier, sheet) for sheet in dossier.sheets]
    told = about(dossier) | {"timeline": [_entry(each) for each in dossier.entries], "scans": scans}
    return json.dumps(told, indent=1).encode() + b"\n"


def lines(dossier: Dossier) -> bytes:
    """A JSON object a line: first what this is, then each run, then each finding."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in _lines(dossier))


def about(dossier: Dossier) -> dict[str, Any]:
    """What this is, when and by whom it was made, and who may be shown it."""
    case = dossier.case
    return {
        "format": FORMAT,
        "tlp": str(dossier.tlp) if dossier.tlp is not None else None,
        "title": dossier.title,
        "made_at": dossier.made_at.isoformat(),
        "made_by": dossier.made_by,
        "made_with": f"Gumshoe {VERSION}",
        "case": {"id": case.id, "title": case.title, "purpose": case.purpose} if case is not None else None,
        "scans_left_out": dossier.left_out,
    }


def judged(verdict: Verdict | None) -> dict[str, Any] | None:
    """A verdict as JSON has it."""
    if verdict is None:
        return None
    return {"judgement": str(verdict.judgement), "by": verdict.user, "at": verdict.at.isoformat()}


def _scan(dossier: Dossier, sheet: Sheet) -> dict[str, Any]:
    told = as_document(sheet.scan)
    rows: dict[str, list[Row]] = {}
    for row in Dossier("", dossier.made_at, "", (sheet,)).rows():
        rows.setdefault(row.run.collector, []).append(row)
    for run in told["runs"]:
        run["title"] = dossier.titles.get(run["collector"], run["collector"])
        run["held_back"] = sheet.held.get(run["collector"], 0)
        for finding, row in zip(run["findings"], rows.get(run["collector"], []), strict=True):
            finding |= {"fingerprint": row.fingerprint, "verdict": judged(row.verdict)}
    return told | {"headlines": [_headline(each) for each in sheet.beside.headlines], "masked": bool(sheet.address)}


def _entry(entry: Entry) -> dict[str, Any]:
    names = ("user", "text", "author", "link")
    told = {name: getattr(entry, name) for name in names} | {"scan": entry.scan_id}
    return {"at": entry.at.isoformat(), "step": str(entry.step)} | told


def _headline(headline: Any) -> dict[str, Any]:
    return {
        "rule": headline.rule,
        "sentence": headline.sentence,
        "severity": str(headline.severity),
        "why": headline.why,
        "evidence": list(headline.evidence),
    }


def _lines(dossier: Dossier) -> Iterator[dict[str, Any]]:
    yield {"row": "about"} | about(dossier)
    yield from ({"row": "entry"} | _entry(each) for each in dossier.entries)
    for sheet in dossier.sheets:
        told = _scan(dossier, sheet)
        yield {"row": "scan"} | told["scan"] | {"headlines": told["headlines"], "masked": told["masked"]}
        scan = {"scan": told["scan"]["id"], "target": told["scan"]["target"]}
        for run in told["runs"]:
            yield {"row": "run"} | scan | {name: each for name, each in run.items() if name != "findings"}
        for run in told["runs"]:
            yield from ({"row": "finding", "collector": run["collector"]} | scan | each for each in run["findings"])
