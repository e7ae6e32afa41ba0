"""Who asked for what, when, from where, and what the guard said; and which deliveries were acted on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import sqlalchemy as sa

from core import clock
from core.models import Place
from core.store.database import Database
from core.store.rows import storable
from core.store.statements import TAKE_KEY, WRITE_AUDIT
from core.store.tables import audit, inbox

HELD = "held"  # in the inbox: somebody acts on this delivery


class Claim(Enum):
    """What may be done about a delivery."""

    MINE = "mine"
    ELSEWHERE = "elsewhere"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Decisions:
    """Which decisions; what is empty does not narrow. `before` is the number of another one: older ones only."""

    user: str = ""
    verb: str = ""
    decision: str = ""
    before: int = 0


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
        reason: str = "",
        outcome: str = "",
    ) -> None:
        """Append one decision; it is chained a few seconds later. `outcome` is what came of it, where that is known."""
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
            "reason": storable(reason[:500]),
            "outcome": storable(outcome[:500]),
        }
        self._db.write(lambda db: db.execute(WRITE_AUDIT, row).rowcount)

    def listed(self, *, team: str, limit: int = 100) -> list[dict[str, object]]:
        """The newest decisions first."""
        query = audit.select().where(audit.c.team == team).order_by(audit.c.id.desc()).limit(limit)
        return self._db.read(lambda db: [dict(row._mapping) for row in db.execute(query)])

    def page(self, *, team: str, wanted: Decisions, limit: int) -> tuple[list[dict[str, object]], int]:
        """Decisions, the newest first; with the number to ask for the next page by, 0 when this is the last."""
        query = audit.select().where(audit.c.team == team).order_by(audit.c.id.desc()).limit(limit + 1)
        for name in ("user", "verb", "decision"):
            if word := getattr(wanted, name):
                query = query.where(audit.c[name] == storable(word))
        if wanted.before:
            query = query.where(audit.c.id < wanted.before)
        rows = self._db.read(lambda db: [dict(row._mapping) for row in db.execute(query)])
        return rows[:limit], int(rows[limit - 1]["id"]) if len(rows) > limit else 0

    def claim(self, *keys: str, lease: float) -> Claim:
        """Ask to act on the delivery with these keys; whoever may do so holds it for `lease` seconds."""

        def work(db: sa.Connection) -> Claim:
            now, take = clock.now(), TAKE_KEY[db.dialect.name]
            rows = [{"key": key, "scan_ids": HELD, "at": now} for key in sorted(set(keys))]
            new = [row["key"] for row in rows if db.execute(take, row).first() is not None]
            known = inbox.select().where(inbox.c.key.in_(keys), inbox.c.key.not_in(new)).order_by(inbox.c.key)
            old = db.execute(known.with_for_update()).all()
            if any(row.scan_ids != HELD for row in old):
                db.execute(inbox.update().where(inbox.c.key.in_(keys)).values(scan_ids=""))
                return Claim.DONE
            if any(row.at > now - timedelta(seconds=lease) for row in old):
                return Claim.ELSEWHERE
            db.execute(inbox.update().where(inbox.c.key.in_(keys)).values(at=now))
            return Claim.MINE

        return self._db.write(work)

    def settle(self, *keys: str, done: bool) -> None:
        """Remember a claimed delivery as done, or let go of it for a copy to be tried."""
        held = inbox.c.key.in_(keys) & (inbox.c.scan_ids == HELD)
        after = inbox.update().where(held).values(scan_ids="") if done else inbox.delete().where(held)
        self._db.write(lambda db: db.execute(after).rowcount)

    def remember(self, key: str, text: str) -> str:
        """Remember this text under a key; returns what is remembered: the text of whoever came first."""

        def work(db: sa.Connection) -> str:
            db.execute(TAKE_KEY[db.dialect.name], {"key": key, "scan_ids": text, "at": clock.now()})
            return str(db.execute(sa.select(inbox.c.scan_ids).where(inbox.c.key == key)).scalar_one())

        return self._db.write(work)

    def first_time(self, *keys: str) -> bool:
        """Remember a delivery under all its keys; False when any of them was seen before."""

        def work(db: sa.Connection) -> bool:
            rows = [{"key": key, "scan_ids": "", "at": clock.now()} for key in sorted(set(keys))]
            take = TAKE_KEY[db.dialect.name]
            new = [db.execute(take, row).first() is not None for row in rows]  # every key is remembered
            return all(new)

        return self._db.write(work)
