"""A thousand scans over the REST API, beside a bare FastAPI route and a bare Celery no-op of the same run.

python -m benchmarks.api_load [--scans 1000] [--at-once 20]
"""

from __future__ import annotations

import asyncio
import re
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import click
import httpx

from benchmarks import noop
from benchmarks.acks import GENEROUS
from benchmarks.figures import machine, share, table, used
from benchmarks.parts import CELERY, QUIET, THREADS, running
from core.callers import Scope
from core.store import Store, open_store
from tests.servers import HOST, Part, Postgres, Redis, Sandbox, Sources, free_port, until

COLLECTORS = ["dns", "whois"]
WORKERS = 2
WITHIN = 600.0  # seconds until the run is given up
MOST_LISTED = 500  # targets of one POST /scans
MOST_SHOWN = 12  # reasons
SETTLE = 1.0
TAKEN, NOT_NOW = 202, 503
AGAIN = 1.0  # seconds until one that was refused is sent again


@dataclass(frozen=True, slots=True)
class Volley:
    """So many requests: how long each took, all together, and the server's CPU seconds."""

    ms: tuple[float, ...]
    seconds: float
    cpu: float
    refused: int

    @property
    def rate(self) -> float:
        return len(self.ms) / self.seconds


async def posted(url: str, bodies: Sequence[Any], at_once: int, token: str = "") -> tuple[list[float], int]:
    """POST all of these, so many at a time, and again with the same key while "not now" is the answer. How long each
    took until it was taken, in ms, and how many answers were "not now"."""
    ms, left, refused = [], iter(bodies), 0
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def one_after_the_other(http: aiohttp.ClientSession) -> None:
        nonlocal refused
        for body in left:
            key, began = {"Idempotency-Key": secrets.token_hex(16)}, time.perf_counter()
            while (status := await _post(http, url, body, key)) == NOT_NOW:
                refused += 1
                await asyncio.sleep(AGAIN)
            if status != TAKEN:
                raise SystemExit(f"A request was answered {status}, so there is nothing to compare.")
            ms.append(1000 * (time.perf_counter() - began))

    async with aiohttp.ClientSession(headers=headers) as http:
        await asyncio.gather(*(one_after_the_other(http) for _ in range(at_once)))
    return ms, refused


async def _post(http: aiohttp.ClientSession, url: str, body: Any, headers: dict[str, str]) -> int:
    async with http.post(url, json=body, headers=headers) as answer:
        await answer.read()
        return answer.status


def volley(part: Part, url: str, bodies: Sequence[Any], at_once: int, token: str = "") -> Volley:
    """The same, with what it cost the server."""
    before, began = used(part.process.pid), time.perf_counter()
    ms, refused = asyncio.run(posted(url, bodies, at_once, token))
    seconds = time.perf_counter() - began
    time.sleep(SETTLE)  # what it does after its answers counts as well
    return Volley(tuple(ms), seconds, (used(part.process.pid) - before).cpu, refused)


def bodies(name: str, many: int) -> list[dict[str, Any]]:
    return [{"target": f"{name}{number}.example.net", "collectors": COLLECTORS} for number in range(many)]


@contextmanager
def bare(folder: Path) -> Iterator[tuple[Part, str]]:
    """A FastAPI route that reads the same body and answers at once."""
    port = free_port()
    words = [*CELERY[:1], "-m", "benchmarks.bare", "fastapi", "--port", str(port), "--secret", "none"]
    with running("fastapi", words, folder, until="") as part:
        until("it to answer", lambda: _answers(f"http://{HOST}:{port}/"))
        yield part, f"http://{HOST}:{port}/scan"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code < 500
    except httpx.TransportError:
        return False


class System:
    """The bot and its workers as they are, over Postgres, a real Redis and the stand-ins; only rates are wide."""

    def __init__(self, folder: Path, record: str, redis: Redis, sandbox: Sandbox, sources: Sources) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}/api/v1"
        self.env = {
            "REDIS_URL": redis.url,
            "DATABASE_URL": record,
            "DATA_DIR": str(folder),
            "HTTP_PORT": str(self.port),
            "API_REQUESTS_PER_MINUTE": "1000000",
            **GENEROUS,
            **sources.settings,
            **sandbox.settings,
            "SOURCES_PACE": "0.001",
        }
        self.store: Store = open_store(self.env["DATABASE_URL"])
        _, self.token = self.store.tokens.create(
            team="T0SANDBOX",
            user="service:benchmark",
            name="benchmark",
            scopes=[Scope.SCAN],
            lasts=timedelta(days=1),
            by="benchmark",
        )

    @contextmanager
    def at_work(self) -> Iterator[Part]:
        """With its worker processes; gives the bot."""
        with ExitStack() as stack:
            for number in range(WORKERS):
                stack.enter_context(self._worker(f"scan{number}", "scan", THREADS))
            stack.enter_context(self._worker("notify", "notify,maint", 4))
            words = [*CELERY[:1], "-m", "bot", "serve"]
            bot = stack.enter_context(running("bot", words, self._folder, until="bot ready", env=self.env))
            until("the bot to answer", lambda: _answers(f"http://{HOST}:{self.port}/ready"))
            yield bot
        self.store.close()

    def _worker(self, name: str, queues: str, threads: int) -> Any:
        words = [*CELERY, "tasks", "worker", "--pool", "threads", "-c", str(threads), "-Q", queues, "-n", f"{name}@%h"]
        return running(name, [*words, *QUIET], self._folder, until=" ready.", env=self.env)

    def open_scans(self) -> int:
        return self._counted("finished_at IS NULL")

    def ended_scans(self, value: str = "") -> int:
        return self._counted("finished_at IS NOT NULL" + (f" AND value = '{value}'" if value else ""))

    def _counted(self, which: str) -> int:
        query = f"SELECT count(*) FROM scan WHERE {which}"
        return int(self.store.database.read(lambda db: db.exec_driver_sql(query).scalar_one()))

    def outcomes(self) -> Counter[str]:
        """How all runs ended."""
        query = "SELECT state, outcome, count(*) FROM run GROUP BY state, outcome"
        rows = self.store.database.read(lambda db: db.exec_driver_sql(query).all())
        return Counter({f"{row[1] or row[0]}": row[2] for row in rows})

    def troubles(self) -> Counter[str]:
        """Why runs could not look, or only in part: the reason, and what was said once names are taken out."""
        query = "SELECT collector, reason, message FROM run WHERE outcome IN ('failed', 'partial', 'skipped')"
        rows = self.store.database.read(lambda db: db.exec_driver_sql(query).all())
        return Counter(
            f"{row[0]}, {row[1]}: {re.sub(r'[a-z]+[0-9]+.example', 'X.example', row[2])[:200]}" for row in rows
        )


@click.command(help=__doc__)
@click.option("--scans", default=1000, show_default=True)
@click.option("--at-once", default=20, show_default=True, help="Requests in flight.")
def main(scans: int, at_once: int) -> None:
    """Measure and print."""
    print(f"{scans} scans of {len(COLLECTORS)} collectors over the API, {at_once} requests at once; {machine()}")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # Postgres runs as somebody else
        server = stack.enter_context(Redis(folder / "redis"))
        rate, cpu = noop.measure(folder, server.url)
        with bare(folder) as (part, url):
            route = volley(part, url, bodies("n", scans), at_once)
        sandbox, sources = stack.enter_context(Sandbox()), stack.enter_context(Sources())
        (folder / "postgres").mkdir()
        record = stack.enter_context(Postgres(folder / "postgres")).new_database()
        system = System(folder, record, server, sandbox, sources)
        bot = stack.enter_context(system.at_work())
        began = time.perf_counter()
        single = volley(bot, f"{system.url}/scan", bodies("n", scans), at_once, system.token)
        one_by_one = _ended(system, scans, began)
        began = time.perf_counter()
        lists = [
            {"targets": [each["target"] for each in bodies("b", scans)][first : first + MOST_LISTED]}
            | {"collectors": COLLECTORS}
            for first in range(0, scans, MOST_LISTED)
        ]
        listed = volley(bot, f"{system.url}/scans", lists, 1, system.token)
        urgent = time.perf_counter()
        asyncio.run(posted(f"{system.url}/scan", bodies("urgent", 1), 1, system.token))
        until("the urgent one to end", lambda: system.ended_scans("urgent0.example.net"), within=WITHIN, every=0.02)
        urgent, behind = time.perf_counter() - urgent, system.open_scans()
        in_lists = _ended(system, scans, began)
        found, kept, troubles = system.outcomes(), system.ended_scans(), system.troubles()
    rows = [
        _row("bare FastAPI route", route, route),
        _row("POST /scan", single, route),
        _row(f"POST /scans, {MOST_LISTED} each", listed, route),
    ]
    print(f"A bare no-op, threads c16: {rate:.0f} tasks/s, {cpu:.2f} ms CPU each\n")
    print(table(["requests", "per second", "x bare", "p50 ms", "p99 ms", "CPU ms", "not now"], rows))
    print(f"\nOne by one: {one_by_one:.1f} scans/s until the last had ended; {rate / one_by_one:.0f} no-ops to a scan.")
    print(f"In lists, as bulk: {in_lists:.1f} scans/s, {rate / in_lists:.0f} no-ops to a scan.")
    print(f"An interactive one asked right after the lists ended in {urgent:.1f} s, with {behind} bulk scans left.")
    print(f"{kept} of {2 * scans + 1} scans are in the record and have ended. Runs by outcome: {dict(found)}")
    for why, count in troubles.most_common(MOST_SHOWN):
        print(f"  {count}: {why}")


def _ended(system: System, scans: int, began: float) -> float:
    until("all scans to end", lambda: not system.open_scans(), within=WITHIN, every=0.1)
    return scans / (time.perf_counter() - began)


def _row(name: str, taken: Volley, route: Volley) -> list[str]:
    times = [f"{share(taken.ms, part):.1f}" for part in (0.5, 0.99)]
    cost = 1000 * taken.cpu / len(taken.ms)
    return [name, f"{taken.rate:.1f}", f"{taken.rate / route.rate:.3f}", *times, f"{cost:.1f}", str(taken.refused)]


if __name__ == "__main__":
    main()
