"""A Redis that can be had with every trouble, and a system whose parts each reach it over a line of their own."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.faults.proxy import Proxy
from tests.running import Gumshoe
from tests.servers import HOST, PATIENCE, PAUSE, Part, Redis, Sandbox, Sources, until

PARTS = ("worker", "notifier", "beat", "bot")


class Queue(Redis):
    """The system's Redis, which these tests stop, empty, fill and lie with. It appends to disk."""

    _password: str | None = None

    def start(self, *words: str, ready: bool = True) -> None:
        """Start it over what it kept; with these options besides, and without waiting when it need not be ready."""
        base = ["redis-server", "--port", str(self.port), "--bind", HOST, "--dir", str(self._folder), "--save", ""]
        self.part = Part("redis", [*base, "--appendonly", "yes", *words], self._folder)
        if ready:
            self.part.wait_for("Ready to accept connections")

    def ask(self, *words: Any) -> Any:
        """One command, past every line."""
        with redis.Redis.from_url(self.url, password=self._password, socket_timeout=10) as client:
            return client.execute_command(*words)

    def set(self, **settings: str) -> None:
        """CONFIG SET; names with underscores instead of dashes."""
        for name, value in settings.items():
            self.ask("CONFIG", "SET", name.replace("_", "-"), value)

    def forget(self) -> None:
        """Lose the disk and all that was kept there, while it is down."""
        shutil.rmtree(self._folder / "appendonlydir")

    def fill(self, *, keys: int) -> None:
        """Give it something to load at its next start."""
        script = f"for n = 1, {keys} do redis.call('SET', 'gumshoe:ballast:' .. n, n, 'EX', 60) end"
        self.ask("EVAL", script, 0)
        self.ask("BGREWRITEAOF")
        with redis.Redis.from_url(self.url) as client:
            until("it to be on disk", lambda: not client.info("persistence")["aof_rewrite_in_progress"])

    def hang_up(self) -> None:
        """Close every connection there is."""
        for kind in ("normal", "pubsub"):
            self.ask("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """It wants a password that nobody was told; who is connected is thrown out."""
        self.set(requirepass="another")
        self._password = "another"
        self.hang_up()
        try:
            yield
        finally:
            self.set(requirepass="")
            self._password = None

    @contextmanager
    def without_disk(self) -> Iterator[None]:
        """Its snapshots fail (a folder is in the way of the file), so it takes nothing more: MISCONF."""
        self.set(save="3600 1000000")
        way = self._folder / "dump.rdb"
        (way / "in the way").mkdir(parents=True)
        self._snapshot("err")
        try:
            yield
        finally:
            shutil.rmtree(way)
            self._snapshot("ok")
            self.set(save="")

    def _snapshot(self, status: str) -> None:
        with contextlib.suppress(redis.ResponseError):  # "scheduled", or another is under way
            self.ask("BGSAVE", "SCHEDULE")
        until(f"a snapshot to end with {status}", lambda: self._last_snapshot() == status)

    def _last_snapshot(self) -> str:
        with redis.Redis.from_url(self.url) as client:
            return str(client.info("persistence")["rdb_last_bgsave_status"])

    @contextmanager
    def full(self) -> Iterator[None]:
        """Its memory is used up."""
        self.set(maxmemory="1mb", maxmemory_policy="noeviction")
        try:
            yield
        finally:
            self.set(maxmemory="0")

    @contextmanager
    def replica(self) -> Iterator[None]:
        """It follows a master that is nowhere: it answers, and takes nothing."""
        self.ask("REPLICAOF", HOST, "1")
        try:
            yield
        finally:
            self.ask("REPLICAOF", "NO", "ONE")


class Divided(Gumshoe):
    """The whole system; each part's line to Redis can be cut or swallow everything."""

    def __init__(self, folder: Path, queue: Queue, sandbox: Sandbox, sources: Sources, **settings: str) -> None:
        super().__init__(folder, queue, sandbox, sources, **settings)
        self.lines = {name: Proxy(queue.port) for name in PARTS}

    def __enter__(self) -> Divided:
        with ExitStack() as undo:
            for line in self.lines.values():
                undo.enter_context(line)
            super().__enter__()
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._undo.close()

    def start(self, name: str, *, wait: bool = True, env: Mapping[str, str] | None = None) -> Part:
        self.env["REDIS_URL"] = f"redis://{HOST}:{self.lines[name].port}/0"
        return super().start(name, wait=wait, env=env)

    def mode(self, mode: str, *names: str) -> None:
        """What these parts' lines do from now on; all when none is named."""
        for name in names or PARTS:
            self.lines[name].mode = mode

    @contextmanager
    def hole(self, *names: str, seconds: float = 0.0) -> Iterator[None]:
        """These parts (all when none is named) hear nothing from Redis; for so long at least."""
        over = time.monotonic() + seconds
        self.mode("hole", *names)
        try:
            yield
            PAUSE.wait(max(0.0, over - time.monotonic()))  # how long it is silent is the fault itself
        finally:
            self.mode("pass", *names)

    def doctor(self) -> str:
        """What `python -m bot doctor` prints."""
        part = Part("doctor", [sys.executable, "-m", "bot", "doctor"], self._folder, env=self.env)
        part.process.wait(PATIENCE)
        return part.output()
