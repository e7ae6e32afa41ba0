"""Gathers what a scan's messages say besides its answers."""

from __future__ import annotations

from dataclasses import replace

from core.beside import NOTHING, Beside
from core.models import Scan
from core.store import Store
from tasks.compared import since_before


def gather(store: Store, scan: Scan) -> Beside:
    """As the record has it now. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    beside = NOTHING
    if scan.belongs.watch:  # against its own earlier looks, whoever else looked meanwhile
        beside = replace(beside, change=since_before(store, scan))
    return beside
