"""Who may call when: reservations that all processes share through Redis, or one process alone without it.

A reservation books the next free slot and says how long to wait for it (GCRA: one number per key, the
theoretical arrival time, on Redis's own clock), so waiters never race for a permit.
"""

from __future__ import annotations

import time
from typing import Protocol

import redis.asyncio
from redis.exceptions import ConnectionError as Gone
from redis.exceptions import RedisError

from core.errors import BadSetting, QueueDown

# A key holds when the next call is due and when that was written: what was written in the future is the work of a clock
# that was set back since, and would hold everybody back for as long.
READ = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local due, written = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
due, written = tonumber(due or 0), tonumber(written or 0)
if written > now + 1000000 then due = 0 end
"""

# KEYS[1] the key; ARGV: seconds per call, tolerated burst in seconds, longest wait, 1 = book.
# Returns the wait in microseconds; -1 - wait when it is longer than allowed (nothing is booked then).
RESERVE = f"""{READ}
local step, slack, most = ARGV[1] * 1000000, ARGV[2] * 1000000, ARGV[3] * 1000000
if due < now then due = now end
local wait = due - slack - now
if wait < 0 then wait = 0 end
if wait > most then return -1 - math.floor(wait) end
due = due + step
redis.call('SET', KEYS[1], string.format('%.0f %.0f', due, now), 'PX', math.ceil((due - now) / 1000) + 1000)
return math.floor(wait)
"""

# KEYS[1] the key; ARGV: seconds nobody may call, tolerated burst in seconds (so that the hold binds despite it).
HOLD = f"""{READ}
local free = now + (ARGV[1] + ARGV[2]) * 1000000
if due < free then
  redis.call('SET', KEYS[1], string.format('%.0f %.0f', free, now), 'PX', math.ceil((free - now) / 1000) + 1000)
end
return 0
"""


class TooLong(Exception):
    """The next free slot is further away than the caller may wait; nothing was booked."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"the next free slot is {wait:.0f} s away")
        self.wait = wait


class Pace(Protocol):
    """Books slots on a key."""

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        """Book the next slot of `key`, one each `every` seconds, and return the seconds to wait for it.

        Raises:
            TooLong: it is more than `most` seconds away.
        """

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        """Let nobody call on `key` for so many seconds (a 429 told us so)."""


class LocalPace:
    """The same arithmetic for one process: the terminal, and the stand-in while Redis is away."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        now = time.monotonic()
        due = max(self._due.get(key, 0.0), now)
        wait = max(0.0, due - (burst - 1) * every - now)
        if wait > most:
            raise TooLong(wait)
        self._due[key] = due + every
        return wait

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        free = time.monotonic() + seconds + (burst - 1) * every
        self._due[key] = max(self._due.get(key, 0.0), free)


class SharedPace:
    """One budget for all processes, in Redis. While Redis is away each process keeps its own pace."""

    def __init__(self, client: redis.asyncio.Redis, prefix: str = "pace:") -> None:
        self._prefix = prefix
        self._alone = LocalPace()
        self._reserve = client.register_script(RESERVE)
        self._hold = client.register_script(HOLD)

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        try:
            answer = await self._reserve(keys=[self._prefix + key], args=[every, (burst - 1) * every, most])
        except RedisError:
            return await self._alone.reserve(key, every=every, burst=burst, most=most)
        if answer < 0:
            raise TooLong(-(answer + 1) / 1e6)
        return float(answer) / 1e6

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        try:
            await self._hold(keys=[self._prefix + key], args=[seconds, (burst - 1) * every])
        except RedisError:
            await self._alone.hold(key, seconds, every=every, burst=burst)


class Scaled:
    """The same pace with all pauses scaled: towards stand-ins and relays of one's own, which need no manners."""

    def __init__(self, pace: Pace, factor: float) -> None:
        self._pace = pace
        self._factor = factor

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        return await self._pace.reserve(key, every=every * self._factor, burst=burst, most=most)

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        await self._pace.hold(key, seconds * self._factor, every=every * self._factor, burst=burst)


def connect(url: str, *, timeout: float = 2.0) -> redis.asyncio.Redis:
    """A client whose every call ends within about `timeout` seconds.

    Raises:
        BadSetting: the URL is none of Redis.
    """
    try:
        return redis.asyncio.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=min(timeout, 1.0), socket_keepalive=True
        )
    except ValueError:
        raise BadSetting("REDIS_URL is wrong: it must look like redis://[:password@]host:port/0.") from None


async def reachable(client: redis.asyncio.Redis) -> None:
    """Raises:
    QueueDown: Redis does not answer.
    """
    sentence = "The queue (Redis) does not answer. Try again in a minute."
    try:
        await client.ping()
    except Gone:
        pass  # a connection from before Redis restarted says so only now; a new one is made
    except (RedisError, OSError, TimeoutError) as error:
        raise QueueDown(sentence) from error
    else:
        return
    try:
        await client.ping()
    except (RedisError, OSError, TimeoutError) as error:
        raise QueueDown(sentence) from error
