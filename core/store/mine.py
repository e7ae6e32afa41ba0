"""The watches that one person set, for their Home tab."""

from __future__ import annotations

import sqlalchemy as sa

from core.store.database import Database
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
