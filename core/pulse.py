"""The sign of life a process gives to whoever watches it: a file it writes anew, and systemd's watchdog."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from enum import StrEnum
from pathlib import Path

EVERY = 2.0  # seconds between two signs


class State(StrEnum):
    """What the process says of itself."""

    WORKING = "working"
    WAITING = "waiting"  # for Redis: to start it anew would not help
    RESTING = "resting"  # drained: it takes no work until told to


class Pulse:
    """Writes the state and the time into a file, and tells systemd (sd_notify(3)); both only where they are wanted.

    The time is that of CLOCK_MONOTONIC, which all processes of a machine share and nobody can set.
    """

    def __init__(self, file: str, notify_socket: str) -> None:
        self._file = Path(file) if file else None
        self._address = notify_socket.replace("@", "\0", 1) if notify_socket.startswith("@") else notify_socket
        self._beaten = float("-inf")

    def beat(self, state: State) -> None:
        """Give a sign, unless one was just given. A full disk gives none: then who watches us acts, as it should."""
        now = time.monotonic()
        if now - self._beaten < EVERY / 2:
            return
        self._beaten = now
        with contextlib.suppress(OSError):
            self._write(f"{state} {now:.3f}\n")
        with contextlib.suppress(OSError):
            self._notify(f"WATCHDOG=1\nSTATUS={state}\n")

    def _write(self, sign: str) -> None:
        if self._file is None:
            return
        aside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        aside.write_text(sign, encoding="ascii")
        aside.replace(self._file)  # who reads it finds a whole one

    def _notify(self, words: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
            line.sendto(words.encode("ascii"), self._address)
