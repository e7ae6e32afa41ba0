"""Small things a process may forget: verdicts worth keeping for a day, shared by all workers through Redis.

Without Redis each process remembers for itself. Nothing here is part of the record: what is forgotten is asked again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

import redis.asyncio
from redis.exceptions import RedisError

MOST_KEYS = 20_000  # one process remembers; beyond that those that are over go first, then the oldest
REST = 3.0  # seconds that a process goes alone before it asks Redis again


class Memory(Protocol):
    """Remembers short texts for a while."""

    async def recall(self, keys: Sequence[str]) -> Mapping[str, str]:
        """What is remembered of these; unknown ones are left out."""

    async def remember(self, key: str, text: str, *, seconds: float) -> None:
        """Keep a text for so long."""


class LocalMemory:
    """One process's own."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, str]] = {}

    async def recall(self, keys: Sequence[str]) -> Mapping[str, str]:
        now = time.monotonic()
        return {key: kept[1] for key in keys if (kept := self._kept.get(key)) is not None and kept[0] > now}

    async def remember(self, key: str, text: str, *, seconds: float) -> None:
        now = time.monotonic()
        if len(self._kept) >= MOST_KEYS:
            self._kept = {each: kept for each, kept in self._kept.items() if kept[0] > now}
        while len(self._kept) >= MOST_KEYS:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (now + seconds, text)


class SharedMemory:
    """All workers' together, in Redis. While Redis is away each process goes by what it noted itself."""

    def __init__(self, client: redis.asyncio.Redis, prefix: str = "memory:", *, rest: float = REST) -> None:
        self._client = client
        self._prefix = prefix
        self._rest = rest
        self._alone = LocalMemory()
        self._alone_until = 0.0

    async def recall(self, keys: Sequence[str]) -> Mapping[str, str]:
        own = await self._alone.recall(keys)
        if not keys or time.monotonic() < self._alone_until:
            return own
        try:
            found = await self._client.mget([self._prefix + key for key in keys])
        except RedisError:
            self._alone_until = time.monotonic() + self._rest
            return own
        texts = (each.decode(errors="replace") if isinstance(each, bytes) else each for each in found)
        return {**own, **{key: text for key, text in zip(keys, texts, strict=True) if text is not None}}

    async def remember(self, key: str, text: str, *, seconds: float) -> None:
        await self._alone.remember(key, text, seconds=seconds)
        if time.monotonic() < self._alone_until:
            return
        try:
            await self._client.set(self._prefix + key, text, px=max(1, round(seconds * 1000)))
        except RedisError:
            self._alone_until = time.monotonic() + self._rest
