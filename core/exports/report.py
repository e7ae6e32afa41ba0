"""What a report says, as JSON values: the same for Markdown, a page and a PDF. Every text in it is harmless already:
one line, defanged, without control, bidirectional and invisible characters, and bounded; what is cut is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from core import VERSION
from core.blocks.facts import details, severity_of, word
from core.blocks.text import counted, plain
from core.blocks.words import empty, kind_word, names_in, progress, state
from core.blocks.words import unseen as unseen_words
from core.casefile import Entry
from core.exports.dossier import Dossier, Row, Sheet, weighed
from core.exports.net import net_of, placed
from core.exports.timeline import timeline
from core.models import Run

DRAWN = 44  # entities in the picture
MOST_SOURCES = 400
MATTERS = 20
ENTRIES = 80  # of what happened in a case, the newest
NO_CHANGE = ("No change.", "No change in what was compared.")
ROLES = ("relation", "role", "check")


def report(dossier: Dossier, *, most: int) -> dict[str, Any]:
    """The report with so many findings at most, the loudest first and of each collector a fair share."""
    rows = list(dossier.rows())
    shown = _chosen(rows, most)
    sources = _Sources()
    return {
        "label": dossier.label,
        "tlp": str(dossier.tlp) if dossier.tlp is not None else "",
        "title": plain(dossier.title, 200),
        "made_at": moment(dossier.made_at),
        "made_by": plain(dossier.made_by, 80),
        "version": VERSION,
        "case": _case(dossier),
        "left_out": dossier.left_out,
        "entries": [_entry(each) for each in dossier.entries[-ENTRIES:]],
        "entries_left": max(0, len(dossier.entries) - ENTRIES),
        "total": len(rows),
        "shown": len(shown),
        "scans": [_scan(dossier, sheet, shown, sources) for sheet in dossier.sheets],
        "graph": _graph(dossier),
        "timeline": timeline(dossier),
        "sources": sources.told[:MOST_SOURCES],
        "sources_left": max(0, len(sources.told) - MOST_SOURCES),
    }


def moment(when: datetime | None) -> str:
    """`2026-11-23 12:00:00 UTC`, or nothing."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if when is not None else ""


class _Sources:
    """The answers that findings refer to by number, each once."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, row: Row) -> int:
        source = row.finding.provenance
        key = (source.url, source.sha256)
        if key not in self._numbers:
            self._numbers[key] = len(self.told) + 1
            self.told.append(
                {
                    "number": len(self.told) + 1,
                    "source": plain(source.source, 80, spare=names_in(source.source)),
                    "url": plain(source.url, 300),
                    "fetched_at": moment(source.fetched_at),
                    "status": plain(source.status, 20),
                    "sha256": plain(source.sha256, 64),
                }
            )
        return self._numbers[key]


def _case(dossier: Dossier) -> dict[str, str] | None:
    case = dossier.case
    if case is None:
        return None
    return {"id": plain(case.id, 40), "title": plain(case.title, 200), "purpose": plain(case.purpose, 500)}


def _entry(entry: Entry) -> dict[str, str]:
    said = f"{entry.text} ({entry.author})" if entry.author else entry.text
    return {
        "at": f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M}",
        "user": plain(entry.user, 60),
        "what": f"{entry.step}: {plain(said, 240)}" if said else str(entry.step),
    }


def _scan(dossier: Dossier, sheet: Sheet, shown: Iterable[Row], sources: _Sources) -> dict[str, Any]:
    scan = sheet.scan
    mine = [row for row in shown if row.sheet is sheet]
    return {
        "id": plain(scan.id, 40),
        "target": plain(sheet.name, 150),
        "kind": kind_word(scan.target.kind),
        "asked_by": plain(scan.asker.name or scan.asker.user, 80),
        "asked_at": moment(scan.created_at),
        "finished_at": moment(scan.finished_at),
        "round": scan.round,
        "reason": plain(scan.reason, 300) if scan.reason else "",
        "tally": progress(scan),
        "notes": _notes(sheet),
        "headlines": [_headline(each) for each in sheet.beside.headlines],
        "changes": _changes(dossier, sheet),
        "matters": [_matter(dossier, row) for row in _matters(sheet)],
        "matters_left": max(0, len(_loud(sheet)) - MATTERS),
        "unseen": unseen_words(scan, dossier.titles),
        "empty": empty(scan, dossier.titles),
        "held": [
            f"{counted(number, 'finding')} of {dossier.titles.get(name, name)}: a direct message alone shows what"
            for name, number in sheet.held.items()
        ],
        "collectors": [_collector(dossier, run) for run in scan.runs],
        "groups": [group for run in scan.runs if (group := _group(dossier, run, mine, sources))],
    }


def _notes(sheet: Sheet) -> list[str]:
    said = [plain(note, 300) for note in sheet.scan.target.notes[:5]]
    if sheet.address:
        said.append("The address is masked in all of this file: it is about a person, and files are passed on.")
    if sheet.scan.is_open:
        said.append("The scan had not ended when this was made.")
    return said


def _headline(headline: Any) -> dict[str, str]:
    return {"severity": str(headline.severity), "text": plain(headline.sentence, 300), "why": plain(headline.why, 300)}


def _changes(dossier: Dossier, sheet: Sheet) -> dict[str, Any] | None:
    change = sheet.beside.change
    if change is None:
        return None
    groups = {
        "new": [plain(f"{each.kind} {each.value}", 160) for each in change.new],
        "gone": [plain(f"{each.kind} {each.value}", 160) for each in change.gone],
        "changed": [plain(f"{new.kind} {old.value} became {new.value}", 220) for old, new in change.changed],
    }
    shown = {name: texts[:MATTERS] for name, texts in groups.items()}
    left = sum(len(texts) - len(shown[name]) for name, texts in groups.items())
    gaps = [plain(f"{dossier.titles.get(gap.collector, gap.collector)}: {gap.why}", 220) for gap in change.gaps]
    calm = "" if any(groups.values()) else NO_CHANGE[bool(gaps)]
    return {"since": moment(change.since), "left": left, **shown, "calm": calm, "gaps": gaps}


def _loud(sheet: Sheet) -> list[Row]:
    one = Dossier("", sheet.scan.created_at, "", (sheet,))
    return [row for row in weighed(one.rows()) if severity_of(row.finding).value in ("high", "medium")]


def _matters(sheet: Sheet) -> list[Row]:
    return _loud(sheet)[:MATTERS]


def _matter(dossier: Dossier, row: Row) -> dict[str, str]:
    why = word(row.finding, "headline", "why") or row.finding.context
    return {
        "severity": str(severity_of(row.finding)),
        "text": plain(f"{row.finding.value}: {why}" if why else row.finding.value, 260),
        "collector": _title(dossier, row.run),
        "verdict": _verdict(row),
    }


def _collector(dossier: Dossier, run: Run) -> dict[str, str]:
    return {
        "title": _title(dossier, run),
        "state": state(run),
        "outcome": str(run.outcome or run.state),
        "answered_at": moment(run.answered_at or run.closed_at),
    }


def _title(dossier: Dossier, run: Run) -> str:
    title = dossier.title_of(run)
    return plain(title, 80, spare=names_in(title))


def _verdict(row: Row) -> str:
    return str(row.verdict.judgement).replace("_", " ") if row.verdict is not None else ""


def _group(dossier: Dossier, run: Run, rows: list[Row], sources: _Sources) -> dict[str, Any] | None:
    mine = [row for row in rows if row.run is run]
    if not run.findings:
        return None
    return {
        "title": _title(dossier, run),
        "total": len(run.findings),
        "left": len(run.findings) - len(mine),
        "rows": [_row(row, sources) for row in mine],
    }


def _row(row: Row, sources: _Sources) -> dict[str, Any]:
    finding = row.finding
    said = word(finding, "headline", "why") or finding.context or details(finding, without=ROLES)
    role = word(finding, *ROLES)
    return {
        "kind": kind_word(finding.kind),
        "value": plain(finding.value, 160),
        "about": plain(": ".join(filter(None, (role, said))), 220) if role or said else "",
        "severity": str(severity_of(finding)),
        "confidence": str(finding.confidence),
        "verdict": _verdict(row),
        "seen": " to ".join(f"{each:%Y-%m-%d}" for each in (finding.first_seen, finding.last_seen) if each),
        "source": sources.number(row),
    }


def _chosen(rows: list[Row], most: int) -> list[Row]:
    """The loud ones; then of each run a fair share, the short ones whole. In the order in which they came."""
    loud = [row for row in rows if severity_of(row.finding).value in ("high", "medium")][:most]
    kept = {id(row) for row in loud}
    runs: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if id(row) not in kept:
            runs.setdefault((row.sheet.scan.id, row.run.collector), []).append(row)
    room = most - len(loud)
    for place, group in enumerate(sorted(runs.values(), key=len)):
        share = min(len(group), room // (len(runs) - place))
        room -= share
        kept |= {id(row) for row in group[:share]}
    return [row for row in rows if id(row) in kept]


def _graph(dossier: Dossier) -> dict[str, Any]:
    net, left = net_of(dossier).drawn(DRAWN)
    spots: Mapping[str, tuple[float, float]] = placed(net)
    nodes = [
        {
            "x": spots[node.id][0],
            "y": spots[node.id][1],
            "label": _short(node.value),
            "kind": node.kind,
            "severity": str(node.severity),
            "target": node.is_target,
        }
        for node in net.nodes
    ]
    drawn = dict.fromkeys((edge.source, edge.target) for edge in net.edges)
    edges = [[*spots[source], *spots[target]] for source, target in drawn]
    kinds = sorted({node.kind for node in net.nodes if not node.is_target})
    return {"nodes": nodes, "edges": edges, "kinds": kinds, "left": left}


def _short(value: str) -> str:
    """Both ends of a long name: they tell it apart from others."""
    shown = plain(value, 200)
    return shown if len(shown) <= 28 else f"{shown[:14]}…{shown[-13:]}"
