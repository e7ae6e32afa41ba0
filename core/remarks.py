"""What can be said about a Redis by what it tells of itself and holds: how it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import redis.asyncio

from core.roles import Role

OLDEST = (6, 2)  # what Celery's transport needs of it
NEARLY_FULL = 0.9
LOOK_THROUGH = 2000  # keys, when looking for those of strangers
NAMES = 3  # of strangers' keys, shown
QUEUES = ("scan", "notify", "maint")
PRIORITY = "\x06\x16"  # between a queue's name and its step, as kombu writes it
STEPS = (3, 6, 9)
BINDINGS = (*QUEUES, "celeryev", "celery.pidbox", "reply.celery.pidbox")
OURS = ("pace:", "memory:", "gumshoe:", "unacked", *(f"{name}{PRIORITY}" for name in QUEUES))
KEEPS = {Role.QUEUE: "queued work is", Role.BUDGET: "budgets are"}


def keys_of(queue: str) -> list[str]:
    """Where Redis holds a queue: kombu keeps a list for each priority, the most urgent first."""
    return [queue, *(f"{queue}{PRIORITY}{step}" for step in STEPS)]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about Redis: how it is, and what to do."""

    state: str  # good, weak, bad
    sentence: str
    step: str = ""


def remarks(about: dict[str, Any], strangers: list[str], role: Role) -> list[Remark]:
    """From what INFO says, and whose keys it holds besides ours."""
    found = [_version(about), *_eviction(about, role), *_memory(about, role), *_disk(about, role), *_sharing(strangers)]
    if role is Role.QUEUE:
        return found
    return [replace(each, sentence=each.sentence.replace("Redis", role.value, 1)) for each in found]


def _version(about: dict[str, Any]) -> Remark:
    version = str(about.get("redis_version", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers and numbers < OLDEST:
        needed = ".".join(str(number) for number in OLDEST)
        return Remark("bad", f"Redis {version} is too old: I need {needed}.", f"Run Redis {needed} or newer.")
    return Remark("good", f"Redis {version} answers and takes work.")


def _eviction(about: dict[str, Any], role: Role) -> list[Remark]:
    policy = str(about.get("maxmemory_policy", ""))
    if role is Role.CACHE:
        return _room(about, policy)
    evicts = policy.startswith("allkeys"), policy.startswith("volatile")
    if not any(evicts):
        return [Remark("good", f"Redis evicts with {policy or 'no policy'}: {KEEPS[role]} safe.")]
    all_keys_of_the_queue = evicts[0] and role is Role.QUEUE
    loses = "deletes queued work" if all_keys_of_the_queue else "forgets rate budgets"
    step = f"CONFIG SET maxmemory-policy noeviction: this policy {loses} when memory is short."
    return [Remark("bad" if evicts[0] else "weak", f"Redis evicts with {policy}.", step)]


def _room(about: dict[str, Any], policy: str) -> list[Remark]:
    """A cache may evict, and should rather than be full."""
    if policy != "noeviction" or not int(about.get("maxmemory", 0)):
        return [Remark("good", f"Redis evicts with {policy}: it holds only what may be forgotten.")]
    return [Remark("weak", "Redis never evicts.", "CONFIG SET maxmemory-policy allkeys-lru, or it remembers no more.")]


def _memory(about: dict[str, Any], role: Role) -> list[Remark]:
    used, most = int(about.get("used_memory", 0)), int(about.get("maxmemory", 0))
    if not most or used < most * NEARLY_FULL or role is Role.CACHE:
        return []
    step = "Free its memory or raise maxmemory before it takes no more work."
    return [Remark("weak", f"Redis has used {used * 100 // most} % of its maxmemory.", step)]


def _disk(about: dict[str, Any], role: Role) -> list[Remark]:
    if role is not Role.QUEUE:  # each process knows its part of the budgets and tells it again; a cache fills anew
        return []
    if about.get("aof_enabled"):
        return [Remark("good", "Redis appends to disk: queued work survives its restart.")]
    step = "CONFIG SET appendonly yes. Until then a restart delays scans by up to two minutes; none is lost."
    return [Remark("weak", "Redis does not append to disk.", step)]


async def strangers_in(client: redis.asyncio.Redis) -> list[str]:
    """Names of keys that are not ours, among the first few thousand."""
    found, cursor = [], 0
    for _ in range(LOOK_THROUGH // 500):
        cursor, keys = await client.scan(cursor, count=500)
        found += [name for key in keys if not _is_ours(name := _text(key))]
        if not cursor:
            break
    return sorted(found)


def _text(key: bytes | str) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else key


def _is_ours(key: str) -> bool:
    if key.startswith("_kombu.binding."):
        exchange = key.removeprefix("_kombu.binding.")
        return exchange in BINDINGS or exchange.startswith("reply.") or exchange.endswith(".pidbox")
    return key in QUEUES or key.startswith(OURS) or key.endswith(".pidbox") or key.startswith("_kombu.")


def _sharing(strangers: list[str]) -> list[Remark]:
    if not strangers:
        return []
    names = ", ".join(repr(name[:40]) for name in strangers[:NAMES])
    step = "Give me a database number or a Redis of my own: another program's FLUSHDB or memory delays scans."
    return [Remark("weak", f"Redis holds keys of another program: {names}.", step)]
