"""Scans that came from one another: upwards to where it began, downwards to all that came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.store.database import Database
from core.store.kinship import ancestors, below, count
from core.store.scans import with_runs
from core.store.tables import message, scan
from core.tree import MOST_SHOWN, Kin, Tree, in_order


class Trees:
    def __init__(self, database: Database) -> None:
        self._db = database

    def trail(self, scan_id: str) -> list[Kin]:
        """The scans that this one was pivoted from, the first one first; without itself."""
        return self._db.read(lambda db: _kin(db, ancestors(db, scan_id)[:-1]))

    def children(self, scan_id: str) -> list[Kin]:
        """The scans that were pivoted from this one, the oldest first."""
        query = sa.select(scan.c.id).where(scan.c.parent_id == scan_id).order_by(scan.c.created_at).limit(MOST_SHOWN)
        return self._db.read(lambda db: list(in_order(_kin(db, db.execute(query).scalars().all()))))

    def root(self, scan_id: str) -> str:
        """Where the tree of a scan begins.

        Raises:
            KeyError: there is no such scan.
        """
        found = self._db.read(lambda db: ancestors(db, scan_id))
        if not found:
            raise KeyError(scan_id)
        return found[0]

    def whole(self, scan_id: str) -> Tree:
        """All scans of the tree that this one is in.

        Raises:
            KeyError: there is no such scan.
        """

        def work(db: sa.Connection) -> Tree:
            above = ancestors(db, scan_id)
            if not above:
                raise KeyError(scan_id)
            ids = below(db, above[0], most=MOST_SHOWN + 1)
            more = count(db, above[0]) + 1 - MOST_SHOWN if len(ids) > MOST_SHOWN else 0
            return Tree(tuple(in_order(_kin(db, ids[:MOST_SHOWN]))), more)

        return self._db.read(work)


def _kin(db: sa.Connection, ids: Sequence[str]) -> list[Kin]:
    if not ids:
        return []
    from_rows: dict[str, Any] = {row.id: row for row in db.execute(scan.select().where(scan.c.id.in_(list(ids))))}
    heads = message.select().where(
        message.c.scan_id.in_(list(ids)), message.c.slot == "parent", message.c.state == "said"
    )
    said = {row.scan_id: row for row in db.execute(heads)}
    kins = []
    for one in with_runs(db, [from_rows[each] for each in ids if each in from_rows]):
        head = said.get(one.id)
        kins.append(Kin(one, head.channel, head.ts) if head else Kin(one))
    return kins
