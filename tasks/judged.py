"""What a scan's messages say of verdicts and headlines, read from the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.access import Reader, audience, sees
from core.beside import Beside
from core.correlation import Fired, Rule, fired
from core.errors import BadQuestion
from core.headlines import Headline, shown_to
from core.judged import set_aside
from core.models import Scan
from core.store import Store
from core.verdicts import Verdict
from tasks.playbooks import find
from tasks.rules import rules

MOST_ELSEWHERE = 20  # other scans whose readers are looked up; verdicts from further ones name nobody


def add_judged(beside: Beside, store: Store, scan: Scan) -> Beside:
    """The same for the scan's own thread: with the verdicts that count, and once it has ended its headlines. They go
    into notifications, so they do not name what only a direct message may show. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    told = judged_for(store, scan, audience(scan.place), alone=False)
    return replace(beside, verdicts=told.verdicts, judged=told.judged, headlines=told.headlines)


def judged_for(store: Store, scan: Scan, reader: Reader, *, alone: bool) -> Beside:
    """The verdicts and headlines of a scan for one reader; `scan` has its findings. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    verdicts, ever = verdicts_for(store, scan, reader)
    return Beside(verdicts=verdicts, judged=ever, headlines=headlines_of(store, scan, verdicts, alone=alone))


def verdicts_for(store: Store, scan: Scan, reader: Reader) -> tuple[dict[str, Verdict], frozenset[str]]:
    """The verdicts that count on this scan's target, and of which findings there was ever one. Who judged in a scan
    that this reader may not see is not named: that they looked is not for everybody. Blocking."""
    counting, ever = store.verdicts.of(scan.place.team, scan.target)
    elsewhere = {each.scan_id for each in counting.values()} - {scan.id}
    known = {scan.id, *(each for each in sorted(elsewhere)[:MOST_ELSEWHERE] if _is_seen(store, each, reader))}
    named = {mark: each if each.scan_id in known else replace(each, user="") for mark, each in counting.items()}
    return named, ever


def _is_seen(store: Store, scan_id: str, reader: Reader) -> bool:
    try:
        return sees(reader, store.findings.outline(scan_id).scan)
    except KeyError:
        return False


def headlines_of(store: Store, scan: Scan, verdicts: Mapping[str, Verdict], *, alone: bool) -> tuple[Headline, ...]:
    """What rules make of a scan that has ended; of one that runs nothing can be said yet."""
    if scan.is_open:
        return ()
    return tuple(shown_to(each.headline, scan, alone=alone) for each in fired_for(store, scan, verdicts))


def fired_for(store: Store, scan: Scan, verdicts: Mapping[str, Verdict]) -> list[Fired]:
    """The rules that come true, of all or of those that its playbook names. Ages count from the end of the scan, so
    that the same record says the same again. Blocking."""
    now = scan.finished_at or scan.round_at or scan.created_at
    return fired(_rules_of(store, scan), scan, now, set_aside(verdicts))


def _rules_of(store: Store, scan: Scan) -> Sequence[Rule]:
    every = rules().rules
    if not scan.belongs.playbook:
        return every
    try:
        named = find(store, scan.place.team, scan.belongs.playbook).rules
    except BadQuestion:
        return every  # it is shipped no more: what its scans say does not get less by that
    return [rule for rule in every if rule.name in named] if named else every
