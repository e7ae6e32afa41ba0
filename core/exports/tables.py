"""CSV and XLSX: a finding a row. No cell is ever a formula, whatever a source wrote.

In XLSX every cell is typed as text. CSV has no types: `core.exports.cells` makes its cells harmless.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator

import xlsxwriter

from core import VERSION
from core.blocks.facts import severity_of
from core.exports.cells import harmless
from core.exports.dossier import Dossier, Row, asked, scans_left_out, unseen
from core.models import ANSWERS, Run

TROUBLES = (xlsxwriter.exceptions.XlsxWriterException,)
COLUMNS = (
    *("row", "tlp", "scan", "target", "kind", "value", "severity", "confidence", "verdict", "context"),
    *("first_seen", "last_seen", "collector", "source", "url", "fetched_at", "status", "sha256", "attributes"),
)
LONGEST_CELL = 32_767  # characters that Excel takes in one cell
MOST_ROWS = 1_048_000  # rows that a sheet of Excel takes, nearly
UNSAID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # what XML 1.0 cannot hold
FINDING, RUN, LOOKED, HELD, LEFT = "finding", "not looked at", "looked at", "held back", "left out"


def comma_separated(dossier: Dossier) -> bytes:
    """CSV in UTF-8 with its mark, so that Excel reads it as that; lines end as RFC 4180 says."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cells in _cells(dossier):
        writer.writerow([harmless(cell) for cell in cells])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def workbook(dossier: Dossier) -> bytes:
    """XLSX: what this is, how each collector ended, and the findings."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, options)
    book.set_properties({"title": _text(dossier.title), "comments": dossier.label, "created": dossier.made_at})
    bold = book.add_format({"bold": True})
    about = [
        ("Label", dossier.label),
        ("Title", dossier.title),
        ("Made at", dossier.made_at.isoformat()),
        ("Made by", dossier.made_by),
        ("Made with", f"Gumshoe {VERSION}"),
        *[("Left out", scans_left_out(dossier))] * bool(dossier.left_out),
        *(("Scan", asked(sheet)) for sheet in dossier.sheets),
    ]
    _sheet(book, "About", ("What", "Said"), about, bold, widths=(16, 80))
    runs = [
        (
            *(sheet.name, dossier.title_of(run), str(run.outcome or run.state), run.message),
            *(str(len(run.findings)), str(sheet.held.get(run.collector, 0))),
        )
        for sheet in dossier.sheets
        for run in sheet.scan.runs
    ]
    heads = ("Target", "Collector", "Outcome", "What it says", "Findings", "Held back")
    _sheet(book, "Collectors", heads, runs, bold, widths=(30, 26, 12, 70, 10, 10))
    widths = (12, 14, 22, 30, 14, 44, 10, 12, 14, 40, 22, 22, 14, 20, 50, 26, 10, 30, 50)
    _sheet(book, "Findings", COLUMNS, _cells(dossier), bold, widths=widths)
    book.close()
    return made.getvalue()


def _sheet(
    book: xlsxwriter.Workbook,
    name: str,
    heads: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    bold: object,
    *,
    widths: tuple[int, ...],
) -> None:
    page = book.add_worksheet(name)
    page.freeze_panes(1, 0)
    for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
        page.write_string(0, column, head, bold)
        page.set_column(column, column, width)
    last = 0
    for last, cells in enumerate(rows, 1):
        if last > MOST_ROWS:
            page.write_string(last, 0, "A sheet takes no more rows. JSON and CSV hold all.")
            break
        for column, cell in enumerate(cells):
            page.write_string(last, column, _text(cell))
    if last:
        page.autofilter(0, 0, min(last, MOST_ROWS), len(heads) - 1)


def _text(cell: str) -> str:
    cell = UNSAID.sub("\N{REPLACEMENT CHARACTER}", cell)
    if len(cell) <= LONGEST_CELL:
        return cell
    note = f"… ({len(cell):,} characters)"
    return cell[: LONGEST_CELL - len(note)] + note


def _cells(dossier: Dossier) -> Iterator[tuple[str, ...]]:
    tlp = dossier.label if dossier.tlp is not None else ""
    for row in dossier.rows():
        yield (FINDING, tlp, *_finding(row))
    for sheet in dossier.sheets:
        about = (sheet.scan.id, sheet.name)
        gaps = unseen(sheet)
        for run in (*gaps, *(each for each in sheet.scan.runs if each not in gaps)):
            yield (RUN if run in gaps else LOOKED, tlp, *about, *_run(run, dossier.title_of(run)))
        for collector, number in sheet.held.items():
            said = f"{number} that a direct message alone shows"
            yield (HELD, tlp, *about, "", said, *[""] * 6, collector, *[""] * 6)
    if dossier.left_out:
        yield (LEFT, tlp, "", "", "", scans_left_out(dossier), *[""] * 13)


def _finding(row: Row) -> tuple[str, ...]:
    finding, source = row.finding, row.finding.provenance
    return (
        row.sheet.scan.id,
        row.sheet.name,
        str(finding.kind),
        finding.value,
        str(severity_of(finding)),
        str(finding.confidence),
        str(row.verdict.judgement) if row.verdict is not None else "",
        finding.context,
        finding.first_seen.isoformat() if finding.first_seen else "",
        finding.last_seen.isoformat() if finding.last_seen else "",
        row.run.collector,
        source.source,
        source.url,
        source.fetched_at.isoformat(),
        source.status,
        source.sha256,
        json.dumps(dict(finding.attributes), ensure_ascii=False, sort_keys=True) if finding.attributes else "",
    )


def _run(run: Run, title: str) -> tuple[str, ...]:
    said = run.message or run.reason or ("" if run.outcome in ANSWERS else "no reason given")
    return ("", f"{title}: {run.outcome or run.state}", "", "", "", said, "", "", run.collector, *[""] * 6)
