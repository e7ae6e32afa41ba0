"""Hands over what this process counted to the sums of all, and shows that the process lives."""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from core.broker import connect_for
from core.ending import ended
from core.heartbeats import BEAT, Alive, Beat
from core.metrics.tally import Delta, Tally
from core.roles import Role
from core.settings import Settings

log = structlog.get_logger()

SUMS = "gumshoe:metrics"
LAST = "gumshoe:metrics:last:"
EVERY = 2.0  # seconds between two batches
KEPT = 7 * 86400  # seconds that the number of a process's last batch is remembered: longer than it may try again
WITHIN = 1.5  # seconds for the last words of a process that stops

# KEYS: the sums, the number of this process's last batch. ARGV: the number of this one, seconds to remember it, then
# a series and what to add to it, again and again. A batch whose answer was cut comes again with its number.
ADD = """
if tonumber(redis.call('GET', KEYS[2]) or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
for i = 3, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
"""


def open_shared(settings: Settings, *, timeout: float = 1.0) -> redis.asyncio.Redis:
    """A client of the Redis that holds what all processes must agree on."""
    return connect_for(settings, Role.BUDGET, timeout=timeout)


class Sender:
    """One per process, on its loop. It owns the client."""

    def __init__(self, client: redis.asyncio.Redis, alive: Alive | None, tally: Tally, *, every: float = EVERY) -> None:
        self.client = client
        self._beat = Beat(client, alive) if alive else None
        self._tally = tally
        self._every = every
        self._name = secrets.token_hex(8)
        self._number = 0
        self._batch: list[Delta] = []  # being sent, until we know that it was taken
        self._add = client.register_script(ADD)
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send, until `close`."""
        self._running = asyncio.create_task(self._run())

    async def send(self) -> bool:
        """Hand over what was counted so far; False: Redis does not take it now, and it is kept."""
        async with self._turn:
            try:
                if self._batch:  # as it was: what Redis may have taken must not change under its number
                    await self._hand_over()
                self._batch = self._tally.take()
                if self._batch:
                    self._number += 1
                    await self._hand_over()
            except (RedisError, OSError, TimeoutError):
                return False
            return True

    async def close(self) -> None:
        """Send the rest, say goodbye and close the client; bounded."""
        if self._running is not None:
            await ended(self._running)
        with suppress(TimeoutError, RedisError, OSError):
            async with asyncio.timeout(WITHIN):
                await self.send()
                if self._beat is not None:
                    await self._beat.end()
        await self.client.aclose()

    async def _hand_over(self) -> None:
        adding = [word for each in self._batch for word in (field_of(each), repr(each.amount))]
        await self._add(keys=[SUMS, LAST + self._name], args=[self._number, KEPT, *adding])
        self._batch = []

    async def _run(self) -> None:
        taken, shown = True, -math.inf
        while True:
            if self._beat is not None and time.monotonic() - shown >= BEAT:
                with suppress(RedisError, OSError, TimeoutError):
                    await self._beat.show()
                    shown = time.monotonic()
            before, taken = taken, await self.send()
            if before and not taken:
                log.warning("metrics kept back", why="Redis does not take them")
            await asyncio.sleep(self._every)


def field_of(each: Delta) -> str:
    """The name of a series' part among the sums; it names its labels, so that another release reads it right."""
    return json.dumps([each.name, dict(each.labels), each.part], separators=(",", ":"))


async def sums(client: redis.asyncio.Redis) -> Sequence[Delta]:
    """What all processes together have counted.

    Raises:
        RedisError: Redis does not answer.
    """
    held = await client.hgetall(SUMS)
    return [each for name, amount in held.items() if (each := _read(name, amount)) is not None]


def _read(name: bytes | str, amount: bytes | str) -> Delta | None:
    try:
        metric, labels, part = json.loads(name)
        return Delta(str(metric), {str(key): str(value) for key, value in labels.items()}, str(part), float(amount))
    except (ValueError, TypeError, AttributeError):  # of another release
        return None
