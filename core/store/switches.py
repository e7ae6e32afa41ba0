"""Which collectors an admin switched off in a workspace, and why."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.home import Off
from core.store.database import Database
from core.store.rows import storable
from core.store.team import switch


class Switches:
    def __init__(self, database: Database) -> None:
        self._db = database

    def off(self, team: str) -> dict[str, Off]:
        """The collectors that are switched off in this workspace, by name."""
        query = switch.select().where(switch.c.team == team).order_by(switch.c.collector)
        rows = self._db.read(lambda db: db.execute(query).all())
        return {row.collector: Off(row.reason, row.made_by, row.made_at) for row in rows}

    def turn_off(self, team: str, collector: str, *, reason: str, by: str) -> None:
        """No new run of it is begun; runs that wait go on. Done again, the reason is the new one."""
        values = {"reason": storable(reason), "made_by": by, "made_at": clock.now()}
        insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(switch)
        upsert = insert.values(team=team, collector=collector, **values)
        upsert = upsert.on_conflict_do_update(index_elements=["team", "collector"], set_=values)
        self._db.write(lambda db: db.execute(upsert).rowcount)

    def turn_on(self, team: str, collector: str) -> bool:
        """False: it was not switched off."""
        gone = switch.delete().where(switch.c.team == team, switch.c.collector == collector)
        return bool(self._db.write(lambda db: db.execute(gone).rowcount))
