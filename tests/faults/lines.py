"""A Redis that can be had with every trouble, and a system whose parts each reach it over a line of their own."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.faults.proxy import Proxy
from tests.running import Gumshoe
from tests.servers import HOST, Part, Redis, Sandbox, Sources

PARTS = ("worker", "notifier", "beat", "bot")


class Queue(Redis):
    """The system's Redis, which these tests stop, empty, fill and lie with."""

    def ask(self, *words: Any) -> Any:
        """One command, past every line."""
        with redis.Redis.from_url(self.url, socket_timeout=10) as client:
            return client.execute_command(*words)

    def set(self, **settings: str) -> None:
        """CONFIG SET; names with underscores instead of dashes."""
        for name, value in settings.items():
            self.ask("CONFIG", "SET", name.replace("_", "-"), value)

    def die(self) -> None:
        """SIGKILL."""
        self.part.kill()

    def forget(self) -> None:
        """Lose the disk: what it kept is gone. It must be stopped."""
        shutil.rmtree(self._folder / "appendonlydir", ignore_errors=True)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The process stands still; its connections stay up."""
        self.part.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.part.signal(signal.SIGCONT)


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

    def start(self, name: str, *, wait: bool = True) -> Part:
        self.env["REDIS_URL"] = f"redis://{HOST}:{self.lines[name].port}/0"
        return super().start(name, wait=wait)

    def mode(self, mode: str, *names: str) -> None:
        """What these parts' lines do from now on; all when none is named."""
        for name in names or PARTS:
            self.lines[name].mode = mode
