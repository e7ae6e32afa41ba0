"""What of Redis is worth keeping: counts of budgets that sources grant, keys that rest, and remembered verdicts.

Everything else there is disposable. Hints of the queue above all: they are ids of scans, the record knows what is
open, and the sweeper sends them again; put back, they would only be sent twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import redis.asyncio
from redis.exceptions import RedisError

from core.broker import down
from core.roles import Role

NAME: Final = "redis"
COLUMNS = ("role", "key", "kind", "until", "value")
PREFIXES: Mapping[Role, str] = {Role.BUDGET: "gumshoe:ledger:", Role.CACHE: "memory:"}
BATCH = 500
Row = list[Any]


async def taken(client: redis.asyncio.Redis, role: Role) -> list[Row]:
    """What is worth keeping of the Redis with this role.

    Raises:
        QueueDown: it does not answer.
    """
    rows: list[Row] = []
    try:
        keys = [key async for key in client.scan_iter(match=f"{PREFIXES[role]}*", count=BATCH)]
        for start in range(0, len(keys), BATCH):
            rows += await _read(client, role, sorted(keys[start : start + BATCH]))
    except (RedisError, OSError, TimeoutError) as error:
        raise down(error, role) from error
    return rows


async def put(client: redis.asyncio.Redis, role: Role, rows: Sequence[Row]) -> int:
    """Put back what is not over yet, and what nobody has counted anew meanwhile; all at one stroke. Returns how many.

    Raises:
        QueueDown: it does not answer, or takes nothing; nothing was put back.
    """
    now = time.time() * 1000
    mine = [row for row in rows if row[0] == role.name and (row[3] is None or row[3] > now)]
    try:
        there = [await client.exists(_bytes(row[1])) for row in mine]
        new = [row for row, known in zip(mine, there, strict=True) if not known]
        async with client.pipeline(transaction=True) as line:
            for _, key, kind, until, value in new:
                _write(line, _bytes(key), kind, value)
                if until is not None:
                    line.pexpireat(_bytes(key), int(until))
            await line.execute()
    except (RedisError, OSError, TimeoutError) as error:
        raise down(error, role) from error
    return len(new)


async def _read(client: redis.asyncio.Redis, role: Role, keys: Sequence[bytes]) -> list[Row]:
    async with client.pipeline(transaction=False) as line:
        for key in keys:
            line.type(key)
            line.pttl(key)
        answers = await line.execute()
    kinds, left = [_text(kind) for kind in answers[::2]], answers[1::2]
    async with client.pipeline(transaction=False) as line:
        for key, kind in zip(keys, kinds, strict=True):
            _ask(line, key, kind)
        values = await line.execute()
    now = time.time() * 1000
    rows = []
    for key, kind, rest, value in zip(keys, kinds, left, values, strict=True):
        if value and rest != -2:  # -2: it ended meanwhile
            rows.append([role.name, _text(key), kind, None if rest < 0 else round(now + rest), _plain(kind, value)])
    return rows


def _ask(line: Any, key: bytes, kind: str) -> None:
    if kind == "hash":
        line.hgetall(key)
    elif kind == "zset":
        line.zrange(key, 0, -1, withscores=True)
    elif kind == "string":
        line.get(key)
    else:
        line.exists(b"")  # none of ours: an answer that is empty


def _plain(kind: str, value: Any) -> Any:
    if kind == "hash":
        return sorted([_text(name), _text(each)] for name, each in value.items())
    if kind == "zset":
        return [[_text(name), score] for name, score in value]
    return _text(value)


def _write(line: Any, key: bytes, kind: str, value: Any) -> None:
    if kind == "hash":
        line.hset(key, mapping={_bytes(name): _bytes(each) for name, each in value})
    elif kind == "zset":
        line.zadd(key, {_bytes(name): score for name, score in value})
    else:
        line.set(key, _bytes(value))


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
