"""Postgres servers that crash, freeze, fill up and fail over, behind an address that stays."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.bot.outages import children
from tests.faults.proxy import Proxy
from tests.servers import HOST, Postgres, until


class Cluster(Postgres):
    """A Postgres that can be broken, and of which a streaming standby can be made."""

    def crash(self) -> None:
        """SIGKILL to the server and all its processes, as a power cut would."""
        family = children(self.part.process.pid)
        self.part.kill()
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def shut_down(self) -> None:
        """Postgres' fast shutdown: sessions are ended, what is committed is kept."""
        self.part.signal(signal.SIGINT)
        self.part.process.wait(20)

    def ask(self, *sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements outside a transaction, past every proxy; the rows of the last one."""
        address = f"host={HOST} port={self.port} user=gumshoe dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            for each in sql:
                cursor = connection.execute(each.encode())
            return cursor.fetchall() if cursor.description else []

    def standby(self, folder: Path, *, upstream: int = 0) -> Cluster:
        """Another server that streams from this one, through the port `upstream` when one is named."""
        other = Cluster(folder)
        other._bin, other._prefix, other._data = self._bin, other._as_postgres(), folder / "data"
        words = [*other._prefix, str(self._bin / "pg_basebackup"), "-D", str(other._data), "-R", "-X", "stream",
                 "-c", "fast", "-d", f"host={HOST} port={upstream or self.port} user=gumshoe"]  # fmt: skip
        made = subprocess.run(words, check=False, capture_output=True, cwd="/", text=True)
        assert made.returncode == 0, made.stderr
        other.run()
        until("the standby to stream", lambda: self.ask("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"))
        return other

    def promote(self) -> None:
        """What a failover does to a standby."""
        assert self.ask("SELECT pg_promote(true, 30)") == [(True,)]


class Address(Proxy):
    """Where the record is said to live; which server that is may change."""

    def __init__(self, server: Cluster) -> None:
        super().__init__(server.port)
        self.server = server
        self.losing: tuple[bytes, ...] = ()  # until it is lost
        self._arrives = True
        self.name = server.new_database().rpartition("/")[2]

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://gumshoe@{HOST}:{self.port}/{self.name}"

    def move_to(self, server: Cluster) -> None:
        """The address leads to another server from now on; connections to the old one break."""
        self.server, self.target = server, server.port
        self.cut()

    def ask(self, *sql: str) -> list[tuple[object, ...]]:
        return self.server.ask(*sql, database=self.name)

    def lose_commit(self, *words: bytes, arrives: bool) -> None:
        """Cut the next connection that commits a transaction with all these words in it; the server gets to see
        that COMMIT (and its answer is lost), or does not."""
        self._arrives, self.losing = arrives, words

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = bytearray()

        def passes(piece: bytes) -> bool:
            if b"BEGIN" in piece:
                heard.clear()
            heard.extend(piece)
            if not self.losing or b"COMMIT" not in piece or any(word not in heard for word in self.losing):
                return True
            self.losing = ()
            writer.transport.abort()
            return self._arrives

        overheard: Any = _Overhears(reader, passes)
        await super()._serve(overheard, writer)


@contextlib.contextmanager
def room(*, megabytes: int = 0) -> Iterator[Path]:
    """A folder that servers of other users can live in; with `megabytes`, a disk of its own that small."""
    with tempfile.TemporaryDirectory(prefix="gumshoe-") as name:
        os.chmod(name, 0o755)
        if not megabytes:
            yield Path(name)
            return
        assert os.geteuid() == 0, "A small disk can only be mounted by root."
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "gumshoe", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not one byte more fits onto this disk."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        for size in (2**16, 2**12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size):
                    pass
    assert shutil.disk_usage(disk).free == 0
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def lasting(seconds: float) -> Iterator[None]:
    """What is done inside takes at least so long: an outage must outlive what it interrupts."""
    ends = time.monotonic() + seconds
    yield
    until("the outage to last", lambda: time.monotonic() >= ends, within=seconds + 30)


class _Overhears:
    """A reader that lets somebody listen; what they say no to is the last that is read."""

    def __init__(self, reader: asyncio.StreamReader, passes: Callable[[bytes], bool]) -> None:
        self._reader = reader
        self._passes = passes

    async def read(self, most: int) -> bytes:
        piece = await self._reader.read(most)
        return piece if self._passes(piece) else b""
