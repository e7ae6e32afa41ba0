"""A team's own playbooks in the record: every version is kept, the newest counts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.playbooks import Playbook, playbook_of
from core.store.database import Database
from core.store.rows import storable
from core.store.team import playbook


class Playbooks:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, team: str, one: Playbook, *, by: str) -> bool:
        """Write a version down. False: somebody else wrote this version already; nothing was written."""
        insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(playbook)
        row = {"team": team, "name": one.name, "version": one.version, "spec": storable(one.spec)}
        row |= {"made_by": by, "made_at": clock.now()}
        written = insert.values(row).on_conflict_do_nothing(index_elements=["team", "name", "version"])
        return bool(self._db.write(lambda db: db.execute(written.returning(playbook.c.version)).first()))

    def newest(self, team: str) -> dict[str, Playbook]:
        """The newest version of each, by name; those that were retired are left out."""
        last = sa.select(playbook.c.name, sa.func.max(playbook.c.version).label("version"))
        last = last.where(playbook.c.team == team).group_by(playbook.c.name)
        top = last.subquery()
        same = (playbook.c.name == top.c.name) & (playbook.c.version == top.c.version)
        query = playbook.select().join(top, same).where(playbook.c.team == team, playbook.c.retired_at.is_(None))
        return self._db.read(lambda db: {row.name: _playbook(row) for row in db.execute(query)})

    def version(self, team: str, name: str, version: int) -> Playbook | None:
        """One version of one, retired or not."""
        key = (playbook.c.team == team) & (playbook.c.name == name) & (playbook.c.version == version)
        row = self._db.read(lambda db: db.execute(playbook.select().where(key)).one_or_none())
        return None if row is None else _playbook(row)

    def retire(self, team: str, name: str) -> bool:
        """Offer it no more; where one of that name is shipped, that one counts again."""
        mine = (playbook.c.team == team) & (playbook.c.name == name) & playbook.c.retired_at.is_(None)
        ended = playbook.update().where(mine).values(retired_at=clock.now())
        return bool(self._db.write(lambda db: db.execute(ended).rowcount))

    def last_version(self, team: str, name: str) -> int:
        """The highest number that was given out, 0 when there is none."""
        query = sa.select(sa.func.max(playbook.c.version)).where(playbook.c.team == team, playbook.c.name == name)
        return int(self._db.read(lambda db: db.execute(query).scalar()) or 0)


def _playbook(row: Any) -> Playbook:
    return playbook_of(row.name, row.version, row.spec, made_by=row.made_by, made_at=row.made_at)
