"""Who asked for what, when, from where, and what the guard said; and which deliveries were acted on."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.models import Place
from core.store.database import Database
from core.store.rows import storable
from core.store.tables import audit, inbox


class Audit:
    def __init__(self, database: Database) -> None:
        self._db = database

    def write(
        self,
        *,
        user: str,
        place: Place,
        door: str,
        verb: str,
        subject: str = "",
        decision: str = "allowed",
        rule: str = "",
        scan_id: str = "",
    ) -> None:
        """Append one decision."""
        row = {
            "at": clock.now(),
            "team": place.team,
            "channel": place.channel,
            "user": user,
            "door": door,
            "verb": verb,
            "subject": storable(subject[:500]),
            "decision": decision,
            "rule": rule,
            "scan_id": scan_id,
        }
        self._db.write(lambda db: db.execute(audit.insert().values(row)).rowcount)

    def counts(self, *, team: str, user: str, channel: str, verb: str, seconds: float) -> tuple[int, int]:
        """How often this person, and this channel, were allowed to do this lately."""
        recent = (
            (audit.c.team == team)
            & (audit.c.verb == verb)
            & (audit.c.decision == "allowed")
            & (audit.c.at > clock.now() - timedelta(seconds=seconds))
        )
        by_user = sa.func.count().filter(audit.c.user == user)
        by_channel = sa.func.count().filter(audit.c.channel == channel)
        query = sa.select(by_user, by_channel).where(recent, (audit.c.user == user) | (audit.c.channel == channel))
        row = self._db.read(lambda db: db.execute(query).one())
        return int(row[0]), int(row[1])

    def listed(self, *, team: str, limit: int = 100) -> list[dict[str, object]]:
        """The newest decisions first."""
        query = audit.select().where(audit.c.team == team).order_by(audit.c.id.desc()).limit(limit)
        return self._db.read(lambda db: [dict(row._mapping) for row in db.execute(query)])

    def first_time(self, *keys: str) -> bool:
        """Remember a delivery under all its keys; False when any of them was seen before."""
        insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(inbox)

        def work(db: sa.Connection) -> bool:
            rows = [{"key": key, "scan_ids": "", "at": clock.now()} for key in sorted(set(keys))]
            take = insert.on_conflict_do_nothing(index_elements=["key"]).returning(inbox.c.key)
            return all(db.execute(take.values(row)).first() for row in rows)  # a list: every key is remembered

        return self._db.write(work)
