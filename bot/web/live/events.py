"""What is told of a scan: always read from the record, never from what rang."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.web.api.telling import whole
from bot.web.live.cursor import Told
from core.callers import Caller
from core.document import as_document
from core.models import Scan
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


def summary(scan: Scan, caller: Caller) -> dict[str, Any]:
    """The scan as GET gives it to this caller, without findings and headlines, and which change of it this is."""
    seen = whole(scan, caller)
    for each in seen["runs"]:
        each.pop("findings", None)
    return seen | {"version": scan.version}


def news_of(look: Look, told: Told, caller: Caller) -> Iterator[Event]:
    """What of this look was not told yet, in the order in which it is to be told; `told` goes along with it."""
    scan = look.scan
    alone = caller.asked(scan)
    shown = (scan.version, scan.changed_at, alone)
    if shown != told.shown:
        told.shown = shown
        yield Event("scan", summary(scan, caller), told.cursor())
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
        (seen,) = as_document(replace(scan, runs=(replace(news.run, findings=(finding,)),)), alone=alone)["runs"]
        if held := seen.get("held_back"):
            yield Event("withheld", where | {"count": held, "why": WITHHELD}, told.cursor())
        for each in seen["findings"]:
            yield Event("finding", where | {"finding": each}, told.cursor())
