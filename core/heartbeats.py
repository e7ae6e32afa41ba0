"""Which processes live: each shows itself in Redis every few seconds, by Redis's own clock."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import redis.asyncio

from core import VERSION, clock

ALIVE = "gumshoe:alive"
BEAT = 5.0  # seconds between two signs of life
GONE = 20.0  # seconds without one after which a process counts as gone
FORGOTTEN = 3600.0

# KEYS[1] who was seen when. ARGV: who, seconds after which somebody is forgotten. What lies in the future was written
# before Redis's clock was set back.
SHOW = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + 60, '+inf')
redis.call('ZADD', KEYS[1], now, ARGV[1])
return 0
"""


@dataclass(frozen=True, slots=True)
class Alive:
    """A process of ours."""

    role: str  # bot, worker, notifier, beat
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=lambda: clock.now().timestamp())  # seconds since 1970
    version: str = VERSION
    queues: tuple[str, ...] = ()  # those it takes messages from
    seen: float = 0.0  # seconds ago


def role_of(queues: Sequence[str]) -> str:
    """What a Celery worker is called, by the queues it takes from."""
    return "worker" if any(each.startswith("scan") for each in queues) else "notifier"


class Beat:
    """One per process."""

    def __init__(self, client: redis.asyncio.Redis, alive: Alive) -> None:
        self._client = client
        self._show = client.register_script(SHOW)
        said = asdict(alive)
        del said["seen"]
        self._said = json.dumps(said, sort_keys=True)

    async def show(self) -> None:
        """Raises:
        RedisError: Redis does not take it.
        """
        await self._show(keys=[ALIVE], args=[self._said, FORGOTTEN])

    async def end(self) -> None:
        """The process stops: from now on it is gone."""
        await self._client.zrem(ALIVE, self._said)


async def processes(client: redis.asyncio.Redis, *, within: float = GONE) -> list[Alive]:
    """The processes that were seen in the last seconds, by role, host and pid; `client` is that of
    `core.metrics.open_shared`.

    Raises:
        RedisError: Redis does not answer.
    """
    seconds, micros = await client.time()
    now = int(seconds) + int(micros) / 1e6
    held: Any = await client.zrangebyscore(ALIVE, now - within, "+inf", withscores=True)
    found = [each for said, at in held if (each := _read(said, max(0.0, now - float(at)))) is not None]
    return sorted(found, key=lambda each: (each.role, each.host, each.pid))


def _read(said: bytes, seen: float) -> Alive | None:
    try:
        told = json.loads(said)
        return Alive(
            str(told["role"]),
            str(told["host"]),
            int(told["pid"]),
            float(told["started"]),
            str(told["version"]),
            tuple(map(str, told["queues"])),
            seen,
        )
    except (ValueError, TypeError, KeyError):  # of another release
        return None
