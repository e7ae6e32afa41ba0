"""Redis in each of its roles, and the processes that show themselves there: workers, notifiers, beat, bots."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from redis.exceptions import RedisError

from bot.doctor.sign import Sign, bad, good, weak
from core import VERSION
from core.broker import Role, apart, connect_for
from core.broker import examine as examine_redis
from core.errors import QueueDown
from core.heartbeats import Alive, processes
from core.metrics import open_shared
from core.settings import Settings
from tasks import crew

START = "Start one: python -m bot.run worker"
NOTIFIER = "Start one: python -m bot.run notifier. docs/how-to/when-no-worker-answers.md"


async def redis(settings: Settings) -> list[Sign]:
    """The queue's Redis and those with another role; who works, if the queue takes work."""
    roles = apart(settings)
    first, *others = await asyncio.gather(*(_redis(settings, role) for role in roles))
    found = list(first)
    if len(first) > 1:  # it answers and takes work
        found += await _crew(settings)
    return found + [sign for signs in others for sign in signs]


async def _redis(settings: Settings, role: Role) -> list[Sign]:
    client = connect_for(settings, role)
    try:
        return [Sign(each.state, each.sentence, each.step) for each in await examine_redis(client, role)]
    finally:
        await client.aclose()


async def _crew(settings: Settings) -> list[Sign]:
    try:
        answering = await asyncio.to_thread(crew.workers)
    except QueueDown as error:
        return [bad(str(error), error.step)]
    if not answering:
        return [bad("No worker answers, so no scan would run.", START), *await _shown(settings)]
    names = ", ".join(each.name for each in answering)
    found = [good(f"{len(answering)} worker processes answer: {names}.")]
    resume = "python -m bot drain --all --resume"
    found += [weak(f"{each.name} was told to rest.", resume) for each in answering if each.resting]
    takes = {name for each in answering for name in each.queues}
    if "scan" not in takes:
        found.append(bad("No worker takes scans, so none would run.", START))
    if "notify" not in takes:
        found.append(bad("No notifier answers: threads stand still, and nobody looks for lost work.", NOTIFIER))
    return found + _versions([each.version for each in answering]) + await _shown(settings)


def _versions(versions: list[str]) -> list[Sign]:
    others = sorted({each or "an older one" for each in versions} - {VERSION})
    if others:
        told = ", ".join(others)
        return [weak(f"Processes of other releases run: {told}; this is {VERSION}.", "Start them anew, one by one.")]
    return []


async def _shown(settings: Settings) -> list[Sign]:
    """Who gives no answer but a sign of life: beat and the bots."""
    client = open_shared(settings)
    try:
        alive = await processes(client)
    except (RedisError, OSError, TimeoutError):
        return []  # said with that Redis
    finally:
        await client.aclose()
    bots, beats = (_of(alive, role) for role in ("bot", "beat"))
    found = [good(f"Beat lives: it was seen {min(each.seen for each in beats):.0f} s ago.")] if beats else []
    if not beats:
        step = "Start one: python -m bot.run beat. Until then notifiers look for lost work by themselves."
        found.append(weak("Beat shows no sign of life.", step))
    if bots:
        found.append(good(f"{len(bots)} bot processes live, on {', '.join(sorted({each.host for each in bots}))}."))
    else:
        found.append(weak("No bot process shows a sign of life: nobody listens to Slack.", "python -m bot serve"))
    return found + _versions([each.version for each in (*bots, *beats)])


def _of(alive: Sequence[Alive], role: str) -> list[Alive]:
    return [each for each in alive if each.role == role]
