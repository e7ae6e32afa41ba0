"""Stops the scans of workspaces that removed us. Blocking; done again and again by the sweeper until none is left."""

from __future__ import annotations

import structlog

from core.recorded import REMOVED
from core.store import Store

log = structlog.get_logger()


def stop_scans(store: Store) -> int:
    """Stop what still runs for workspaces that are gone, and say in the record why nobody was told.

    Raises:
        StoreDown: the record does not answer; the next look goes on from there.
    """
    stopped = store.installations.open_scans()
    for scan_id in stopped:
        store.scans.cancel(scan_id, by=REMOVED)
        store.installations.give_up(scan_id)
    if stopped:
        log.info("scans of workspaces that are gone stopped", scans=len(stopped))
    return len(stopped)
