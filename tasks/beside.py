"""Gathers what a scan's messages say besides its answers."""

from __future__ import annotations

from core.beside import Beside
from core.blocks.readers import is_direct
from core.cases import Case, Tlp
from core.change import Change
from core.models import Scan
from core.store import Store
from tasks import past
from tasks.belonging import label_of
from tasks.compared import since_before
from tasks.judged import add_judged
from tasks.kin import with_kin


def gather(store: Store, scan: Scan) -> Beside:
    """As the record has it now. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    everybody = past.everybody_in(scan)
    beside = Beside(
        tlp=label_of(scan.belongs),
        case=_case(store, scan),
        before=past.before(store, scan, everybody),
        change=_change(store, scan),
    )
    return with_kin(store, scan, add_judged(beside, store, scan))


def _change(store: Store, scan: Scan) -> Change | None:
    """What a look of a watch says against the earlier ones of that watch, whoever else looked meanwhile; else what a
    scan says against the last one of its target."""
    alone = is_direct(scan.place)
    if scan.belongs.watch and scan.round == 1:
        return since_before(store, scan, alone=alone) if scan.finished_at is not None else None
    return past.change(store, scan, past.everybody_in(scan), alone=alone)


def _case(store: Store, scan: Scan) -> Case | None:
    """The case of a scan, which may have been deleted since; one that is TLP:RED is named to its members alone, and so
    not to somebody else who asked where it is bound."""
    try:
        case = store.cases.get(scan.belongs.case) if scan.belongs.case else None
    except KeyError:
        return None
    if case is not None and case.tlp is Tlp.RED and is_direct(scan.place) and scan.asker.user not in case.members:
        return None
    return case
