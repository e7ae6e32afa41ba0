"""Who may call when: reservations that all processes share through Redis, or one process alone without it.

A reservation books the next free slot and says how long to wait for it (GCRA: one number per key, the
theoretical arrival time, on Redis's own clock), so waiters never race for a permit.

Each process remembers what it booked and was told. It hands that over with its next reservation, so a Redis that
lost its memory learns again what was spent; and it learns how many share a budget, so that while Redis is away
each takes its part of it only.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import redis.asyncio
from redis.exceptions import RedisError

# A key holds when the next call is due and when that was written: what was written in the future is the work of a clock
# that was set back since, and would hold everybody back for as long.
READ = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local due, written = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
due, written = tonumber(due or 0), tonumber(written or 0)
if written > now + 1000000 then due = 0 end
"""

# KEYS[1] the key, KEYS[2] who else books; ARGV: seconds per call, tolerated burst in seconds, longest wait, what
# the caller knows to be booked from now on (microseconds), the caller's name, seconds until a name is forgotten.
# Returns the wait in microseconds (-1 - wait when it is longer than allowed: nothing is booked then), what is
# booked from now on, and how many callers there are.
RESERVE = f"""{READ}
local step, slack, most = ARGV[1] * 1000000, ARGV[2] * 1000000, ARGV[3] * 1000000
redis.call('ZADD', KEYS[2], string.format('%.0f', now), ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - ARGV[6] * 1000000))
redis.call('EXPIRE', KEYS[2], ARGV[6])
local sharers = redis.call('ZCARD', KEYS[2])
due = math.max(due, now + ARGV[4])
local wait = due - slack - now
if wait < 0 then wait = 0 end
local refused = wait > most
if refused then wait = -1 - wait else due = due + step end
redis.call('SET', KEYS[1], string.format('%.0f %.0f', due, now), 'PX', math.ceil((due - now) / 1000) + 1000)
return {{math.floor(wait), math.floor(due - now), sharers}}
"""

# KEYS[1] the key; ARGV: seconds nobody may call, tolerated burst in seconds (so that the hold binds despite it).
HOLD = f"""{READ}
local free = now + (ARGV[1] + ARGV[2]) * 1000000
if due < free then
  redis.call('SET', KEYS[1], string.format('%.0f %.0f', free, now), 'PX', math.ceil((free - now) / 1000) + 1000)
end
return 0
"""

SHARING = 120  # seconds since its last booking that a process counts as one of those who share a budget
STRANGERS = 4  # how many may share a budget of which nothing was learnt yet
REST = 3.0  # seconds that a process goes alone before one of its callers tries Redis again
SLOWER = 4 / 3  # of each pace, those whom nobody waits for leave a quarter to the others
MOST_KEYS = 4096  # remembered; beyond that those that are over are forgotten


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
        return self.book(key, step=every, slack=(burst - 1) * every, most=most)

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        self.remember(key, time.monotonic() + seconds + (burst - 1) * every)

    def book(self, key: str, *, step: float, slack: float, most: float) -> float:
        """As `reserve`, in the arithmetic's own words; a slack below nothing lets the first caller wait too."""
        now = time.monotonic()
        due = max(self._due.get(key, 0.0), now)
        wait = max(0.0, due - slack - now)
        if wait > most:
            raise TooLong(wait)
        self.remember(key, due + step)
        return wait

    def booked(self, key: str) -> float:
        """The seconds from now that are booked already."""
        return max(0.0, self._due.get(key, 0.0) - time.monotonic())

    def remember(self, key: str, due: float) -> None:
        """Nothing is free on `key` before this moment; what is known to be later stands."""
        if len(self._due) >= MOST_KEYS:
            now = time.monotonic()
            self._due = {each: moment for each, moment in self._due.items() if moment > now}
        self._due[key] = max(self._due.get(key, 0.0), due)


class SharedPace:
    """One budget for all processes, in Redis. While Redis is away each process keeps to its part of it."""

    def __init__(self, client: redis.asyncio.Redis, prefix: str = "pace:", *, rest: float = REST) -> None:
        self._prefix = prefix
        self._rest = rest
        self._name = secrets.token_hex(4)
        self._alone = LocalPace()
        self._alone_until = 0.0
        self._sharers: dict[str, int] = {}  # by family of keys
        self._reserve = client.register_script(RESERVE)
        self._hold = client.register_script(HOLD)

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        family = key.partition(":")[0]
        if self._may_ask():
            now = time.monotonic()
            known = round(self._alone.booked(key) * 1e6)
            keys = [self._prefix + key, f"{self._prefix}sharers:{family}"]
            args: list[str | float] = [every, (burst - 1) * every, most, known, self._name, SHARING]
            try:
                wait, booked, self._sharers[family] = await self._reserve(keys=keys, args=args)
            except RedisError:
                self._alone_until = time.monotonic() + self._rest
            else:
                self._alone_until = 0.0
                self._alone.remember(key, now + booked / 1e6)
                if wait < 0:
                    raise TooLong(-(wait + 1) / 1e6)
                return float(wait) / 1e6
        # Together the parts make the whole: each so many times slower, and the burst is for all of them.
        parts = self._sharers.get(family, STRANGERS)
        return self._alone.book(key, step=every * parts, slack=(burst - parts) * every, most=most)

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        await self._alone.hold(key, seconds, every=every, burst=burst)  # also for a Redis that forgets it
        if self._may_ask():
            try:
                await self._hold(keys=[self._prefix + key], args=[seconds, (burst - 1) * every])
            except RedisError:
                self._alone_until = time.monotonic() + self._rest
            else:
                self._alone_until = 0.0

    def booked(self, key: str) -> float:
        """The seconds from now that are booked already, as this process heard last."""
        return self._alone.booked(key)

    def _may_ask(self) -> bool:
        """Whether Redis may be asked: always, or by one caller now and then while it is away."""
        now = time.monotonic()
        if now < self._alone_until:
            return False
        if self._alone_until:
            self._alone_until = now + self._rest  # the others go on alone while this one tries
        return True


class Scaled:
    """The same pace with all pauses scaled: towards stand-ins and relays of one's own, which need no manners. What the
    other side asks for is kept in full when `holds` is 1."""

    def __init__(self, pace: Pace, factor: float, *, holds: float | None = None) -> None:
        self._pace = pace
        self._factor = factor
        self._holds = factor if holds is None else holds

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        return await self._pace.reserve(key, every=every * self._factor, burst=burst, most=most)

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        await self._pace.hold(key, seconds * self._holds, every=every * self._factor, burst=burst)


class Behind:
    """The same pace for questions that nobody waits for: they first stand in a line of their own, which moves a little
    slower, so that whoever does wait finds the common line short."""

    def __init__(self, pace: Pace, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pace = pace
        self._sleep = sleep

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        wait = await self._pace.reserve(f"{key}|behind", every=every * SLOWER, most=most)
        if wait > 0:
            await self._sleep(wait)
        return await self._pace.reserve(key, every=every, burst=burst, most=max(0.0, most - wait))

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        await self._pace.hold(key, seconds, every=every, burst=burst)
