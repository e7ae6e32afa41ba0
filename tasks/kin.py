"""The kinship of scans, as their messages say it."""

from __future__ import annotations

from dataclasses import replace

from core.access import sees
from core.beside import Beside
from core.models import Scan
from core.store import Store
from tasks.past import everybody_in


def with_kin(store: Store, scan: Scan, beside: Beside) -> Beside:
    """The same with the scans that this one was pivoted from, those that were pivoted from it, as far as everybody in
    its channel may see them under its label, and what depth=1 left. Blocking."""
    reader = everybody_in(scan)
    trail = [kin for kin in store.trees.trail(scan.id) if sees(reader, kin.scan)] if scan.belongs.parent else []
    children = [kin for kin in store.trees.children(scan.id) if sees(reader, kin.scan)]
    left, why = store.pivotings.left(scan.id)
    return replace(beside, trail=tuple(trail), children=tuple(children), left=left, limit=why)
