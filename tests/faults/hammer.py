"""Does everything to a few scans of one record at once, from many threads, for some seconds; prints what it saw.

python -m tests.faults.hammer URL SECONDS
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from core.errors import StoreDown
from core.models import Outcome, RunState
from core.store import Store, open_store
from tests.core.stores import ask, choices, finding

THREADS = 8
SCANS = 4  # few, so that all are after the same ones
NAMES = ("whois", "dns", "crtsh", "audit", "mail")  # the plan's order is not the order of ids
LEASES = (-1.0, 0.05, 60.0)


def hammer(store: Store, seconds: float, number: int) -> Counter[str]:
    """One thread's work."""
    dice, seen = random.Random(number), Counter[str]()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        act = dice.choice(ACTS)
        try:
            act(store, dice)
            seen[act.__name__] += 1
        except StoreDown as error:
            seen[f"down: {error.__cause__}"] += 1
    return seen


def _some(store: Store, dice: random.Random) -> str:
    scans = store.scans.recent("T0SANDBOX", limit=SCANS)
    return dice.choice(scans).id


def run_and_close(store: Store, dice: random.Random) -> None:
    claimed = store.runs.claim_waiting(_some(store, dice), lease=dice.choice(LEASES))
    dice.shuffle(claimed)
    for run, key in claimed:
        store.runs.take_off(run, key, lease=1, life=0.01, life_nothing=0.01)
        store.runs.save(run, [finding("192.0.2.1"), finding("192.0.2.2")])
    store.runs.pulse([run for run, _ in claimed], lease=dice.choice(LEASES))
    for run, _ in claimed:
        store.runs.close(run, Outcome.FOUND, findings=[finding("192.0.2.3")])


def give_back(store: Store, dice: random.Random) -> None:
    claimed = [run for run, _ in store.runs.claim_waiting(_some(store, dice), lease=60)]
    dice.shuffle(claimed)
    store.runs.give_back(claimed)


def cancel(store: Store, dice: random.Random) -> None:
    store.scans.cancel(_some(store, dice), by="U0ADA")


def run_again(store: Store, dice: random.Random) -> None:
    scan = store.scans.get(_some(store, dice))
    if all(run.state is RunState.CLOSED for run in scan.runs):
        store.scans.new_round(scan.id, choices(*NAMES), by="U0ADA", after=scan.round, fresh=True)


def sweep(store: Store, _dice: random.Random) -> None:
    store.overdue.reclaim(lease=0)
    store.overdue.queued(older_than=0)
    store.overdue.untold()


def tell(store: Store, dice: random.Random) -> None:
    seat = store.desk.sit(_some(store, dice), lease=dice.choice(LEASES))
    if seat is not None:
        store.desk.note(seat, dice.choice(("parent", "reply/1/dns")), state="said")
        store.desk.leave(seat)


def deliver_twice(store: Store, dice: random.Random) -> None:
    store.audit.first_time(*(f"key:{dice.randrange(20)}" for _ in range(4)))


ACTS = (run_and_close, run_and_close, give_back, cancel, run_again, run_again, sweep, tell, deliver_twice)


def main(url: str, seconds: float) -> None:
    store = open_store(url, migrated=False)
    if not store.scans.recent("T0SANDBOX", limit=SCANS):
        store.scans.open([ask(*NAMES, tag=str(number)) for number in range(SCANS)])
    with ThreadPoolExecutor(THREADS) as pool:
        parts = pool.map(lambda number: hammer(store, seconds, number), range(THREADS))
        sys.stdout.write(json.dumps(sum(parts, Counter())))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
