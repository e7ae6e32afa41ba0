"""What depth=1 does once a scan has ended: starts pivots by itself within the limits, and leaves the rest for somebody
to ask for. Whoever finishes it, and however often it is begun, each pivot is started once."""

from __future__ import annotations

import structlog

from core.errors import BadQuestion, NotAllowed
from core.language import ENGLISH, speaking
from core.models import Priority, Scan
from core.pivots import Pivot, child_of
from core.scope import auto_of
from core.settings import Settings
from core.store import Opened, Room, Store, TooFar
from tasks.choose import fitting
from tasks.scan import Wish, announce_all, start

log = structlog.get_logger()

LEASE = 60.0  # seconds for one batch: longer than it takes


def spread(store: Store, settings: Settings, scan_id: str) -> list[Scan]:
    """Start the batch of pivots that is due of a scan; those that were started. Safe to call twice, late, or for a scan
    that has none. Blocking.

    Raises:
        StoreDown: the record does not answer; what was started is not started again.
    """
    batch = store.pivotings.take(scan_id, lease=LEASE)
    if batch is None:
        return []
    scan = store.scans.get(scan_id)
    first = store.trees.root(scan_id)
    root = scan.target if first == scan.id else store.findings.outline(first).scan.target
    found = auto_of(scan, root, allow=settings.allow_networks)
    begin = batch * settings.pivot_auto
    mine, left, why = found[begin : begin + settings.pivot_auto], len(found) - begin - settings.pivot_auto, ""
    new: list[Scan] = []
    refused: list[str] = []
    for place, pivot in enumerate(mine):
        try:
            with speaking(ENGLISH):  # as all of the record: its thread says it in its own language
                new += [each.scan for each in _start(store, settings, scan, pivot) if each.new]
        except TooFar as error:
            left, why = len(found) - begin - place, f"{error}"
            break
        except (NotAllowed, BadQuestion) as error:  # this one alone: a list, a reason, an approval
            log.warning("not pivoted by itself", scan=scan_id, why=type(error).__name__)
            refused.append(f"{error}")
    if refused and left <= 0:
        left, why = len(refused), refused[0]
    store.pivotings.done(scan_id, batch=batch, left=max(0, left), why=why)
    log.info("pivoted by itself", scan=scan_id, started=len(new), left=max(0, left))
    announce_all(new)
    return new


def _start(store: Store, settings: Settings, scan: Scan, pivot: Pivot) -> list[Opened]:
    """With those collectors alone that do not touch the target."""
    kind = pivot.target.kind
    passive = tuple(each.name for each in fitting(kind, settings) if kind not in each.touches)
    if not passive:
        return []
    wish = Wish(
        (pivot.target,),
        scan.asker,
        scan.place,
        scan.door,
        names=passive,
        tag=scan.tag,
        priority=Priority.BULK if scan.priority is Priority.BULK else Priority.SCHEDULED,
        reason=scan.reason,
        token=scan.token,
        belongs=child_of(scan, pivot.finding),
        room=Room(settings.pivot_hops, settings.pivot_scans),
        # The same for whoever repeats this, so that nothing is started twice.
        keys=(f"pivot:{scan.id}:{pivot.finding or pivot.target.value}",),
    )
    return start(store, settings, wish)
