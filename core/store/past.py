"""Earlier looks at a target: the scans of it that a reader may see, with the runs of all their rounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.access import Reader, sees
from core.models import Scan, Target
from core.store.database import Database
from core.store.opening import digest
from core.store.rows import run_from, scan_from
from core.store.tables import run, scan

AT_ONCE = 50  # scans read at once
MOST_READ = 500  # of one target, when most of them are not for the reader


class Past:
    def __init__(self, database: Database) -> None:
        self._db = database

    def looks(self, reader: Reader, target: Target, *, before: Scan | None = None, limit: int = AT_ONCE) -> list[Scan]:
        """The scans of this target that the reader may see, newest first, opened before that one; each with the runs
        of all its rounds, without findings."""

        def work(db: sa.Connection) -> list[Scan]:
            after = (before.created_at, before.id) if before is not None else None
            found: list[Scan] = []
            for _ in range(MOST_READ // AT_ONCE):
                rows = db.execute(_page(reader.team, target, after)).all()
                found += [one for one in map(scan_from, rows) if sees(reader, one)]
                if len(rows) < AT_ONCE or len(found) >= limit:
                    break
                after = (rows[-1].created_at, rows[-1].id)
            return _with_all_runs(db, found[:limit])

        return self._db.read(work)


def _page(team: str, target: Target, after: tuple[datetime, str] | None) -> sa.Select[Any]:
    query = scan.select().where(scan.c.team == team, scan.c.target_digest == digest(str(target.kind), target.value))
    if after is not None:
        at, last = after
        # The first half is what the index is entered by; the second tells those of one moment apart.
        query = query.where(scan.c.created_at <= at, (scan.c.created_at < at) | (scan.c.id < last))
    return query.order_by(scan.c.created_at.desc(), scan.c.id.desc()).limit(AT_ONCE)


def _with_all_runs(db: sa.Connection, scans: list[Scan]) -> list[Scan]:
    if not scans:
        return []
    query = run.select().where(run.c.scan_id.in_([one.id for one in scans])).order_by(run.c.round, run.c.position)
    runs: dict[str, list[Any]] = {one.id: [] for one in scans}
    for row in db.execute(query):
        runs[row.scan_id].append(run_from(row))
    return [replace(one, runs=tuple(runs[one.id])) for one in scans]
