"""What a process remembers of what it posted, for the day when the record has forgotten it."""

from __future__ import annotations

from core.slack import Posted


class Memory:
    """The messages this process posted lately. A record that failed over to a server without its last commits has
    forgotten their slots; nobody else can know that they stand. What is to be said anew has another key."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._posted: dict[str, Posted] = {}

    def keep(self, key: str, posted: Posted) -> None:
        self._posted[key] = posted
        if len(self._posted) > self._most:
            del self._posted[next(iter(self._posted))]

    def of(self, key: str) -> Posted | None:
        return self._posted.get(key)
