"""What those who watch scans live read: which scans changed, and what of one scan was not told to them yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.models import Finding, Run, RunState, Scan, standing
from core.store.database import Database
from core.store.rows import finding_from, run_from, scan_from
from core.store.statements import OPEN
from core.store.tables import finding, run, scan

AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class Reach:
    """How far somebody was told of a collector's findings: up to the one with this id, of the run of this round as it
    was claimed with this fence. A run that is claimed anew drops its findings, and its fence grows."""

    round: int
    fence: int
    last: int


@dataclass(frozen=True, slots=True)
class News:
    """Findings of one run that were not told yet, with their ids, in their order. `again`: the run began anew, and
    what was told of it before is not in the record any more."""

    run: Run
    findings: tuple[tuple[int, Finding], ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """One moment of a scan: it with its newest runs, without findings; and what is new. `more`: not all that is."""

    scan: Scan
    news: tuple[News, ...]
    more: bool


class Looks:
    def __init__(self, database: Database) -> None:
        self._db = database

    def changed(self, *, teams: Collection[str], since: datetime, ids: Collection[str]) -> list[Scan]:
        """The scans of these workspaces that are open or changed after that moment, and those with these ids; without
        runs."""
        wide = scan.c.team.in_(sorted(teams)) & ((scan.c.changed_at > since) | scan.c.status.in_(OPEN))
        parts: list[sa.ColumnElement[bool]] = [wide] if teams else []
        named = sorted(ids)
        parts += [scan.c.id.in_(named[start : start + AT_ONCE]) for start in range(0, len(named), AT_ONCE)]

        def work(db: sa.Connection) -> list[Scan]:
            return [scan_from(row) for part in parts for row in db.execute(scan.select().where(part))]

        return self._db.read(work)

    def after(self, team: str, moment: datetime, last: str = "", *, limit: int) -> list[Scan]:
        """The scans of a workspace that changed later than the scan `last`, which changed at that moment: the earliest
        change first; without runs."""
        # The first half is what the index is entered by; the second tells those of one moment apart.
        later = (scan.c.changed_at >= moment) & ((scan.c.changed_at > moment) | (scan.c.id > last))
        query = scan.select().where(scan.c.team == team, later)
        query = query.order_by(scan.c.changed_at, scan.c.id).limit(limit)
        return self._db.read(lambda db: [scan_from(row) for row in db.execute(query)])

    def look(self, scan_id: str, told: Mapping[str, Reach], *, limit: int) -> Look:
        """A scan, and up to `limit` findings that were not told yet; `told` says of each collector what was.

        Raises:
            KeyError: there is no such scan.
        """

        def work(db: sa.Connection) -> Look:
            row = db.execute(scan.select().where(scan.c.id == scan_id)).one_or_none()
            if row is None:
                raise KeyError(scan_id)
            query = run.select().where(run.c.scan_id == scan_id).order_by(run.c.round, run.c.position)
            rows = db.execute(query).all()
            runs = standing(run_from(each) for each in rows)
            holders = {each.id: each.same_as or each.id for each in rows}
            news: list[News] = []
            left = limit
            for each in runs:
                found = _news(db, each, holders[each.id], told.get(each.collector), left)
                left -= len(found.findings)
                if found.findings or found.again:
                    news.append(found)
            return Look(scan_from(row, runs), tuple(news), more=left <= 0)

        return self._db.read(work)


def _news(db: sa.Connection, one: Run, holder: str, told: Reach | None, limit: int) -> News:
    # What a run left behind that waits to be claimed anew is about to be dropped.
    if not one.found or one.state is RunState.QUEUED:
        return News(one, (), again=_began_anew(one, told))
    again = _began_anew(one, told)
    last = told.last if told is not None and told.round == one.round and not again else 0
    query = finding.select().where(finding.c.run_id == holder, finding.c.id > last).order_by(finding.c.id)
    rows: list[Any] = list(db.execute(query.limit(limit))) if limit > 0 else []
    return News(one, tuple((row.id, finding_from(row)) for row in rows), again)


def _began_anew(one: Run, told: Reach | None) -> bool:
    """Told of this very run, but before it was claimed anew."""
    if told is None or told.round != one.round or one.state is RunState.QUEUED:
        return False
    return told.last > 0 and told.fence != one.fence
