"""Scans a second and CPU a scan: plain asyncio, prefork with a task for each collector, and ours, in turn.

python -m benchmarks.scans [--rounds 1] [--scans 200]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import click
import redis
from celery import Celery

from benchmarks.figures import MB, Used, machine, middle, share, table, used
from benchmarks.naive import ENDED
from benchmarks.parts import CELERY, QUIET, Ours, running, source
from benchmarks.size import COLLECTORS, DELAY, IDEAL, QUESTIONS
from core.models import Scan
from tasks.scan import announce
from tests.servers import ROOT, Redis, until

PROCESSES = 8  # of the naive design
WITHIN = 110.0  # seconds until a measurement is given up
NAMES = {
    "floor": "floor: asyncio + aiohttp",
    "naive": f"naive: prefork {PROCESSES}, a task per collector",
    "ours1": "ours: 1 worker process",
    "ours2": "ours: 2 worker processes",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one measurement of one design took."""

    scans: int
    seconds: float
    ms: tuple[float, ...]  # for each scan, from its announcement to its end
    cpu: float  # seconds of the processes that do the scans
    beside: float = 0.0  # seconds of the notifier, which is told of every change
    resident: int = 0
    write_ms: float = 0.0  # writing one scan into the record, before the clock starts

    @property
    def rate(self) -> float:
        return self.scans / self.seconds


class Bench:
    """One round after the other over one Redis and one stand-in source."""

    def __init__(self, folder: Path, redis_url: str, source_url: str) -> None:
        self._folder = folder
        self._redis_url = redis_url
        self._source_url = source_url
        self._numbers = 0

    def floor(self, scans: int, rate: float) -> Taken:
        """Plain asyncio, in a process of its own."""
        words = [sys.executable, "-m", "benchmarks.floor", "--url", self._source_url]
        words += ["--scans", str(scans), "--rate", str(rate)]
        done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, timeout=WITHIN)
        told = json.loads(done.stdout)
        ms = tuple(1000 * each for each in told["took"])
        return Taken(scans, told["seconds"], ms, told["cpu"], resident=int(told["mb"] * MB))

    def naive(self, scans: int) -> Taken:
        """Prefork, one task for each collector; fewer scans, because it is slow and its rate is steady."""
        env = {"NAIVE_REDIS": self._redis_url, "NAIVE_SOURCE": self._source_url}
        words = [*CELERY, "benchmarks.naive", "worker", "--pool", "prefork", "-c", str(PROCESSES), "-n", "naive@%h"]
        with redis.Redis.from_url(self._redis_url, decode_responses=True) as counts:
            counts.flushall()
            with running("naive", [*words, *QUIET], self._folder, until=" ready.", env=env) as part:
                return _naive(counts, self._redis_url, part.process.pid, scans)

    def ours(self, workers: int, scans: int, rate: float) -> Taken:
        """Our worker processes and the notifier; each time over a new record."""
        self._numbers += 1
        record = f"sqlite:///{self._folder / f'record-{self._numbers}.sqlite3'}"
        with redis.Redis.from_url(self._redis_url) as queue:
            queue.flushall()
        ours = Ours(record, self._redis_url, self._source_url, self._folder)
        began = time.perf_counter()
        ids = [ours.write(f"n{number}").id for number in range(scans)]
        write_ms = 1000 * (time.perf_counter() - began) / scans
        with ours.at_work(workers):
            return _ours(ours, ids, rate, write_ms)


def _ours(ours: Ours, ids: list[str], rate: float, write_ms: float) -> Taken:
    before = ours.used()
    began = time.time()
    asked: dict[str, float] = {}
    for number, scan_id in enumerate(ids):
        if rate:
            time.sleep(max(0.0, began + number / rate - time.time()))
        asked[scan_id] = time.time()
        if not announce(ours.store.scans.get(scan_id)):
            raise SystemExit("Redis did not take a scan: nothing to compare.")
    until("all scans to end", lambda: ours.open_scans() == 0, within=WITHIN, every=0.1)
    after = ours.used()
    ended = _ends(ours)
    ms = tuple(1000 * (ended[scan_id] - asked[scan_id]) for scan_id in ids)
    worked, told = after[0] - before[0], after[1] - before[1]
    return Taken(len(ids), max(ended.values()) - began, ms, worked.cpu, told.cpu, worked.resident, write_ms)


def _ends(ours: Ours) -> dict[str, float]:
    """When each scan ended; every one must have found all there was, or the comparison means nothing."""
    scans: list[Scan] = ours.store.scans.recent("", limit=100_000)
    short = [one.id for one in scans if [run.found for run in one.runs] != [QUESTIONS] * COLLECTORS]
    if short:
        raise SystemExit(f"{len(short)} scans did not find everything, {short[0]} for one: nothing to compare.")
    return {one.id: one.finished_at.timestamp() for one in scans if one.finished_at}


def _naive(counts: redis.Redis, broker: str, worker: int, scans: int) -> Taken:
    sender = Celery("sender", broker=broker)
    before, began = used(worker), time.time()
    asked = {}
    for number in range(scans):
        asked[f"n{number}"] = time.time()
        for _ in range(COLLECTORS):
            sender.send_task("naive.collect", args=[f"n{number}"])
    until("all naive scans to end", lambda: counts.hlen(ENDED) == scans, within=WITHIN, every=0.1)
    taken: Used = used(worker) - before
    ended = {str(key): float(value) for key, value in counts.hgetall(ENDED).items()}
    ms = tuple(1000 * (ended[name] - at) for name, at in asked.items())
    return Taken(scans, max(ended.values()) - began, ms, taken.cpu, resident=taken.resident)


@click.command(help=__doc__)
@click.option("--rounds", default=1, show_default=True, help="Each design takes its turn in each.")
@click.option("--scans", default=200, show_default=True, help="In a burst.")
@click.option("--naive-scans", default=20, show_default=True, help="The naive design is slow; its rate is steady.")
@click.option("--rate", default=5.0, show_default=True, help="Scans a second in the steady part.")
@click.option("--seconds", default=8.0, show_default=True, help="Length of the steady part.")
def main(rounds: int, scans: int, naive_scans: int, rate: float, seconds: float) -> None:
    """Measure and print one table."""
    print(f"{scans} scans of {COLLECTORS} collectors with {QUESTIONS} questions of {1000 * DELAY:.0f} ms; {machine()}")
    burst: dict[str, list[Taken]] = defaultdict(list)
    steady: dict[str, list[Taken]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name, Redis(Path(name) / "redis") as server, source(Path(name)) as url:
        bench = Bench(Path(name), server.url, url)
        many = round(rate * seconds)
        for number in range(rounds):
            burst["floor"].append(bench.floor(scans, 0))
            burst["ours1"].append(bench.ours(1, scans, 0))
            burst["ours2"].append(bench.ours(2, scans, 0))
            burst["naive"].append(bench.naive(naive_scans))
            steady["floor"].append(bench.floor(many, rate))
            steady["ours1"].append(bench.ours(1, many, rate))
            print(f"round {number + 1} of {rounds} done", file=sys.stderr)
    print(_bursts(burst), _steadies(steady, rate), sep="\n\n")


def _bursts(taken: dict[str, list[Taken]]) -> str:
    floor, naive = (middle([each.rate for each in taken[name]]) for name in ("floor", "naive"))
    rows = []
    for name in ("floor", "naive", "ours1", "ours2"):
        rate = middle([each.rate for each in taken[name]])
        rows.append([NAMES[name], f"{rate:.1f}", f"{rate / floor:.2f}", f"{rate / naive:.1f}", *_costs(taken[name])])
    headings = ["burst", "scans/s", "x floor", "x naive", *COSTS]
    return table(headings, rows)


def _steadies(taken: dict[str, list[Taken]], rate: float) -> str:
    rows = []
    for name, each in taken.items():
        p50 = middle([share(one.ms, 0.5) for one in each])
        rows.append([NAMES[name], f"{p50 / 1000 / IDEAL:.2f}", *_costs(each)])
    return table([f"steady {rate:g}/s", "p50 x ideal", *COSTS], rows)


COSTS = ["p50 ms", "p95 ms", "CPU ms/scan", "notifier", "write ms", "RSS MB"]


def _costs(taken: list[Taken]) -> list[str]:
    return [
        f"{middle([share(each.ms, 0.5) for each in taken]):.0f}",
        f"{middle([share(each.ms, 0.95) for each in taken]):.0f}",
        f"{middle([1000 * each.cpu / each.scans for each in taken]):.1f}",
        f"{middle([1000 * each.beside / each.scans for each in taken]):.1f}",
        f"{middle([each.write_ms for each in taken]):.1f}",
        f"{middle([each.resident / MB for each in taken]):.0f}",
    ]


if __name__ == "__main__":
    main()
