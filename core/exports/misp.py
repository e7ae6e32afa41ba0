"""A MISP event (https://www.misp-standard.org/rfc/misp-standard-core.html). Nothing is marked for detection (`to_ids`)
but what somebody judged harmful."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any
from uuid import uuid5

from pymisp import MISPEvent, PyMISPError

from core.blocks.facts import severity_of
from core.exports.dossier import (
    SOMEBODY,
    Dossier,
    Row,
    Sheet,
    condemns_target,
    is_doubted,
    is_harmful,
    outcomes,
    scans_left_out,
    unseen,
    weighed,
)
from core.exports.observables import HASHES, SPACE, summary
from core.models import Fact, Kind

TROUBLES = (PyMISPError,)
MOST = 5_000
LONGEST = 65_000  # bytes that MISP's column takes
CUT = " … (cut: JSON has all)"
NETWORK, OTHER, PERSON = "Network activity", "Other", "Person"
TYPES: Mapping[str, tuple[str, str]] = {
    Kind.DOMAIN: ("domain", NETWORK),
    Kind.URL: ("url", NETWORK),
    Kind.ASN: ("AS", NETWORK),
    Kind.EMAIL: ("email", NETWORK),
    Kind.PHONE: ("phone-number", PERSON),
    Kind.NAME: ("text", OTHER),
    Fact.VULNERABILITY: ("vulnerability", "External analysis"),
}


def event(dossier: Dossier) -> bytes:
    """One event of everything, not published, for one's own organisation alone until somebody shares it."""
    made = MISPEvent()
    first = dossier.sheets[0].scan if dossier.sheets else None
    made.from_dict(
        uuid=str(uuid5(SPACE, "|".join(["event", *(sheet.scan.id for sheet in dossier.sheets)]))),
        info=f"{dossier.title} ({dossier.label})"[:LONGEST],
        date=(first.created_at if first is not None else dossier.made_at).date().isoformat(),
        distribution=0,
        analysis=2 if all(sheet.scan.finished_at for sheet in dossier.sheets) else 1,
        threat_level_id=4,  # undefined: a scan judges nobody
        timestamp=int(dossier.made_at.timestamp()),
    )
    if dossier.tlp is not None:
        made.add_tag(f"tlp:{dossier.tlp}")
    for told in _attributes(dossier).values():
        comments = "\n".join(dict.fromkeys(told.pop("comments")))
        made.add_attribute(**told, comment=_short(comments))
    return str(made.to_json(indent=1)).encode("ascii", "backslashreplace") + b"\n"


def _attributes(dossier: Dossier) -> dict[tuple[str, str], dict[str, Any]]:
    """Each type and value once, as MISP has it; what several said of it stands in its comment."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    rows = weighed(dossier.rows())
    for sheet in dossier.sheets:
        condemned = any(row.sheet is sheet and condemns_target(row) for row in rows)
        said = f"The target of scan {sheet.scan.id}"
        _put(made, type_of(sheet.scan.target.kind, sheet.name), sheet.name, said, harmful=condemned)
        ended = _short("\n".join(outcomes(dossier, sheet)))
        _put(made, ("comment", "Internal reference"), ended, f"How each collector ended in scan {sheet.scan.id}")
        if gaps := _gaps(dossier, sheet, max(0, len(rows) - MOST)):
            _put(made, ("comment", "Internal reference"), gaps, f"What was not looked at in scan {sheet.scan.id}")
    if dossier.left_out:
        _put(made, ("comment", "Internal reference"), scans_left_out(dossier), "What is left out")
    for row in rows[:MOST]:
        finding = row.finding
        what = type_of(finding.kind, finding.value)
        text = finding.value if what[0] != "text" else summary(finding)
        told = _put(made, what, text, _comment(dossier, row), harmful=is_harmful(row))
        if finding.first_seen and finding.last_seen and finding.first_seen <= finding.last_seen:
            told.setdefault("first_seen", finding.first_seen)
            told.setdefault("last_seen", max(finding.last_seen, told["first_seen"]))
    return made


def _put(
    made: dict[tuple[str, str], dict[str, Any]], what: tuple[str, str], text: str, said: str, *, harmful: bool = False
) -> dict[str, Any]:
    kind, category = what
    value = _short(text)
    blank = {
        "type": kind,
        "category": category,
        "value": value,
        "to_ids": False,
        "uuid": str(uuid5(SPACE, f"attribute|{kind}|{value}")),
        "disable_correlation": kind in ("text", "comment"),
        "comments": [],
    }
    told = made.setdefault((kind, value), blank)
    told["comments"].append(said)
    told["to_ids"] = told["to_ids"] or (harmful and kind not in ("text", "comment"))
    return told


def type_of(kind: Kind | Fact, value: str) -> tuple[str, str]:
    """MISP's type and category for this; what it has no type for is text."""
    if kind is Kind.HASH and len(value) in HASHES and re.fullmatch(r"[0-9A-Fa-f]+", value):
        return HASHES[len(value)].lower().replace("-", ""), "Payload delivery"
    if kind in (Kind.IP, Kind.CIDR):
        try:
            ip_network(value, strict=False)
        except ValueError:
            return "text", OTHER
        return "ip-dst", NETWORK
    if kind is Kind.ASN and not re.fullmatch(r"(?i)(AS)?\d{1,10}", value):
        return "text", OTHER
    return TYPES.get(kind, ("text", OTHER))


def _comment(dossier: Dossier, row: Row) -> str:
    finding, source = row.finding, row.finding.provenance
    said = [
        summary(finding),
        finding.context,
        f"{dossier.title_of(row.run)}, {source.source}, {source.url}, {source.fetched_at.isoformat()},"
        f" SHA-256 {source.sha256}",
        f"severity {severity_of(finding)}, confidence {finding.confidence}",
        f"judged {row.verdict.judgement} by {row.verdict.user or SOMEBODY}" if row.verdict is not None else "",
        "judged: it is not so" if is_doubted(row) else "",
    ]
    return "; ".join(filter(None, said))


def _gaps(dossier: Dossier, sheet: Sheet, left: int) -> str:
    said = [
        f"{dossier.title_of(run)}: {run.outcome or run.state}. {run.message or run.reason}" for run in unseen(sheet)
    ]
    said += [f"{number} findings of {name} only a direct message shows." for name, number in sheet.held.items()]
    said += [f"{left} findings are left out. JSON has all."] if left else []
    return _short("\n".join(said)) if said else ""


def _short(text: str) -> str:
    """In MISP, an attribute is a line that is not empty."""
    held = text.encode("utf-8", "replace")
    if len(held) > LONGEST:
        held = held[: LONGEST - len(CUT.encode())] + CUT.encode()
    return held.decode("utf-8", "ignore").strip() or "(empty)"
