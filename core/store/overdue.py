"""What the sweeper looks for: work that nobody holds any more. The queue is a hint; this is how it heals."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from core import clock
from core.metrics import count
from core.models import Outcome, Priority, RunState, ScanStatus
from core.store import counting
from core.store.database import Database, after
from core.store.installed import reachable
from core.store.runs import MOST_ATTEMPTS
from core.store.scans import count_down
from core.store.statements import DUE, due_at, flying
from core.store.tables import flight, inbox, run, scan
from core.store.watch import Watch

FORGOTTEN = 2.0  # seconds after its time


class Overdue:
    """Leases are watched, not dated: see `Watch`. So one of these must live as long as the process that sweeps."""

    def __init__(self, database: Database, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._db = database
        self._runs = Watch(seconds)
        self._desks = Watch(seconds)

    def reclaim(self, *, lease: float) -> list[str]:
        """Runs that nobody has attended to for `lease` seconds: queued again the first time, closed as failed
        (worker lost) the second. Returns their scans."""
        running = sa.select(
            run.c.id, run.c.scan_id, run.c.collector, run.c.fence, run.c.attempt, run.c.lease_until
        ).where(run.c.state == str(RunState.RUNNING))
        rows: dict[str, Any] = {}

        def look() -> dict[str, Hashable]:
            rows.update({row.id: row for row in self._db.read(lambda db: db.execute(running).all())})
            return {row.id: (row.fence, row.lease_until) for row in rows.values()}

        lost = [rows[run_id] for run_id in self._runs.unchanged(look, least=lease)]
        for row in lost:  # each in a transaction of its own: who held one scan and waited for another would make a ring
            self._db.write(partial(_lose, row=row))
        return sorted({row.scan_id for row in lost})

    def vacate(self, *, lease: float) -> None:
        """Free the desks that nobody has attended to for `lease` seconds."""
        taken = sa.select(scan.c.id, scan.c.desk_fence, scan.c.desk_until).where(scan.c.desk_until.is_not(None))
        rows: dict[str, Any] = {}

        def look() -> dict[str, Hashable]:
            rows.update({row.id: row for row in self._db.read(lambda db: db.execute(taken).all())})
            return {row.id: (row.desk_fence, row.desk_until) for row in rows.values()}

        for row in (rows[scan_id] for scan_id in self._desks.unchanged(look, least=lease)):
            self._db.write(partial(_vacate, row=row))

    def queued(self, *, older_than: float) -> list[str]:
        """Interactive scans with runs that have been queued for a while and are due: their task may be lost. Asked
        about once a period. The others need no task: workers fetch them when they have room."""

        def work(db: sa.Connection) -> list[str]:
            now = clock.now()
            long_ago = run.c.queued_at < now - timedelta(seconds=older_than)
            # Who put a run off sends it itself in time, once: a moment later that one is gone.
            forgotten = (run.c.after < now - timedelta(seconds=FORGOTTEN)) & (run.c.queued_at < run.c.after)
            waited = long_ago | forgotten | (run.c.queued_at > clock.soon())
            hinted = run.c.scan_id.in_(sa.select(scan.c.id).where(scan.c.priority == str(Priority.INTERACTIVE)))
            stale = (run.c.state == str(RunState.QUEUED)) & waited & DUE & hinted
            due = due_at(now)
            scans = db.execute(sa.select(run.c.scan_id).where(stale).distinct().limit(500), due).scalars().all()
            ours = sa.select(run.c.id).where(stale, run.c.scan_id.in_(scans)).order_by(run.c.id)
            ids = db.execute(ours.with_for_update(skip_locked=True), due).scalars().all()  # who holds one is at it
            db.execute(run.update().where(run.c.id.in_(ids)).values(queued_at=now))
            return list(scans)

        return self._db.write(work)

    def untold(self) -> list[str]:
        """Scans whose thread does not say yet what the record knows, and at whose desk nobody sits."""
        now = clock.now()
        due = scan.c.desk_after.is_(None) | (scan.c.desk_after < now) | (scan.c.desk_since > clock.soon())
        query = (
            sa.select(scan.c.id)
            .where(scan.c.told < scan.c.wanted, scan.c.channel != "", ~scan.c.hushed, scan.c.desk_until.is_(None), due)
            .where(reachable(scan.c.team))
            .order_by(scan.c.desk_after)
            .limit(500)
        )
        return self._db.read(lambda db: list(db.execute(query).scalars()))

    def tidy(self, *, keep: timedelta = timedelta(days=2)) -> None:
        """Forget old delivery keys and ended flights."""

        def work(db: sa.Connection) -> None:
            db.execute(inbox.delete().where(inbox.c.at < clock.now() - keep))
            db.execute(flight.delete().where(~flying()))

        self._db.write(work)


def _vacate(db: sa.Connection, row: Any) -> None:
    still = (scan.c.desk_fence == row.desk_fence) & (scan.c.desk_until == row.desk_until)
    free = {"desk_until": None, "desk_fence": row.desk_fence + 1}
    if db.execute(scan.update().where(scan.c.id == row.id, still).values(free)).rowcount:
        after(db, partial(count, "gumshoe_leases_lost_total", of="desk"))


def _lose(db: sa.Connection, row: Any) -> None:
    """Take a run from the worker that held it when it was looked at, unless that has attended to it since."""
    now = clock.now()
    held = (run.c.fence == row.fence) & (run.c.lease_until == row.lease_until)
    still = (run.c.id == row.id) & held & (run.c.state == str(RunState.RUNNING))
    # The run before its scan, as everybody locks them: else a cancel and a sweep wait for each other.
    if db.execute(run.select().where(still).with_for_update()).first() is None:
        return
    db.execute(flight.delete().where(flight.c.run_id == row.id))
    after(db, partial(count, "gumshoe_leases_lost_total", of="run"))
    stopped = _status(db, row.scan_id) == str(ScanStatus.CANCELLED)
    if row.attempt < MOST_ATTEMPTS and not stopped:
        again = {"state": str(RunState.QUEUED), "lease_until": None, "queued_at": now, "fence": row.fence + 1}
        db.execute(run.update().where(still).values(again))
        return
    ended = {
        "state": str(RunState.CLOSED),
        "outcome": str(Outcome.CANCELLED if stopped else Outcome.FAILED),
        "reason": "cancelled" if stopped else "worker_lost",
        "message": "Stopped." if stopped else "The worker doing this was lost twice. Re-Run to try again.",
        "lease_until": None,
        "closed_at": now,
    }
    after(db, partial(counting.closed, row.collector, str(ended["outcome"]), str(ended["reason"])))
    count_down(db, row.scan_id, db.execute(run.update().where(still).values(ended)).rowcount, now)


def _status(db: sa.Connection, scan_id: str) -> str:
    return str(db.execute(sa.select(scan.c.status).where(scan.c.id == scan_id)).scalar_one())
