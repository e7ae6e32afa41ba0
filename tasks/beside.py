"""Gathers what a scan's messages say besides its answers."""

from __future__ import annotations

from core.beside import Beside
from core.blocks.readers import is_direct
from core.cases import Case
from core.models import Scan
from core.store import Store
from tasks import past
from tasks.belonging import label_of
from tasks.judged import add_judged
from tasks.kin import with_kin


def gather(store: Store, scan: Scan) -> Beside:
    """As the record has it now. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    everybody = past.everybody_in(scan.place, scan.asker.user)
    alone = is_direct(scan.place)
    beside = Beside(
        tlp=label_of(scan.belongs),
        case=_case(store, scan),
        before=past.before(store, scan, everybody),
        change=past.change(store, scan, everybody, alone=alone),
    )
    return with_kin(store, scan, add_judged(beside, store, scan, alone=alone))


def _case(store: Store, scan: Scan) -> Case | None:
    """The case of a scan, which may have been deleted since."""
    try:
        return store.cases.get(scan.belongs.case) if scan.belongs.case else None
    except KeyError:
        return None
