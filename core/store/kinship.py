"""How scans hang together in the record, for whoever writes them: the tree of a scan, and how far it may grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core import clock, unasked
from core.errors import NotAllowed
from core.language import later
from core.store.statements import WANT
from core.store.tables import scan

DEEPEST = 50  # steps: no setting allows as many


@dataclass(frozen=True, slots=True)
class Room:
    """How far a tree may grow: its depth, and how many pivots it may hold."""

    hops: int
    scans: int


class TooFar(NotAllowed):
    """A tree may not grow further; nothing was written."""


def lock_trees(db: sa.Connection, parents: Sequence[str]) -> None:
    """Let nobody else write into the trees of these scans until this transaction ends, so that no two find room for
    the last pivot. SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        for root in sorted({found[0] for found in (ancestors(db, each) for each in parents) if found}):
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"tree|{root}", 0))))


def make_room(db: sa.Connection, parent: str, hops: int, room: Room) -> None:
    """Within the transaction that writes a pivot: that its tree, which is locked, may hold one more.

    Raises:
        TooFar: rolls the transaction back.
    """
    if hops > room.hops:
        raise TooFar(later(unasked.FURTHER, hops=hops, most=room.hops), rule="pivot hops")
    above = ancestors(db, parent)
    if not above:
        raise TooFar(later(unasked.PARENT_GONE), rule="scan gone")
    if count(db, above[0]) >= room.scans:
        raise TooFar(later(unasked.SPENT, scan=above[0], most=room.scans), rule="pivot budget")


def twin(db: sa.Connection, parent: str, target_digest: str) -> str:
    """The scan of the same target in the tree of this one; empty: there is none."""
    above = ancestors(db, parent)
    if not above:
        return ""
    tree = _tree_of(above[0])
    query = sa.select(scan.c.id).join(tree, tree.c.id == scan.c.id).where(scan.c.target_digest == target_digest)
    return db.execute(query.order_by(scan.c.created_at)).scalars().first() or ""


def stir(db: sa.Connection, parent: str) -> None:
    """Within the transaction that opened or ended a pivot: what it was pivoted from has something new to say."""
    if parent:
        db.execute(WANT, {"b_scan": parent, "b_now": clock.now()})


def ancestors(db: sa.Connection, scan_id: str) -> list[str]:
    """The ids of a scan's parents, the first one first, and its own at the end; none for a scan that is not there."""
    found: list[str] = []
    wanted = scan_id
    while wanted and wanted not in found and len(found) < DEEPEST:
        row = db.execute(sa.select(scan.c.id, scan.c.parent_id).where(scan.c.id == wanted)).one_or_none()
        if row is None:
            break
        found.append(row.id)
        wanted = row.parent_id
    return found[::-1]


def _tree_of(root: str) -> sa.CTE:
    top = sa.select(scan.c.id, sa.literal(0).label("depth")).where(scan.c.id == root).cte("below", recursive=True)
    child = scan.alias()
    step = sa.select(child.c.id, top.c.depth + 1).where(
        child.c.parent_id == top.c.id, child.c.parent_id != "", top.c.depth < DEEPEST
    )
    return top.union_all(step)


def below(db: sa.Connection, root: str, *, most: int) -> Sequence[str]:
    """The ids of a tree's scans, those nearest to where it began first."""
    tree = _tree_of(root)
    query = sa.select(tree.c.id).join(scan, scan.c.id == tree.c.id).order_by(tree.c.depth, scan.c.created_at)
    return db.execute(query.limit(most)).scalars().all()


def count(db: sa.Connection, root: str) -> int:
    """How many pivots the tree holds; the scan it began with is none."""
    return int(db.execute(sa.select(sa.func.count()).select_from(_tree_of(root))).scalar_one()) - 1
