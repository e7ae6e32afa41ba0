"""Things that stop answering, for real: a port that listens and says nothing, a locked file, a frozen server."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.servers import HOST, Postgres, until

HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
"""


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port that takes every connection and never answers: what a hung server looks like."""
    held: list[socket.socket] = []
    with socket.create_server((HOST, 0)) as server:

        def swallow() -> None:
            with contextlib.suppress(OSError):  # closed: the end of it
                while True:
                    held.append(server.accept()[0])

        thread = threading.Thread(target=swallow, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for each in held:
        each.close()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process writes into a SQLite file and does not come to an end."""
    words = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            holder.stdin.write("enough\n")
            holder.stdin.flush()
            holder.wait(10)


@contextlib.contextmanager
def frozen(server: Postgres) -> Iterator[None]:
    """The database server with all its processes hangs: connections stay up, nothing is answered."""
    parent = server.part.process.pid
    family = [parent, *children(parent)]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    until("the server to stand still", lambda: all(_state(pid) == "T" for pid in family))
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


def children(parent: int) -> list[int]:
    """The processes a process started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended while we looked
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(folder.name))
    return found


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
