"""Wrong clocks for real processes: each gets a clock of its own that can be set ahead or back while it runs."""

from __future__ import annotations

import secrets
from pathlib import Path

HOUR = 3600


def _library() -> Path:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise AssertionError("The tests need faketime: run deploy/install-test-tools.")
    return found[0]


class Clock:
    """The clock of one machine, as the processes started with its `env` read it. It only says another time of day:
    how fast seconds pass is left alone, as on a machine whose clock is set."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"clock-{secrets.token_hex(3)}"
        self.set(0)
        self.env = {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",  # seconds after which a process sees that its clock was set
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Else each wait with a bound ends at once where glibc needs no such fix, so that threads which wait for
            # Python's lock keep a core busy: whatever has several threads took ten times as long.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }

    def set(self, seconds: int) -> None:
        """Ahead of the true time by so many seconds, or behind when negative."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n", encoding="utf-8")
        new.chmod(0o644)
        new.replace(self._file)  # at once: a half written file would stop the clock's readers
