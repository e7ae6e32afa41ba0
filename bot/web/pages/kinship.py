"""A scan's tree on its page, and which of the findings there can be looked up next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.web.pages.narrow import Found
from core.addresses import Network
from core.blocks.facts import is_direct_only, word
from core.callers import Caller
from core.models import Scan, Target
from core.pivots import Pivot
from core.scope import target_of, why_beyond
from core.store import Outline, Store
from core.store.rows import fingerprint
from core.tree import Tree


@dataclass(frozen=True, slots=True)
class Kinship:
    """The tree that a scan is in, as its reader may see it, and what the whole of it began with."""

    tree: Tree
    root: Target


def of(store: Store, outline: Outline, caller: Caller) -> Kinship:
    """Blocking. Raises StoreDown: the record does not answer."""
    whole = store.trees.whole(outline.scan.id)
    root = whole.root if caller.sees(whole.root) else outline.scan  # what one may not see is not named either
    return Kinship(whole.as_seen(caller.sees), root.target)


def pivots(scan: Scan, root: Target, found: Found, *, allow: Sequence[Network]) -> dict[int, Pivot]:
    """What the findings of a page can be pivoted to, by their number."""
    next_ones: dict[int, Pivot] = {}
    for kept in (*found.loud, *found.findings):
        finding = kept.finding
        target = target_of(finding, allow)
        shown = not (is_direct_only(finding) and scan.place.channel)  # its thread would tell what it must not
        if target is not None and target not in (scan.target, root) and shown:
            beyond = why_beyond(root, scan.target, target)
            next_ones[kept.number] = Pivot(target, fingerprint(finding), word(finding, "role"), beyond=beyond)
    return next_ones
