"""What is told of a scan: always read from the record, never from what rang."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.web.live.cursor import Told
from core.blocks.readers import as_seen
from core.callers import Caller
from core.document import as_document
from core.models import Run, RunState, Scan
from core.store import Look, News

WITHHELD = "Only who asked may see it."


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as both doors tell it. `cursor` resumes after it."""

    name: str
    body: dict[str, Any]
    cursor: str = ""

    def as_sse(self) -> bytes:
        """As HTML has it (https://html.spec.whatwg.org/multipage/server-sent-events.html): JSON has no line ends."""
        id_line = f"id: {self.cursor}\n" if self.cursor else ""
        return f"{id_line}event: {self.name}\ndata: {json.dumps(self.body)}\n\n".encode()

    def as_message(self) -> str:
        return json.dumps({"event": self.name} | ({"id": self.cursor} if self.cursor else {}) | {"data": self.body})


def summary(scan: Scan) -> dict[str, Any]:
    """The scan as `GET` gives it, without findings; which change this is, and how far it is."""
    whole = as_document(scan)
    for each in whole["runs"]:
        each.pop("findings", None)
    now = [run for run in scan.runs if run.round == scan.round]
    return whole | {
        "version": scan.version,
        "changed_at": scan.changed_at.isoformat() if scan.changed_at else None,
        "progress": {
            "closed": sum(run.state is RunState.CLOSED for run in now),
            "total": len(now),
            "findings": sum(run.found for run in scan.runs),
        },
    }


def news_of(look: Look, told: Told, caller: Caller) -> Iterator[Event]:
    """What of this look was not told yet, in the order in which it is to be told; `told` goes along with it."""
    scan = look.scan
    alone = caller.user == scan.asker.user
    shown = (scan.version, scan.changed_at, alone)
    if shown != told.shown:
        told.shown = shown
        yield Event("scan", _covered(scan, alone=alone), told.cursor())
    for news in look.news:
        yield from _of_run(scan, news, told, alone=alone)
    if scan.finished_at is not None and not look.more and told.ended < scan.round:
        told.ended = scan.round
        ended = {"scan": scan.id, "round": scan.round, "status": str(scan.status)}
        yield Event("end", ended, told.cursor())


def _of_run(scan: Scan, news: News, told: Told, *, alone: bool) -> Iterator[Event]:
    where = {"scan": scan.id, "collector": news.run.collector, "round": news.run.round}
    if news.again:
        told.note(news, 0)
        yield Event("again", where, told.cursor())
    for number, finding in news.findings:
        told.note(news, number)
        _, seen, held = as_seen(scan, replace(news.run, findings=(finding,)), alone=alone)
        if held:
            yield Event("withheld", where | {"count": held, "why": WITHHELD}, told.cursor())
        for each in _documents(scan, seen):
            yield Event("finding", where | {"finding": each}, told.cursor())


def _documents(scan: Scan, run: Run) -> list[dict[str, Any]]:
    """The run's findings, as `as_document` has them."""
    (document,) = as_document(replace(scan, runs=(run,)))["runs"]
    return list(document["findings"])


def _covered(scan: Scan, *, alone: bool) -> dict[str, Any]:
    return summary(replace(scan, runs=tuple(as_seen(scan, run, alone=alone)[1] for run in scan.runs)))


def summary_for(scan: Scan, caller: Caller) -> dict[str, Any]:
    """The summary as this caller may see it."""
    return _covered(scan, alone=caller.user == scan.asker.user)
