"""What is one person's: their watches, for their Home tab, and the language they were last answered in."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.store.database import Database
from core.store.tables import metadata, text_column
from core.store.team import watch
from core.store.watches import watch_from
from core.watches import Watch

reader = sa.Table(
    "reader",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    text_column("language"),
)


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
        """The language in which they were last answered there; nothing when Slack never told us theirs."""
        read = sa.select(reader.c.language).where(reader.c.team == team, reader.c.user == user)
        return self._db.read(lambda db: db.execute(read).scalar()) or ""

    def reads(self, team: str, user: str, language: str) -> None:
        """Keep it; mostly it is what is kept already, and nothing is written."""
        if self.language(team, user) == language:
            return
        row = {"team": team, "user": user, "language": language}
        insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(reader).values(row)
        upsert = insert.on_conflict_do_update(index_elements=["team", "user"], set_={"language": language})
        self._db.write(lambda db: db.execute(upsert).rowcount)
