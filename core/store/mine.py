"""What belongs to one person: the watches they set and the cases they work in, for their Home tab."""

from __future__ import annotations

import sqlalchemy as sa

from core.cases import Case, Tlp
from core.home import Watched
from core.models import Kind, Target
from core.store.database import Database
from core.store.rows import KINDS
from core.store.team import case, member, watch


class Mine:
    def __init__(self, database: Database) -> None:
        self._db = database

    def watches(self, team: str, user: str, *, limit: int) -> list[Watched]:
        """Their watches that are not over, the next one due first, paused ones last."""
        last = sa.case((watch.c.due_at.is_(None), 1), else_=0)
        query = watch.select().where(watch.c.team == team, watch.c.made_by == user)
        query = query.where(watch.c.ended == "")
        rows = self._db.read(lambda db: db.execute(query.order_by(last, watch.c.due_at).limit(limit)).all())
        return [
            Watched(
                row.id,
                Target(Kind(row.kind), row.value) if row.kind in KINDS else None,
                row.playbook,
                row.channel,
                row.schedule,
                row.zone,
                row.due_at,
                row.paused_at,
                row.expires_at,
            )
            for row in rows
        ]

    def cases(self, team: str, user: str, *, limit: int) -> list[Case]:
        """Open cases that they opened or are a member of, the newest first."""
        ours = sa.select(member.c.case_id).where(member.c.user == user)
        query = case.select().where(case.c.team == team, case.c.closed_at.is_(None))
        query = query.where((case.c.opened_by == user) | case.c.id.in_(ours)).order_by(case.c.opened_at.desc())
        rows = self._db.read(lambda db: db.execute(query.limit(limit)).all())
        return [
            Case(
                row.id,
                row.team,
                row.title,
                row.purpose,
                Tlp(row.tlp) if row.tlp in set(Tlp) else Tlp.RED,  # what is not understood is told to nobody
                row.channel,
                row.thread_ts,
                row.opened_by,
                row.opened_at,
                row.until,
            )
            for row in rows
        ]
