"""`python -m bot audit verify | export`: whether the audit is as it was written, and all of it for somebody else."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click

from bot.operations import desk
from core.exports.cells import harmless
from core.store import Verified

COLUMNS = (
    *("id", "at", "team", "channel", "user", "door", "verb", "subject", "decision", "rule", "scan_id"),
    *("reason", "outcome", "chained", "before", "salt", "said", "link"),
)
TAMPERED = 3


@click.group()
def audit() -> None:
    """The audit: who did what, why, where, and what came of it."""


@audit.command()
@click.option("--head", "heads", multiple=True, help="A link noted earlier: it must still stand in a chain.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify(heads: tuple[str, ...], *, as_json: bool) -> None:
    """Look whether every row is as it was written. Prints each chain's head: keep it where nobody here can write.

    Exit status: 0 every link holds, 1 the database does not answer, 3 a link does not hold.
    """
    with desk.troubles(), desk.record(desk.settings()) as store:
        found = store.chain.verify(heads=heads)
    told = {"chains": [_told(each) for each in found]}
    desk.show(told, _lines, as_json=as_json)
    sys.exit(TAMPERED if any(each.broken for each in found) else desk.DONE)


def _told(each: Verified) -> dict[str, Any]:
    names = ("team", "rows", "head", "waiting", "forgotten", "broken")
    return {name: getattr(each, name) for name in names}


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    for each in told["chains"]:
        name = each["team"] or "(no workspace)"
        if each["broken"]:
            yield f"BROKEN {name}: {each['broken']} {each['rows']} rows before it hold."
        else:
            yield f"ok {name}: {each['rows']} rows hold. Head: {each['head']}"
        if each["forgotten"]:
            yield f"   {each['forgotten']} of them were forgotten: what they said is gone, that they were there is not."
        if each["waiting"]:
            yield f"   {each['waiting']} rows are not chained yet: nothing can be said of them. A worker chains them."
    if not told["chains"]:
        yield "The audit is empty."


@audit.command()
@click.option("--from", "since", default="", help="From this day or moment (UTC) on: 2026-11-01")
@click.option("--to", "until", default="", help="Until before this day or moment (UTC).")
@click.option("--team", default="", help="Only this workspace.")
@click.option("--csv", "form", flag_value="csv", help="For spreadsheets; formulas are made harmless.")
@click.option("--jsonl", "form", flag_value="jsonl", default="jsonl", help="One JSON object a line (the default).")
def export(since: str, until: str, team: str, form: str) -> None:
    """Print every row, oldest first. Rows that are not chained yet have no link."""
    with desk.troubles(), desk.record(desk.settings()) as store:
        rows = store.chain.rows(since=_moment(since), until=_moment(until), team=team or None)
        for line in _csv(rows) if form == "csv" else map(_json, rows):
            click.echo(line)


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps({name: _plain(row[name]) for name in COLUMNS})


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield ",".join(COLUMNS)
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([_cell(row[name]) for name in COLUMNS])
        yield line.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else harmless(str(_plain(value)))


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        desk.stop(f"{text!r} is no day or moment. Write it as 2026-11-01 or 2026-11-01T12:00.", desk.BAD_INPUT)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
