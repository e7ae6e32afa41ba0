"""What lies in a queue, read past Celery: how many hints, the oldest, those in a worker's hands; and emptying it."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from core.broker import QUEUES, down, keys_of
from tasks.queue import EXPIRES

AWAY_FOR = 3600  # seconds that what was taken out is kept, should we be stopped in between


@dataclass(frozen=True, slots=True)
class Hint:
    """One message: which task, about which scan, and when it was sent if that can be read from it."""

    task: str
    scan_id: str = ""
    sent: float | None = None  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Line:
    """One queue."""

    name: str
    length: int
    unacked: int  # taken by a worker that has not finished it
    unacked_s: float | None  # since when the oldest of those is
    oldest: Hint | None


async def lines(client: redis.asyncio.Redis) -> list[Line]:
    """Every queue of ours.

    Raises:
        QueueDown: Redis does not answer.
    """
    try:
        held = await _unacked(client)
        return [await _line(client, name, held.get(name, [])) for name in QUEUES]
    except (RedisError, OSError, TimeoutError) as error:
        raise down(error) from error


async def empty(client: redis.asyncio.Redis, name: str) -> list[Hint]:
    """Take all hints out of a queue at one stroke, and return them.

    Raises:
        QueueDown: Redis does not answer; it may have been emptied all the same.
    """
    aside = f"gumshoe:purged:{secrets.token_hex(4)}"
    found: list[Hint] = []
    try:
        for number, key in enumerate(keys_of(name)):
            if await client.exists(key):
                await client.rename(key, f"{aside}:{number}")
                await client.expire(f"{aside}:{number}", AWAY_FOR)
                found += [_read(each) for each in await client.lrange(f"{aside}:{number}", 0, -1)]
                await client.delete(f"{aside}:{number}")
    except (RedisError, OSError, TimeoutError) as error:
        raise down(error) from error
    return found


async def _line(client: redis.asyncio.Redis, name: str, held: list[float]) -> Line:
    count, oldest = 0, None
    for key in reversed(keys_of(name)):  # the least urgent last: among equals that one has waited longest
        count += await client.llen(key)
        last = await client.lindex(key, -1)  # new ones come in at the other end
        oldest = _read(last) if last is not None else oldest
    since = time.time() - min(held) if held else None
    return Line(name, count, len(held), None if since is None else max(0.0, since), oldest)


async def _unacked(client: redis.asyncio.Redis) -> dict[str, list[float]]:
    """Since when messages are in somebody's hands, by queue."""
    scored: list[Any] = await client.zrange("unacked_index", 0, -1, withscores=True)
    taken = dict(scored)
    found: dict[str, list[float]] = {}
    for tag, text in (await client.hgetall("unacked")).items():
        _message, _exchange, key = json.loads(text)
        found.setdefault(str(key), []).append(float(taken.get(tag, time.time())))
    return found


def _read(text: bytes | str) -> Hint:
    """A message that is none of ours is one without a task."""
    try:
        message = json.loads(text)
        arguments = json.loads(base64.b64decode(message["body"]))[0]
        headers: dict[str, Any] = message["headers"]
        expires = headers.get("expires")
        sent = datetime.fromisoformat(expires).timestamp() - EXPIRES if expires else None
        return Hint(str(headers["task"]), str(arguments[0]) if arguments else "", sent)
    except (ValueError, KeyError, TypeError, IndexError):
        return Hint("")
