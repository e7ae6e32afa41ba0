"""The kinship of scans, as their messages say it."""

from __future__ import annotations

from dataclasses import replace

from core.beside import Beside
from core.models import Scan
from core.store import Store


def with_kin(store: Store, scan: Scan, beside: Beside) -> Beside:
    """The same with the scans that this one was pivoted from, those that were pivoted from it, and what depth=1 left.
    Blocking."""
    trail = store.trees.trail(scan.id) if scan.belongs.parent else []
    left, why = store.pivotings.left(scan.id)
    return replace(beside, trail=tuple(trail), children=tuple(store.trees.children(scan.id)), left=left, limit=why)
