"""Gathers what a scan's messages say besides its answers."""

from __future__ import annotations

from core.beside import Beside
from core.blocks.readers import is_direct
from core.models import Scan
from core.store import Store
from tasks import past


def gather(store: Store, scan: Scan) -> Beside:
    """As the record has it now. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    everybody = past.everybody_in(scan.place, scan.asker.user)
    return Beside(
        before=past.before(store, scan, everybody),
        change=past.change(store, scan, everybody, alone=is_direct(scan.place)),
    )
