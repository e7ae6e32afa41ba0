"""How many scans a machine does with so many worker processes and threads, beside a bare Celery no-op of the same run.

python -m benchmarks.sizing [--scans 120] [--postgres URL]
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click
import redis

from benchmarks import noop
from benchmarks.figures import MB, machine, share, table
from benchmarks.parts import Ours, source
from benchmarks.size import COLLECTORS, DELAY, IDEAL, QUESTIONS
from core.models import Priority
from tasks.scan import announce
from tests.servers import Redis, until

WITHIN = 300.0  # seconds until a measurement is given up
SIZES = [(1, 8), (1, 16), (1, 32), (2, 8), (2, 16), (4, 16)]  # processes and threads of each


@dataclass(frozen=True, slots=True)
class Size:
    """One measurement."""

    name: str
    rate: float  # scans a second
    ms: tuple[float, ...]  # from a run's claim to the end of its scan
    cpu: float  # ms for each scan
    resident: float  # bytes of one process


def measured(folder: Path, redis_url: str, source_url: str, scans: int, *, size: tuple[int, int, Priority]) -> Size:
    """Write so many scans, start the workers, and see how long they take."""
    processes, threads, priority = size
    name = f"{processes} x c{threads}" + ("" if priority is Priority.INTERACTIVE else ", bulk")
    with redis.Redis.from_url(redis_url) as queue:
        queue.flushall()
    record = f"sqlite:///{folder / f'{processes}-{threads}-{priority}.sqlite3'}"
    ours = Ours(record, redis_url, source_url, folder)
    with ours.at_work(processes, threads=threads):
        before, began = ours.used()[0], time.time()
        written = []
        for number in range(scans):
            written.append(ours.write(f"n{number}", priority))
            announce(written[-1])
        until("all scans to end", lambda: ours.open_scans() == 0, within=WITHIN, every=0.1)
        spent = ours.used()[0] - before
        done = [ours.store.scans.get(one.id) for one in written]
    seconds = max(one.finished_at.timestamp() for one in done if one.finished_at) - began
    starts = [min(run.started_at for run in one.runs if run.started_at) for one in done]
    ends = [one.finished_at for one in done if one.finished_at]
    ms = tuple(1000 * (end - start).total_seconds() for start, end in zip(starts, ends, strict=True))
    short = [f"{run.outcome}, {run.reason}" for one in done for run in one.runs if run.found != QUESTIONS]
    if short:
        raise SystemExit(f"{name}: nothing to compare, for {len(short)} runs did not find everything: {short[0]}.")
    return Size(name, scans / seconds, ms, 1000 * spent.cpu / scans, spent.resident / processes)


@click.command(help=__doc__)
@click.option("--scans", default=120, show_default=True, help="For each size.")
def main(scans: int) -> None:
    """Measure and print one table."""
    print(f"{scans} scans of {COLLECTORS} collectors with {QUESTIONS} questions of {1000 * DELAY:.0f} ms; {machine()}")
    kinds = [(*size, Priority.INTERACTIVE) for size in SIZES]
    kinds[2:2] = [(1, 16, Priority.BULK)]
    taken = []
    with tempfile.TemporaryDirectory() as name, Redis(Path(name) / "redis") as server, source(Path(name)) as url:
        rate, cpu = noop.measure(Path(name), server.url)
        for kind in kinds:
            taken.append(measured(Path(name), server.url, url, scans, size=kind))
            print(f"{taken[-1].name} done", file=sys.stderr)
        again, cpu_again = noop.measure(Path(name), server.url)
    rate, cpu = (rate + again) / 2, (cpu + cpu_again) / 2
    print(f"A bare no-op, threads c16: {rate:.0f} tasks/s, {cpu:.2f} ms CPU each\n")
    rows = [
        [
            each.name,
            f"{each.rate:.1f}",
            f"{rate / each.rate:.0f}",
            f"{each.cpu:.0f}",
            f"{each.cpu / cpu:.0f}",
            f"{share(each.ms, 0.5) / 1000 / IDEAL:.1f}",
            f"{share(each.ms, 0.95) / 1000 / IDEAL:.1f}",
            f"{each.resident / MB:.0f}",
        ]
        for each in taken
    ]
    headings = [
        "workers",
        "scans/s",
        "no-ops/scan",
        "CPU ms",
        "x no-op CPU",
        "p50 x ideal",
        "p95 x ideal",
        "RSS MB each",
    ]
    print(table(headings, rows))


if __name__ == "__main__":
    main()
