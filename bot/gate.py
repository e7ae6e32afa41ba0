"""Settles between a writer and whoever waits for it, so that what was given up is not done afterwards."""

from __future__ import annotations

import threading


class Gate:
    """Lets a commit happen or not, exactly once: either the writer passes, or the waiter closes it first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = "open"

    def passes(self) -> bool:
        """The writer asks just before it commits."""
        with self._lock:
            if self._state == "open":
                self._state = "passed"
            return self._state == "passed"

    def close(self) -> bool:
        """The waiter gives up; False when a commit is already under way."""
        with self._lock:
            if self._state == "open":
                self._state = "closed"
            return self._state == "closed"
