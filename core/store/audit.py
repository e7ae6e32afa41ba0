"""Who asked for what, when, from where, and what the guard said; and which deliveries were acted on."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from core import clock
from core.models import Place
from core.store.database import Database
from core.store.rows import storable
from core.store.statements import COUNTS, TAKE_KEY, WRITE_AUDIT
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
        self._db.write(lambda db: db.execute(WRITE_AUDIT, row).rowcount)

    def counts(self, *, team: str, user: str, channel: str, verb: str, seconds: float) -> tuple[int, int]:
        """How often this person, and this channel, were allowed to do this lately."""
        since = clock.now() - timedelta(seconds=seconds)
        asked = {"b_team": team, "b_user": user, "b_channel": channel, "b_verb": verb, "b_since": since}
        asked["b_soon"] = clock.soon()
        row = self._db.read(lambda db: db.execute(COUNTS, asked).one())
        return int(row[0]), int(row[1])

    def listed(self, *, team: str, limit: int = 100) -> list[dict[str, object]]:
        """The newest decisions first."""
        query = audit.select().where(audit.c.team == team).order_by(audit.c.id.desc()).limit(limit)
        return self._db.read(lambda db: [dict(row._mapping) for row in db.execute(query)])

    def seen(self, *keys: str) -> bool:
        """Whether a delivery with any of these keys was remembered."""
        query = sa.select(inbox.c.key).where(inbox.c.key.in_(keys)).limit(1)
        return self._db.read(lambda db: db.execute(query).first() is not None)

    def first_time(self, *keys: str) -> bool:
        """Remember a delivery under all its keys; False when any of them was seen before."""

        def work(db: sa.Connection) -> bool:
            rows = [{"key": key, "scan_ids": "", "at": clock.now()} for key in sorted(set(keys))]
            take = TAKE_KEY[db.dialect.name]
            new = [db.execute(take, row).first() is not None for row in rows]  # every key is remembered
            return all(new)

        return self._db.write(work)
