"""Gathers what a scan's messages say besides its answers."""

from __future__ import annotations

from core.beside import NOTHING, Beside
from core.models import Scan
from core.store import Store
from tasks.kin import with_kin


def gather(store: Store, scan: Scan) -> Beside:
    """As the record has it now. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    return with_kin(store, scan, NOTHING)
