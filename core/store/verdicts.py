"""Verdicts in the record: appended, never changed but for being taken back; of those that stand the newest counts."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from core import clock
from core.models import Scan, Target
from core.store.database import Database
from core.store.opening import digest
from core.store.rows import Row
from core.store.tables import message, scan
from core.store.team import verdict
from core.verdicts import Judgement, Verdict


class Verdicts:
    def __init__(self, database: Database) -> None:
        self._db = database

    def judge(self, one: Scan, fingerprint: str, judgement: Judgement, *, user: str) -> tuple[Verdict, bool]:
        """Write a verdict down and have the scan's thread told anew; False when the same stands already."""

        def work(db: sa.Connection) -> tuple[Verdict, bool]:
            _one_by_one(db, one)
            query = _of(one.place.team, one.target).where(verdict.c.fingerprint == fingerprint)
            standing = db.execute(query.where(verdict.c.undone_at.is_(None)).order_by(verdict.c.id.desc())).first()
            if standing is not None and standing.verdict == str(judgement):
                return _from(standing), False
            row = {
                "team": one.place.team,
                "target_digest": _digest(one.target),
                "fingerprint": fingerprint,
                "verdict": str(judgement),
                "user": user,
                "scan_id": one.id,
                "at": clock.now(),
            }
            written = db.execute(verdict.insert().values(row).returning(verdict)).one()
            _tell_again(db, one.id)
            return _from(written), True

        return self._db.write(work)

    def undo(self, one: Scan, number: int, *, user: str) -> tuple[Verdict, bool]:
        """Take back a verdict on a finding of this scan's target; the one before it counts again. False when it was
        taken back already.

        Raises:
            KeyError: there is no such verdict on this target.
        """

        def work(db: sa.Connection) -> tuple[Verdict, bool]:
            _one_by_one(db, one)
            row = db.execute(_of(one.place.team, one.target).where(verdict.c.id == number)).one_or_none()
            if row is None:
                raise KeyError(number)
            if row.undone_at is not None:
                return _from(row), False
            undone = {"undone_by": user, "undone_at": clock.now()}
            db.execute(verdict.update().where(verdict.c.id == number).values(undone))
            _tell_again(db, one.id)
            return _from(row), True

        return self._db.write(work)

    def of(self, team: str, target: Target) -> tuple[dict[str, Verdict], frozenset[str]]:
        """The verdicts on a target's findings that count, by fingerprint; and of which findings there was ever one."""
        query = _of(team, target).order_by(verdict.c.id)
        rows = self._db.read(lambda db: db.execute(query).all())
        counting = {row.fingerprint: _from(row) for row in rows if row.undone_at is None}
        return counting, frozenset(row.fingerprint for row in rows)

    def reply_at(self, team: str, channel: str, ts: str) -> tuple[str, str] | None:
        """The scan and the collector whose reply is this message of the last 30 days; None: it is no reply."""
        recent = clock.now() - timedelta(days=30)
        query = (
            sa.select(message.c.scan_id, message.c.slot)
            .join(scan, scan.c.id == message.c.scan_id)
            .where(scan.c.team == team, scan.c.channel == channel, scan.c.changed_at > recent)
            .where(message.c.ts == ts, message.c.slot.startswith("reply/"))
        )
        row = self._db.read(lambda db: db.execute(query).first())
        return None if row is None else (row.scan_id, row.slot.rpartition("/")[2])


def _of(team: str, target: Target) -> sa.Select[tuple[object, ...]]:
    return sa.select(verdict).where(verdict.c.team == team, verdict.c.target_digest == _digest(target))


def _digest(target: Target) -> str:
    return digest(str(target.kind), target.value)


def _one_by_one(db: sa.Connection, one: Scan) -> None:
    """Two clicks on the same target wait for each other, so that the second sees what the first wrote."""
    same = (scan.c.team == one.place.team) & (scan.c.target_digest == _digest(one.target))
    db.execute(sa.select(scan.c.id).where(same).order_by(scan.c.created_at, scan.c.id).limit(1).with_for_update())


def _tell_again(db: sa.Connection, scan_id: str) -> None:
    values = {"wanted": scan.c.wanted + 1, "desk_after": None, "changed_at": clock.now()}
    db.execute(scan.update().where(scan.c.id == scan_id).values(values))


def _from(row: Row) -> Verdict:
    return Verdict(row.fingerprint, Judgement(row.verdict), row.user, row.at, row.id, row.scan_id)
