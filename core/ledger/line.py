"""The line to Redis: asked while it answers; while it is away, tried by one caller now and then."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

import redis.asyncio
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

T = TypeVar("T")
REST = 3.0  # seconds that a process goes alone before one of its callers tries Redis again


class Away(Exception):
    """Redis was not asked, or did not answer: each process goes by what it knows."""


class Line:
    """One per ledger. Without a client it is always away: the terminal, which shares with nobody."""

    def __init__(self, client: redis.asyncio.Redis | None, prefix: str, *, rest: float = REST) -> None:
        self.client = client
        self.alone = client is None
        self._prefix = prefix
        self._rest = rest
        self._silent_until = 0.0
        self._scripts: dict[str, AsyncScript] = {}

    def key(self, *parts: str) -> str:
        return self._prefix + ":".join(parts)

    def open(self) -> redis.asyncio.Redis:
        """The client, when it may be asked now.

        Raises:
            Away: it did not answer lately, and somebody else tries.
        """
        now = time.monotonic()
        if self.client is None or now < self._silent_until:
            raise Away
        if self._silent_until:
            self._silent_until = now + self._rest  # the others go on alone while this one tries
        return self.client

    async def run(self, script: str, keys: Sequence[str], args: Sequence[object]) -> Any:
        """What a script returns; it is sent once and called by its digest after that.

        Raises:
            Away: as `open` and `ask`.
        """
        client = self.open()
        if script not in self._scripts:
            self._scripts[script] = client.register_script(script)
        return await self.ask(self._scripts[script](keys=list(keys), args=[str(each) for each in args]))

    async def ask(self, asking: Awaitable[T]) -> T:
        """Raises:
        Away: Redis does not answer, or takes nothing.
        """
        try:
            answer = await asking
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = time.monotonic() + self._rest
            raise Away from error
        self._silent_until = 0.0
        return answer


def text(value: Any) -> str:
    """A name or number as Redis gives it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
