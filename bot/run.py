"""What each process of Gumshoe is started with: `python -m bot.run worker`, for compose, systemd and Kubernetes alike.

It becomes the process itself: signals reach it, and its exit status is the one a supervisor sees. Further words are
handed on, where the last one counts: `python -m bot.run worker -c 32`. Any other word is a command of `python -m bot`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from core.broker import QUEUES

_CELERY = ("-m", "celery", "-A", "tasks", "-q")
_WORKER = (*_CELERY, "worker", "--pool", "threads", "--without-gossip", "--without-mingle")
ASKING = ("scan",)
TELLING = tuple(name for name in QUEUES if name not in ASKING)

ROLES: dict[str, tuple[str, ...]] = {
    "bot": ("-m", "bot", "serve"),
    "worker": (*_WORKER, "-Q", ",".join(ASKING), "-c", "16", "-n", "scan@%h"),
    "notifier": (*_WORKER, "-Q", ",".join(TELLING), "-c", "4", "-n", "notify@%h"),
    # A file of its own: it remembers nothing that matters, since a tick too many does no harm.
    "beat": (*_CELERY, "beat", "--schedule", str(Path(tempfile.gettempdir()) / "beat")),
}


def command(role: str, *more: str) -> list[str]:
    """The whole command line of a role; of a command of `python -m bot` for every other word."""
    return [sys.executable, *ROLES.get(role, ("-m", "bot", role)), *more]


def main(words: list[str]) -> NoReturn:
    """Become it."""
    line = command(*(words or ["--help"]))
    os.execv(line[0], line)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
