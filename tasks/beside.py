"""Gathers what a scan's messages say besides its answers."""

from __future__ import annotations

from core.beside import NOTHING, Beside
from core.models import Scan
from core.store import Store
from tasks.judged import add_judged


def gather(store: Store, scan: Scan) -> Beside:
    """As the record has it now. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    beside = NOTHING
    return add_judged(beside, store, scan)
