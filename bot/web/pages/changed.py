"""What the page of a scan says of earlier looks at its target: who looked last, and what changed since."""

from __future__ import annotations

from dataclasses import dataclass

from core.blocks.changed import counts, said_of
from core.callers import Caller
from core.change import Before, Change
from core.meaning import differences
from core.models import Finding, Scan
from core.rounds import last_ended
from core.store import Store
from tasks import past
from tasks.past import Spot

SHOWN = 20  # of each list
MOST_FOUND = 20_000  # findings of both looks: beyond, only the API says what changed


@dataclass(frozen=True, slots=True)
class Past:
    """Of earlier looks, what this reader may know. `then` is the look that was compared; none: it would take long."""

    before: Before | None
    change: Change | None
    then: str = ""

    @property
    def counts(self) -> str:
        return counts(self.change) if self.change is not None else ""

    @property
    def lists(self) -> list[tuple[str, list[tuple[Finding, str]], int]]:
        """What is new, gone and changed: each finding with what changed about it; and how many are not shown."""
        if self.change is None:
            return []
        named = (
            ("New", [(each, "") for each in self.change.new]),
            ("Gone", [(each, "") for each in self.change.gone]),
            ("Changed", [(is_, "; ".join(map(said_of, differences(was, is_)))) for was, is_ in self.change.changed]),
        )
        return [(word, those[:SHOWN], max(0, len(those) - SHOWN)) for word, those in named if those]


def of(store: Store, caller: Caller, one: Scan) -> Past | None:
    """Blocking; None when there is no earlier look."""
    before = past.before(store, one, caller.reader)
    if one.finished_at is None:
        return Past(before, None) if before else None
    whole = store.scans.get(one.id, all_rounds=True)
    try:
        then = past.earlier(store, caller.reader, whole, last_ended(whole), "")
    except KeyError:
        return Past(before, None) if before else None
    if sum(run.found for spot in (whole, then.scan) for run in spot.runs) > MOST_FOUND:
        return Past(before, None, then.name)
    was, is_ = past.loaded(store, then), past.loaded(store, Spot(whole, last_ended(whole)))
    return Past(before, past.compared(was, is_, alone=caller.asked(was) and caller.asked(is_)), then.name)
