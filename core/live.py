"""The bell that rings when a scan changed: Redis pub/sub, which forgets what nobody hears.

It carries ids and nothing else. What changed is always read from the record, so a bell that is lost costs a moment, and
one that rings twice costs a look.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

import redis.asyncio
import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()

CHANNEL = "gumshoe:live"
SCAN, TOKEN = "scan", "token"
HEAR_WITHIN = 5.0  # seconds between two signs of life of the line to Redis
COME_BACK = 0.5  # seconds until Redis is tried again, doubled up to ...
MOST_AWAY = 5.0


def ring_of(kind: str, name: str) -> str:
    """What is published: what kind of thing changed, and its id."""
    return json.dumps([kind, name])


def heard_in(text: object) -> tuple[str, str] | None:
    """The same, read; None for what is no ring of ours."""
    try:
        kind, name = json.loads(text if isinstance(text, str | bytes) else "")
    except (ValueError, TypeError, RecursionError):
        return None
    return (kind, name) if isinstance(kind, str) and isinstance(name, str) and len(name) < 100 else None


class Ears:
    """One subscription, kept up for as long as `listen` runs; `heard` is called with the kind and the id."""

    def __init__(self, client: redis.asyncio.Redis, heard: Callable[[str, str], None]) -> None:
        self._client = client
        self._heard = heard
        self.connected = False

    async def listen(self) -> None:
        """Until cancelled. While Redis is away it is tried again and again; whoever relies on bells must look at the
        record now and then all the same."""
        pause = COME_BACK
        while True:
            try:
                await self._hear_out()
            except (RedisError, OSError) as error:  # TimeoutError is one
                if self.connected:
                    log.warning("the bell is not heard; the record is looked at instead", why=type(error).__name__)
                    pause = COME_BACK
            self.connected = False
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_AWAY)

    async def _hear_out(self) -> None:
        line = self._client.pubsub()
        try:
            await line.subscribe(CHANNEL)
            while True:
                message = await line.get_message(timeout=HEAR_WITHIN)
                if message is None:
                    await line.ping()  # a line that is dead without a word shows it here
                elif message["type"] == "message" and (ring := heard_in(message["data"])):
                    self._heard(*ring)
                else:
                    self.connected = True
        finally:
            with suppress(RedisError, OSError):
                await line.aclose()  # type: ignore[no-untyped-call]
