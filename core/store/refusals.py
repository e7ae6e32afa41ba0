"""The list of people whom nobody may look up, in the record."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from core import clock
from core.models import Kind, Target
from core.refusals import Refusal, canonical, covering
from core.store.database import Database
from core.store.opening import digest
from core.store.rows import storable
from core.store.team import refusal


class Refusals:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, team: str, target: Target, *, why: str, by: str) -> None:
        """Put somebody on the list, or say anew why. An entry of no workspace holds in all of them."""
        entry = canonical(target)
        values = {"team": team, "target_digest": _digest(entry), "kind": str(entry.kind), "value": entry.value}
        values |= {"why": storable(why[:500]), "made_by": by}

        def work(db: sa.Connection) -> None:
            db.execute(_entry(team, entry))
            db.execute(refusal.insert().values(values | {"made_at": clock.now()}))

        self._db.write(work)

    def remove(self, team: str | None, target: Target) -> bool:
        """Take somebody off the list of a workspace, or of all; False when they were not on it."""
        return self._db.write(lambda db: db.execute(_entry(team, canonical(target))).rowcount > 0)

    def listed(self, team: str | None) -> list[Refusal]:
        """Every entry that holds in a workspace; none: of all."""
        query = refusal.select().order_by(refusal.c.kind, refusal.c.value)
        query = query if team is None else query.where(refusal.c.team.in_({team, ""}))
        rows = self._db.read(lambda db: db.execute(query).all())
        return [Refusal(Target(Kind(row.kind), row.value), row.why, row.made_by, row.made_at) for row in rows]

    def first_covered(self, team: str, targets: Iterable[Target]) -> Target | None:
        """The first of these that is on the list; of no workspace, as in a terminal: on that of any."""
        entries = {_digest(entry): each for each in reversed(tuple(targets)) for entry in covering(each)}
        if not entries:
            return None
        query = sa.select(refusal.c.target_digest).where(refusal.c.target_digest.in_(list(entries)))
        if team:
            query = query.where(refusal.c.team.in_({team, ""}))
        found = self._db.read(lambda db: db.execute(query).scalars().all())
        return next((entries[each] for each in found), None)


def _digest(entry: Target) -> str:
    return digest(str(entry.kind), entry.value)


def _entry(team: str | None, entry: Target) -> sa.Delete:
    found = refusal.delete().where(refusal.c.target_digest == _digest(entry))
    return found if team is None else found.where(refusal.c.team == team)
