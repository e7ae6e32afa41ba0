"""What tests of the record start from: a scan that was opened, a run that was claimed, many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

from core.models import Asker, Fact, Finding, Kind, Outcome, Place, Provenance, Run, RunState, Scan, Target
from core.store import Ask, Choice, Seat, Store

T = TypeVar("T")
EXAMPLE = Target(Kind.DOMAIN, "example.com")
ADA = Asker("U0ADA", "Ada Example")
PLACE = Place("T0SANDBOX", "C0GENERAL")
NAMES = ("dns", "crtsh", "whois")
LONG = 600.0  # seconds of a lease that does not end while a test runs
NO_KEY = Choice("keyed", "key-keyed", "no_key", "It needs a key.")
FETCHED = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def choices(*names: str) -> list[Choice]:
    return [Choice(name, f"key-{name}") for name in names]


def ask(*names: str, chosen: Sequence[Choice] = (), **more: Any) -> Ask:
    """A question to these collectors, to all three when none is named."""
    told: dict[str, Any] = {"target": EXAMPLE, "asker": ADA, "place": PLACE, "door": "slack"} | more
    return Ask(choices=tuple(chosen or choices(*(names or NAMES))), **told)


def opened(store: Store, *names: str, chosen: Sequence[Choice] = (), **more: Any) -> Scan:
    """A new scan for that question."""
    ((scan, created, _),) = store.scans.open([ask(*names, chosen=chosen, **more)])
    assert created
    return store.scans.get(scan.id)


def asked_again(store: Store, *names: str, **more: Any) -> Scan | None:
    """The scan there was already for that question; None when it opened a new one."""
    ((scan, created, _),) = store.scans.open([ask(*names, **more)])
    return None if created else scan


def claimed(store: Store, scan: Scan, name: str = "dns", *, lease: float = LONG) -> Run:
    """This scan's run of a collector, held by us."""
    run = store.runs.claim(run_of(scan, name).id, lease=lease)
    assert run is not None
    return run


def reclaimed(store: Store, *attended: Run) -> list[str]:
    """The scans of which a sweeper takes runs that rest between two looks of its own, while others are attended to."""
    scans: set[str] = set()
    for _ in range(2):
        store.runs.pulse(attended, lease=LONG)
        scans.update(store.overdue.reclaim(lease=0.0))
    return sorted(scans)


def vacated(store: Store, *attended: Seat) -> None:
    """The same for desks."""
    for _ in range(2):
        for seat in attended:
            store.desk.stay(seat, lease=LONG)
        store.overdue.vacate(lease=0.0)


def closed_all(store: Store, scan_id: str, outcome: Outcome = Outcome.NOTHING) -> None:
    """Everything that waits is done, with that outcome."""
    for run_id in [run.id for run in store.scans.get(scan_id).runs if run.state is RunState.QUEUED]:
        run = store.runs.claim(run_id, lease=60)
        assert run is not None
        assert store.runs.close(run, outcome)


def run_of(scan: Scan, name: str = "dns") -> Run:
    return next(run for run in scan.runs if run.collector == name)


def finding(value: str = "192.0.2.10", kind: Kind | Fact = Kind.IP, **attributes: Any) -> Finding:
    source = Provenance("dns", "DNS", "dns:example.com?type=A", FETCHED, "NOERROR", "0" * 64)
    return Finding(kind, value, source, attributes)


def values(store: Store, run: Run) -> list[str]:
    """What the record holds of a run's findings."""
    return [each.value for each in store.runs.get(run.id).findings]


def together(count: int, work: Callable[[int], T]) -> list[T]:
    """The same work in many threads that start at the same moment; what each of them got."""
    start = threading.Barrier(count)

    def started(number: int) -> T:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


def waiting(store: Store, scan: Scan) -> list[str]:
    """The collectors of this scan whose runs are queued, in the plan's order."""
    return [run.collector for run in store.scans.get(scan.id).runs if run.state is RunState.QUEUED]
