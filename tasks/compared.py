"""What a look of a watch says against the looks before it: of each collector, against its last full answer."""

from __future__ import annotations

from core.change import Change
from core.models import Scan
from core.store import Store
from tasks.past import compared


def since_before(store: Store, look: Scan, *, alone: bool = True) -> Change | None:
    """The change against what earlier looks of the same watch knew; None when there were none. `alone`: the reader may
    see what only a direct message shows. Blocking."""
    before = store.watches.before(look)
    return None if before is None else compared(before, look, alone=alone)
