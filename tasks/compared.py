"""What a look of a watch says against the looks before it: of each collector, against its last full answer."""

from __future__ import annotations

from dataclasses import replace

from core.change import NOT_ASKED_THEN, Change
from core.language import N_
from core.models import Scan
from core.store import Store
from tasks.past import compared

FIRST_ANSWER = N_("no look before has an answer of it")


def since_before(store: Store, look: Scan, *, alone: bool = True) -> Change | None:
    """The change against what earlier looks of the same watch knew; None when there were none. `alone`: the reader may
    see what only a direct message shows. Blocking."""
    both = with_before(store, look, alone=alone)
    return None if both is None else both[1]


def with_before(store: Store, look: Scan, *, alone: bool) -> tuple[Scan, Change] | None:
    """The same, behind what those earlier looks knew, as if they were one scan. Blocking."""
    before = store.watches.before(look)
    if before is None:
        return None
    change = compared(before, look, alone=alone)
    # It was asked each time, and there is no answer of it.
    gaps = tuple(replace(gap, reason=FIRST_ANSWER) if gap.reason == NOT_ASKED_THEN else gap for gap in change.gaps)
    return before, replace(change, gaps=gaps)
