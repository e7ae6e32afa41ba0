"""The processes that are measured, started and stopped: the stand-in source, our workers, the naive ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.eleven import NAMES, register
from benchmarks.figures import Used, used
from benchmarks.size import DELAY
from core.models import Asker, Kind, Place, Priority, Scan, Target
from core.settings import Settings, load
from core.store import Store, open_store
from tasks import scan
from tests.servers import HOST, Part, free_port

CELERY = [sys.executable, "-m", "celery", "-A"]
QUIET = ["--without-gossip", "--without-mingle", "--loglevel", "info"]
THREADS = 16  # as bot/local.py and docker-compose.yml start it


@contextmanager
def running(
    name: str, words: list[str], folder: Path, *, until: str, env: dict[str, str] | None = None
) -> Iterator[Part]:
    """A process, from when it prints `until`; killed afterwards, because nothing of it is kept."""
    part = Part(name, words, folder, env=env)
    try:
        part.wait_for(until)
        yield part
    finally:
        part.kill()


@contextmanager
def source(folder: Path, *, delay: float = DELAY) -> Iterator[str]:
    """The stand-in source; gives its address."""
    port = free_port()
    words = [sys.executable, "-m", "benchmarks.stand_in", "--port", str(port), "--delay", str(delay)]
    with running("source", words, folder, until="listening"):
        yield f"http://{HOST}:{port}"


class Ours:
    """Our worker processes over a record; `notifier` is the process that would tell Slack, here with nothing to say."""

    def __init__(self, record: str, redis_url: str, source_url: str, folder: Path) -> None:
        register()
        self._folder = folder
        self.env = {
            "REDIS_URL": redis_url,
            "DATABASE_URL": record,
            "DATA_DIR": str(folder),
            "SOURCES_URL": source_url,
            "SOURCES_PACE": "0.001",
        }
        os.environ |= self.env  # the tasks package reads its broker from there, here too
        self.store: Store = open_store(record)
        self.settings: Settings = load()
        self.workers: list[Part] = []
        self.notifiers: list[Part] = []

    @contextmanager
    def at_work(self, workers: int, *, notifiers: int = 1, threads: int = THREADS) -> Iterator[None]:
        """With so many processes."""
        with ExitStack() as stack:
            kinds = [("scan", threads)] * workers + [("notify,maint", 4)] * notifiers
            parts = [stack.enter_context(self._worker(number, *kind)) for number, kind in enumerate(kinds)]
            self.workers, self.notifiers = parts[:workers], parts[workers:]
            yield
        self.store.close()

    @contextmanager
    def _worker(self, number: int, queues: str, threads: int) -> Iterator[Part]:
        words = [*CELERY, "benchmarks.ours", "worker", "--pool", "threads", "-c", str(threads), "-Q", queues]
        words += ["-n", f"ours{number}@%h", *QUIET]
        with running(f"ours{number}", words, self._folder, until=" ready.", env=self.env) as part:
            yield part

    def used(self) -> tuple[Used, Used]:
        """By the workers, and by the notifier."""
        return used(*(part.process.pid for part in self.workers)), used(*(part.process.pid for part in self.notifiers))

    def write(self, name: str, priority: Priority = Priority.INTERACTIVE) -> Scan:
        """Write one scan into the record, as the bot would."""
        targets, who = (Target(Kind.DOMAIN, f"{name}.example.com"),), Asker("benchmark")
        wish = scan.Wish(targets, who, Place(), "benchmark", names=NAMES, priority=priority)
        (one, *_), *_ = scan.start(self.store, self.settings, wish)
        return one

    def open_scans(self) -> int:
        """How many of the scans written here have not ended."""
        query = "SELECT count(*) FROM scan WHERE finished_at IS NULL AND door = 'benchmark'"
        return int(self.store.database.read(lambda db: db.exec_driver_sql(query).scalar_one()))
