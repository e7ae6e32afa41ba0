"""The scans somebody may see, page by page, newest first: as fast for the last page of many as for the first.

A page goes through an index from where the page before ended, for each reason why its reader may see a scan: it is
theirs, it is of a case of theirs, it was asked in one of their channels and is not TLP:RED, or they may see all. So a
reader of five channels costs seven short looks, and nobody's page is filtered out of everybody's scans.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.callers import Caller, Scope
from core.cases import Tlp
from core.models import ANSWERS, Kind, Outcome, Priority, RunState, Scan, ScanStatus, Target
from core.progress import Progress
from core.store import cursors
from core.store.database import Database
from core.store.opening import digest
from core.store.rows import storable
from core.store.scans import with_runs
from core.store.tables import run, scan
from core.store.team import member

MOST = 200  # scans on a page
_LATER = run.alias("later")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which scans; what is not set does not narrow. `collector` and `outcome` are of the same, newest run."""

    status: Progress | None = None
    kind: Kind | None = None
    target: Target | None = None
    collector: str = ""
    outcome: Outcome | None = None
    asker: str = ""
    tag: str = ""
    priority: Priority | None = None
    since: datetime | None = None  # created then or later
    until: datetime | None = None  # created before


@dataclass(frozen=True, slots=True)
class Page:
    """Scans with the newest run of each collector, without findings. `cursor` leads to the next page; empty: it is
    the last one."""

    scans: tuple[Scan, ...]
    cursor: str = ""


NO_FILTERS = Filters()


class Listing:
    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, caller: Caller, filters: Filters = NO_FILTERS, *, cursor: str = "", limit: int = 50) -> Page:
        """The scans that this caller may see, newest first.

        Raises:
            BadQuestion: the cursor is none that a page gave.
        """
        after = cursors.read(cursor)
        limit = max(1, min(limit, MOST))

        def work(db: sa.Connection) -> Page:
            keys = db.execute(statement(caller, filters, after, limit + 1)).all()
            ids = [row.id for row in keys[:limit]]
            rows = {row.id: row for row in db.execute(scan.select().where(scan.c.id.in_(ids)))} if ids else {}
            scans = with_runs(db, [rows[each] for each in ids])
            return Page(tuple(scans), _cursor(keys[limit - 1]) if len(keys) > limit else "")

        return self._db.read(work)


def statement(
    caller: Caller, filters: Filters, after: tuple[datetime, str] | None, limit: int
) -> sa.Select[tuple[str, datetime]]:
    """Ids and times of the scans on a page."""
    looks = [_look(each, caller.team, filters, after, limit) for each in _reasons(caller)]
    if len(looks) == 1:
        return looks[0]
    found = sa.union(*(sa.select(look.subquery()) for look in looks)).subquery()
    return sa.select(found.c.id, found.c.created_at).order_by(*_newest_first(found)).limit(limit)


def _reasons(caller: Caller) -> list[sa.ColumnElement[bool] | None]:
    """Why this caller may see a scan: as `core.access.sees` says of one. None: without one."""
    if caller.may(Scope.ADMIN):
        return [None]
    cases = sa.select(member.c.case_id).where(member.c.user == caller.user)
    in_case = scan.c.case_id.in_(cases) & (scan.c.case_id != sa.literal_column("''"))  # as the index has it
    mine: list[sa.ColumnElement[bool] | None] = [scan.c.asker_user == caller.user, in_case]
    shown = scan.c.tlp != str(Tlp.RED)
    return mine + [(scan.c.channel == channel) & shown for channel in sorted(caller.channels) if channel]


def _look(
    reason: sa.ColumnElement[bool] | None,
    team: str,
    filters: Filters,
    after: tuple[datetime, str] | None,
    limit: int,
) -> sa.Select[tuple[str, datetime]]:
    query = sa.select(scan.c.id, scan.c.created_at).where(scan.c.team == team, *_narrowed(filters))
    if reason is not None:
        query = query.where(reason)
    # One bound alone: SQLite would enter the index by either of two, and walk on to the other.
    if after is not None and (filters.until is None or after[0] < filters.until):
        at, last = after
        # The first half is what an index over the time is entered by; the second tells those of one moment apart.
        query = query.where(scan.c.created_at <= at, (scan.c.created_at < at) | (scan.c.id < last))
    elif filters.until is not None:
        query = query.where(scan.c.created_at < filters.until)
    return query.order_by(*_newest_first(scan)).limit(limit)


def _newest_first(table: sa.FromClause) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    return table.c.created_at.desc(), table.c.id.desc()


def _narrowed(filters: Filters) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if filters.target:
        wanted.append(scan.c.target_digest == digest(str(filters.target.kind), filters.target.value))
    if filters.tag:
        wanted += [
            scan.c.tag == storable(filters.tag),
            scan.c.tag != sa.literal_column("''"),
        ]  # word for word as in the index
    equal = ((scan.c.kind, filters.kind), (scan.c.asker_user, filters.asker), (scan.c.priority, filters.priority))
    wanted += [column == storable(str(value)) for column, value in equal if value]
    if filters.since:
        wanted.append(scan.c.created_at >= filters.since)
    if filters.collector or filters.outcome:
        ran = [run.c.collector == storable(filters.collector)] if filters.collector else []
        ran += [run.c.outcome == str(filters.outcome)] if filters.outcome else []
        wanted.append(_any_run(_standing(), *ran))
    return wanted + (_comes_to(filters.status) if filters.status else [])


def _comes_to(status: Progress) -> list[sa.ColumnElement[bool]]:
    """As `core.progress.progress` says of one scan."""
    plain = {Progress.PENDING: ScanStatus.QUEUED, Progress.REVOKED: ScanStatus.CANCELLED}
    if status in plain:
        return [scan.c.status == str(plain[status])]
    if status in (Progress.SUCCESS, Progress.FAILURE):
        answered = _any_run(_standing(), run.c.outcome.in_(sorted(ANSWERS)))
        return [scan.c.status == str(ScanStatus.FINISHED), answered if status is Progress.SUCCESS else ~answered]
    now = run.c.round == scan.c.round
    tried = (run.c.state == str(RunState.QUEUED)) & ((run.c.attempt > 0) | run.c.put_off.is_not(None))
    retry = ~_any_run(now, run.c.state == str(RunState.RUNNING)) & _any_run(now, tried)
    ended = (run.c.state == str(RunState.CLOSED)) & run.c.started_at.is_not(None)
    something = _any_run(now, (run.c.found > 0) | ended)
    running: list[sa.ColumnElement[bool]] = [scan.c.status == str(ScanStatus.RUNNING)]
    if status is Progress.RETRY:
        return [*running, retry]
    return [*running, ~retry, something if status is Progress.PROCESSING else ~something]


def _any_run(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(run.c.scan_id == scan.c.id, *conditions).correlate(scan)


def _standing() -> sa.ColumnElement[bool]:
    """The run is the newest of its collector."""
    same = (_LATER.c.scan_id == run.c.scan_id) & (_LATER.c.collector == run.c.collector)
    return ~sa.exists().where(same, _LATER.c.round > run.c.round).correlate(run)


def _cursor(row: Any) -> str:
    return cursors.written(row.created_at, row.id)
