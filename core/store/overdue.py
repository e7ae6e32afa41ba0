"""What the sweeper looks for: work that nobody holds any more. The queue is a hint; this is how it heals."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from core import clock
from core.models import Outcome, RunState, ScanStatus
from core.store.database import Database
from core.store.runs import MOST_ATTEMPTS
from core.store.scans import count_down
from core.store.tables import flight, inbox, run, scan


class Overdue:
    def __init__(self, database: Database) -> None:
        self._db = database

    def reclaim(self) -> list[str]:
        """Runs whose lease ended: queued again the first time, closed as failed (worker lost) the second.
        Returns their scans."""

        now = clock.now()  # of the call, not of its repetition: leases that end while the record hangs are not over

        def work(db: sa.Connection) -> list[str]:
            lost = run.select().where(run.c.state == str(RunState.RUNNING), run.c.lease_until < now)
            rows = db.execute(lost.order_by(run.c.id).with_for_update(skip_locked=True)).all()
            for row in rows:
                still = (run.c.id == row.id) & (run.c.fence == row.fence) & (run.c.state == str(RunState.RUNNING))
                stopped = _status(db, row.scan_id) == str(ScanStatus.CANCELLED)
                if row.attempt < MOST_ATTEMPTS and not stopped:
                    again = {
                        "state": str(RunState.QUEUED),
                        "lease_until": None,
                        "queued_at": now,
                        "fence": row.fence + 1,
                    }
                    db.execute(run.update().where(still).values(again))
                    continue
                outcome = Outcome.CANCELLED if stopped else Outcome.FAILED
                closed = db.execute(
                    run.update()
                    .where(still)
                    .values(
                        state=str(RunState.CLOSED),
                        outcome=str(outcome),
                        reason="cancelled" if stopped else "worker_lost",
                        message="Stopped." if stopped else "The worker doing this was lost twice. Re-Run to try again.",
                        lease_until=None,
                        closed_at=now,
                    )
                ).rowcount
                db.execute(flight.delete().where(flight.c.run_id == row.id))
                count_down(db, row.scan_id, closed, now)
            return sorted({row.scan_id for row in rows})

        return self._db.write(work)

    def queued(self, *, older_than: float) -> list[str]:
        """Scans with runs that have been queued for a while: their task may be lost. Asked about once a period."""

        def work(db: sa.Connection) -> list[str]:
            now = clock.now()
            stale = (run.c.state == str(RunState.QUEUED)) & (run.c.queued_at < now - timedelta(seconds=older_than))
            scans = db.execute(sa.select(run.c.scan_id).where(stale).distinct().limit(500)).scalars().all()
            ours = sa.select(run.c.id).where(stale, run.c.scan_id.in_(scans)).order_by(run.c.id)
            ids = db.execute(ours.with_for_update(skip_locked=True)).scalars().all()  # who holds one is at it
            db.execute(run.update().where(run.c.id.in_(ids)).values(queued_at=now))
            return list(scans)

        return self._db.write(work)

    def untold(self) -> list[str]:
        """Scans whose thread does not say yet what the record knows, and at whose desk nobody sits."""
        now = clock.now()
        free = scan.c.desk_until.is_(None) | (scan.c.desk_until < now)
        due = scan.c.desk_after.is_(None) | (scan.c.desk_after < now)
        query = (
            sa.select(scan.c.id)
            .where(scan.c.told < scan.c.wanted, scan.c.channel != "", free, due)
            .order_by(scan.c.desk_after)
            .limit(500)
        )
        return self._db.read(lambda db: list(db.execute(query).scalars()))

    def tidy(self, *, keep: timedelta = timedelta(days=2)) -> None:
        """Forget old delivery keys and ended flights."""

        def work(db: sa.Connection) -> None:
            db.execute(inbox.delete().where(inbox.c.at < clock.now() - keep))
            db.execute(flight.delete().where(flight.c.until < clock.now() - timedelta(hours=1)))

        self._db.write(work)


def _status(db: sa.Connection, scan_id: str) -> str:
    return str(db.execute(sa.select(scan.c.status).where(scan.c.id == scan_id)).scalar_one())
