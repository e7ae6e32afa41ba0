"""Callbacks in the record: which rounds' ends are to be told to a URL, who is at it, and how that went.

The row is written by the transaction that ends the round, so there is no end without it. Who tells claims it: raises
`tries`, its fencing number, and says in `after` when the next may try, whatever became of the first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.store.database import Database
from core.store.rows import storable
from core.store.statements import CALL_BACK, STIR
from core.store.tables import callback

DUE, TOLD, GIVEN_UP = "due", "told", "given up"
FURTHEST = 7200.0  # seconds: nothing is put off for longer; what lies beyond was written by a wrong clock
MOST = 500


@dataclass(frozen=True, slots=True)
class Callback:
    """That one round of a scan has ended, and how far that was told to its URL."""

    scan_id: str
    round: int
    state: str  # due, told, given up
    tries: int
    error: str  # why the last try did not do
    after: datetime | None  # when the next try is due
    changed_at: datetime


class Callbacks:
    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, scan_id: str) -> list[Callback]:
        """Of each round of a scan that has ended, the first round first."""
        return self._db.read(lambda db: _listed(db, scan_id))

    def waiting(self) -> list[str]:
        """Scans with a callback that is due now."""
        query = sa.select(callback.c.scan_id).where(*_due(clock.now())).distinct().limit(MOST)
        return self._db.read(lambda db: list(db.execute(query).scalars()))

    def take(self, scan_id: str, *, lease: float) -> list[Callback]:
        """Claim what is due of a scan: for so many seconds nobody else may tell it."""
        due = callback.select().where(callback.c.scan_id == scan_id, *_due(clock.now()))
        if not self._db.read(lambda db: db.execute(due).first()):
            return []

        def work(db: sa.Connection) -> list[Callback]:
            now = clock.now()
            rows = db.execute(due.order_by(callback.c.round).with_for_update()).all()
            claimed = {"tries": callback.c.tries + 1, "after": now + timedelta(seconds=lease), "changed_at": now}
            taken = [db.execute(_still(row.scan_id, row.round, row.tries).values(claimed)).rowcount for row in rows]
            mine = [row.round for row, count in zip(rows, taken, strict=True) if count]
            return [each for each in _listed(db, scan_id) if each.round in mine]

        return self._db.write(work)

    def told(self, one: Callback) -> bool:
        """The receiver has it. False: somebody else is at it by now, or has told it."""
        return self._end(one, state=TOLD, error="", after=None)

    def put_off(self, one: Callback, seconds: float, *, error: str) -> bool:
        """It did not do; the next may try in so many seconds."""
        after = clock.now() + timedelta(seconds=min(seconds, FURTHEST))
        return self._end(one, state=DUE, error=storable(error), after=after)

    def give_up(self, one: Callback, *, error: str) -> bool:
        """It did not do, and is not tried again."""
        return self._end(one, state=GIVEN_UP, error=storable(error), after=None)

    def _end(self, one: Callback, **values: Any) -> bool:
        now = clock.now()

        def work(db: sa.Connection) -> bool:
            ended = _still(one.scan_id, one.round, one.tries).values(changed_at=now, **values)
            done = bool(db.execute(ended).rowcount)
            if done:
                db.execute(STIR, {"b_scan": one.scan_id, "b_now": now})
            return done

        return self._db.write(work)


def call_back(db: sa.Connection, scan_id: str) -> None:
    """Within the transaction that ended a round: its callback is due, if the scan has one."""
    db.execute(CALL_BACK[db.dialect.name], {"b_scan": scan_id})


def _due(now: datetime) -> Collection[sa.ColumnElement[bool]]:
    beyond = callback.c.after > now + timedelta(seconds=FURTHEST + clock.SLACK)
    return callback.c.state == DUE, callback.c.after.is_(None) | (callback.c.after <= now) | beyond


def _still(scan_id: str, number: int, tries: int) -> sa.Update:
    same = (callback.c.scan_id == scan_id) & (callback.c.round == number) & (callback.c.tries == tries)
    return callback.update().where(same, callback.c.state == DUE)


def _listed(db: sa.Connection, scan_id: str) -> list[Callback]:
    query = callback.select().where(callback.c.scan_id == scan_id).order_by(callback.c.round)
    return [_callback(row) for row in db.execute(query)]


def _callback(row: Any) -> Callback:
    return Callback(row.scan_id, row.round, row.state, row.tries, row.error, row.after, row.changed_at)
