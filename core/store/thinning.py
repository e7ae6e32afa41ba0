"""Quiet looks of watches grow old: those that told nothing and that nobody and nothing needs any more are deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.models import Outcome, RunState
from core.store.casefiles import hand_on
from core.store.database import Database
from core.store.tables import run, scan
from core.store.team import note, verdict, watch

LAST = 20  # looks of each watch that are kept however old they are
BATCH = 100  # looks in one transaction
FULL = (str(Outcome.FOUND), str(Outcome.NOTHING))
ANSWERED = (*FULL, str(Outcome.PARTIAL))


class Thinning:
    def __init__(self, database: Database) -> None:
        self._db = database

    def thin(self, *, days: int) -> int:
        """Delete some looks older than that; how many: 0, when there are no more. With 0 days all are kept.

        Kept are each watch's last ones, those whose thread was written, those that somebody asked again, judged, noted
        or pivoted from, those of cases, which have an end of their own, and those with an answer that the next look is
        held against: the last full one of each collector, and partial ones since.
        """
        if not days:
            return 0

        def work(db: sa.Connection) -> int:
            ids: list[str] = list(db.execute(_old(days).limit(BATCH)).scalars())
            if ids:
                hand_on(db, ids)
                db.execute(scan.delete().where(scan.c.id.in_(ids)))
            return len(ids)

        return self._db.write(work)


def _old(days: int) -> sa.Select[Any]:
    newest_first = sa.func.row_number().over(
        partition_by=scan.c.watch_id, order_by=(scan.c.created_at.desc(), scan.c.id.desc())
    )
    looks = sa.select(scan.c.id, newest_first.label("place")).where(scan.c.watch_id != "").subquery()
    old = (looks.c.place > LAST) & (scan.c.created_at < clock.now() - timedelta(days=days))
    told_nothing = scan.c.hushed & (scan.c.told == scan.c.wanted) & (scan.c.open_runs == 0) & (scan.c.round == 1)
    query = sa.select(scan.c.id).join(looks, looks.c.id == scan.c.id)
    query = query.where(old, told_nothing, scan.c.case_id == "", ~_is_needed(), ~_is_held_against())
    return query.order_by(scan.c.created_at, scan.c.id)


def _is_needed() -> sa.ColumnElement[bool]:
    named = sa.or_(watch.c.last_scan == scan.c.id, watch.c.changed_scan == scan.c.id, watch.c.running == scan.c.id)
    child = scan.alias("child")
    reasons = (
        sa.exists().where(watch.c.id == scan.c.watch_id, named),
        sa.exists().where(verdict.c.scan_id == scan.c.id),
        sa.exists().where(note.c.scan_id == scan.c.id),
        sa.exists().where(child.c.parent_id == scan.c.id),
    )
    return sa.or_(*(each.correlate(scan) for each in reasons))


def _is_held_against() -> sa.ColumnElement[bool]:
    """As `core.store.watches` reads what the looks before one knew: an answer of it has no full one behind it."""
    later, answer = scan.alias("later"), run.alias("answer")
    judged = ~later.c.hushed | (later.c.told > 0)
    alike = (later.c.watch_id == scan.c.watch_id) & (later.c.playbook == scan.c.playbook)
    alike &= (later.c.options == scan.c.options) & (later.c.created_at > scan.c.created_at) & judged
    full = (answer.c.scan_id == later.c.id) & (answer.c.collector == run.c.collector)
    full &= (answer.c.state == str(RunState.CLOSED)) & answer.c.outcome.in_(FULL) & (answer.c.round == 1)
    superseded = sa.exists().where(alike, full).correlate(scan, run)
    return sa.exists().where(run.c.scan_id == scan.c.id, run.c.outcome.in_(ANSWERED), ~superseded).correlate(scan)
