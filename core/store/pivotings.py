"""Scans that are to pivot by themselves: which have ended and are due, who is at it, and what was left out.

The row is written by the transaction that opens such a scan, and becomes due in the one that ends it, so there is no
end without it. What it starts is named by the findings it comes from, so whoever repeats it starts nothing twice.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from core import clock
from core.store.database import Database
from core.store.statements import WANT
from core.store.tables import scan
from core.store.team import pivoting

WANTED, DUE, DONE = "wanted", "due", "done"
MOST = 100
FURTHEST = 3600.0  # seconds: a claim that lies beyond was written by a wrong clock


class Pivotings:
    def __init__(self, database: Database) -> None:
        self._db = database

    def waiting(self) -> list[str]:
        """Scans that ended, and have not pivoted yet."""
        query = sa.select(pivoting.c.scan_id).where(*_due()).limit(MOST)
        return self._db.read(lambda db: list(db.execute(query).scalars()))

    def take(self, scan_id: str, *, lease: float) -> int | None:
        """Claim one for so many seconds: which batch is due; None: none is, or somebody is at it."""
        due = sa.select(pivoting.c.batch).where(pivoting.c.scan_id == scan_id, *_due())
        if self._db.read(lambda db: db.execute(due).first()) is None:
            return None

        def work(db: sa.Connection) -> int | None:
            now = clock.now()
            claimed = pivoting.update().where(pivoting.c.scan_id == scan_id, *_due())
            values = {"tries": pivoting.c.tries + 1, "after": now + timedelta(seconds=lease), "changed_at": now}
            return db.execute(claimed.values(values).returning(pivoting.c.batch)).scalar()

        return self._db.write(work)

    def done(self, scan_id: str, *, batch: int, left: int, why: str = "") -> None:
        """This batch is started; so many were left out, for good when `why` says so."""
        now = clock.now()
        same = (pivoting.c.scan_id == scan_id) & (pivoting.c.batch == batch)
        values = {"state": DONE, "left": left, "why": why, "after": None, "changed_at": now}

        def work(db: sa.Connection) -> None:
            db.execute(pivoting.update().where(same).values(values))
            db.execute(WANT, {"b_scan": scan_id, "b_now": now})  # its thread says what is left

        self._db.write(work)

    def more(self, scan_id: str) -> bool:
        """Somebody asks for the next batch; False: nothing is left, or it was asked for already."""
        same = (pivoting.c.scan_id == scan_id) & (pivoting.c.state == DONE) & (pivoting.c.left > 0)
        same &= pivoting.c.why == ""
        values = {"state": DUE, "batch": pivoting.c.batch + 1, "left": 0, "after": None, "changed_at": clock.now()}
        return bool(self._db.write(lambda db: db.execute(pivoting.update().where(same).values(values)).rowcount))

    def left(self, scan_id: str) -> tuple[int, str]:
        """How many its limit left out, and why for good."""
        query = sa.select(pivoting.c.left, pivoting.c.why).where(
            pivoting.c.scan_id == scan_id, pivoting.c.state == DONE
        )
        row = self._db.read(lambda db: db.execute(query).one_or_none())
        return (row.left, row.why) if row is not None else (0, "")


def want(db: sa.Connection, scan_id: str, *, ended: bool) -> None:
    """Within the transaction that opens a scan: it is to pivot by itself once it has ended."""
    now = clock.now()
    db.execute(pivoting.insert().values(scan_id=scan_id, state=DUE if ended else WANTED, changed_at=now))


def now_due(db: sa.Connection, scan_id: str) -> None:
    """Within the transaction that ended a round: what waited for the end is due, unless the scan was stopped."""
    whole = sa.select(scan.c.id).where(scan.c.id == scan_id, scan.c.status == "finished").exists()
    waits = (pivoting.c.scan_id == scan_id) & (pivoting.c.state == WANTED)
    db.execute(pivoting.update().where(waits, whole).values(state=DUE, changed_at=clock.now()))


def _due() -> tuple[sa.ColumnElement[bool], ...]:
    now = clock.now()
    beyond = pivoting.c.after > now + timedelta(seconds=FURTHEST + clock.SLACK)
    due = pivoting.c.state == sa.literal_column(f"'{DUE}'")  # word for word as in the index
    return due, pivoting.c.after.is_(None) | (pivoting.c.after <= now) | beyond
