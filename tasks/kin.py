"""The kinship of scans, as their messages say it."""

from __future__ import annotations

from dataclasses import replace

from core.access import Reader, audience, sees
from core.beside import Beside
from core.blocks.readers import is_direct
from core.models import Scan
from core.store import Store


def who_reads(scan: Scan) -> Reader:
    """All who read what is said in a scan's thread: in a direct message, that is who asked."""
    place = scan.place
    return replace(audience(place), user=scan.asker.user) if is_direct(place) else audience(place)


def with_kin(store: Store, scan: Scan, beside: Beside) -> Beside:
    """The same with the scans that this one was pivoted from, those that were pivoted from it, as far as everybody in
    its channel may see them, and what depth=1 left. Blocking."""
    reader = who_reads(scan)
    trail = [kin for kin in store.trees.trail(scan.id) if sees(reader, kin.scan)] if scan.belongs.parent else []
    children = [kin for kin in store.trees.children(scan.id) if sees(reader, kin.scan)]
    left, why = store.pivotings.left(scan.id)
    return replace(beside, trail=tuple(trail), children=tuple(children), left=left, limit=why)
