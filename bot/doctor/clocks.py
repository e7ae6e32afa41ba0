"""Whether this machine's clock agrees with those of the database, of Redis and of Slack."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Awaitable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from redis.exceptions import RedisError

from bot.doctor.sign import Sign, bad, good, weak
from core.broker import Role, connect_for
from core.errors import StoreDown
from core.settings import Settings
from core.store import open_store

NEAR = 5.0  # seconds
FAR = 120.0  # Slack's requests are refused when they seem five minutes old
WITHIN = 3.0
STEP = (
    "Set the clocks by NTP: timedatectl set-ntp true. Leases and budgets do not depend on them, requests of Slack do."
)


async def clocks(settings: Settings) -> list[Sign]:
    """One sign for each clock that differs; one for all that agree. Who does not answer is said elsewhere."""
    names = ("the database", "Redis", "Slack")
    asking = (asyncio.to_thread(_of_record, settings), _of_redis(settings), asyncio.to_thread(_of_slack, settings))
    off = {name: told for name, told in zip(names, await asyncio.gather(*map(_bounded, asking)), strict=True) if told}
    wrong = {name: seconds for name, (seconds,) in off.items() if abs(seconds) > NEAR}
    found = [_differs(name, seconds) for name, seconds in wrong.items()]
    agree = [name for name in off if name not in wrong]
    return found + ([good(f"This machine's clock agrees with that of {' and of '.join(agree)}.")] if agree else [])


def _differs(name: str, seconds: float) -> Sign:
    way = "ahead of" if seconds > 0 else "behind"
    sentence = f"This machine's clock is {abs(seconds):.0f} s {way} that of {name}."
    return bad(sentence, STEP) if abs(seconds) > FAR else weak(sentence, STEP)


async def _bounded(asking: Awaitable[tuple[float] | None]) -> tuple[float] | None:
    try:
        return await asyncio.wait_for(asking, WITHIN)
    except (TimeoutError, OSError, RedisError, StoreDown):
        return None


def _of_record(settings: Settings) -> tuple[float] | None:
    if settings.database.startswith("sqlite"):
        return None  # its clock is this machine's
    store = open_store(settings.database, migrated=False)
    try:
        return (_ahead_of(store.backlog.time()),)
    finally:
        store.close()


async def _of_redis(settings: Settings) -> tuple[float] | None:
    client = connect_for(settings, Role.BUDGET)
    try:
        seconds, micros = await client.time()
        return (_ahead_of(datetime.fromtimestamp(int(seconds) + int(micros) / 1e6, UTC)),)
    finally:
        await client.aclose()


def _of_slack(settings: Settings) -> tuple[float] | None:
    """By the header that every answer over HTTP carries, whatever it says."""
    if settings.slack_transport == "none" or not settings.slack_api_url.startswith(("https://", "http://")):
        return None
    try:
        with urllib.request.urlopen(settings.slack_api_url + "api.test", timeout=WITHIN) as answer:  # noqa: S310
            told = answer.headers.get("Date")
    except urllib.error.HTTPError as error:
        told = error.headers.get("Date")
    return (_ahead_of(parsedate_to_datetime(told)),) if told else None


def _ahead_of(said: datetime) -> float:
    return (datetime.now(UTC) - said).total_seconds()
