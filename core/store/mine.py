"""What one person set and said: their watches, for their Home tab, and the language they were last answered in."""

from __future__ import annotations

import sqlalchemy as sa

from core.store.database import Database
from core.store.tables import scan
from core.store.team import watch
from core.store.watches import watch_from
from core.watches import Watch


class Mine:
    def __init__(self, database: Database) -> None:
        self._db = database

    def watches(self, team: str, user: str, *, limit: int) -> list[Watch]:
        """Their watches that are not over, the next one due first, paused ones last."""
        last = sa.case((watch.c.due_at.is_(None), 1), else_=0)
        query = watch.select().where(watch.c.team == team, watch.c.made_by == user, watch.c.ended == "")
        query = query.order_by(last, watch.c.due_at, watch.c.id).limit(limit)
        return self._db.read(lambda db: [watch_from(row) for row in db.execute(query)])

    def language(self, team: str, user: str) -> str:
        """The language of their latest scan; nothing when there is none."""
        theirs = (scan.c.team == team, scan.c.asker_user == user, scan.c.language != "")
        newest = sa.select(scan.c.language).where(*theirs).order_by(scan.c.created_at.desc()).limit(1)
        return self._db.read(lambda db: db.execute(newest).scalar()) or ""
