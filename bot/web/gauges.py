"""What is looked up when somebody reads the metrics: the record's backlog, the queue, the budgets, who lives."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, TypeVar

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from bot.front import Front
from core import VERSION
from core.broker import QUEUES, connect_for
from core.errors import StoreDown
from core.heartbeats import Alive, processes
from core.ledger import Quota
from core.metrics import sums
from core.metrics.table import ROLES, WINDOWS
from core.metrics.tally import Delta
from core.roles import Role
from core.settings import Settings
from core.store import Waiting
from tasks.outlook import quota

log = structlog.get_logger()
T = TypeVar("T")

WITHIN = 2.0  # seconds that one part may take to answer; Prometheus waits ten for all
UNACKED = "unacked"  # kombu's hash of messages that are being worked on


class Value(NamedTuple):
    """A gauge's value."""

    name: str
    labels: dict[str, str]
    number: float


class Measured(NamedTuple):
    """Everything there is to tell. The sums are None while Redis is away: zeros would look like a restart."""

    gauges: list[Value]
    sums: list[Delta] | None


async def measure(front: Front, trouble: Callable[[], str]) -> Measured:
    """Ask every part at once; each answers within its time, or is said to be away."""
    began = time.monotonic()
    queued, cached, shared, recorded, left = await asyncio.gather(
        _within(_queue(front.queue)),
        _within(_cache(front.settings)),
        _within(_shared(front)),
        _within(_record(front)),
        _within(_budgets(front)),
    )
    told, summed = shared or ([], None)
    gauges = [
        _up("redis", queued is not None),
        _up("budgets", shared is not None),
        _up("cache", cached is not None),
        _up("database", recorded is not None),
        _up("slack", not trouble()),
        Value("gumshoe_build_info", {"version": VERSION}, 1),
        *_disk(front),
        *(queued or ()),
        *told,
        *(recorded or ()),
        *(left or ()),
        Value("gumshoe_scrape_seconds", {}, time.monotonic() - began),
    ]
    return Measured(gauges, summed)


async def _within(asking: Awaitable[T]) -> T | None:
    try:
        return await asyncio.wait_for(asking, WITHIN)
    except (TimeoutError, RedisError, OSError, StoreDown) as error:
        log.debug("not measured", why=type(error).__name__)
        return None


def _up(part: str, up: bool) -> Value:
    return Value("gumshoe_up", {"part": part}, float(up))


def _disk(front: Front) -> list[Value]:
    try:
        disk = shutil.disk_usage(front.settings.data_dir)
    except OSError:  # it may never have been made: a bot with Postgres keeps nothing there
        return []
    free, size = float(disk.free), float(disk.total)
    return [Value("gumshoe_disk_free_bytes", {}, free), Value("gumshoe_disk_size_bytes", {}, size)]


async def _queue(client: redis.asyncio.Redis) -> list[Value]:
    async with client.pipeline(transaction=False) as asking:
        for name in QUEUES:
            asking.llen(name)
        asking.hlen(UNACKED)
        *lengths, unacked = await asking.execute()
    waiting = [
        Value("gumshoe_queue_messages", {"queue": name}, number) for name, number in zip(QUEUES, lengths, strict=True)
    ]
    return [*waiting, Value("gumshoe_queue_unacked", {}, unacked), *await _memory(client, "redis")]


async def _cache(settings: Settings) -> bool:
    async with connect_for(settings, Role.CACHE) as client:
        return bool(await client.ping())


async def _memory(client: redis.asyncio.Redis, part: str) -> list[Value]:
    about = await client.info("memory")
    used, most = float(about.get("used_memory", 0)), float(about.get("maxmemory", 0))
    return [
        Value("gumshoe_redis_memory_bytes", {"part": part}, used),
        Value("gumshoe_redis_memory_limit_bytes", {"part": part}, most),
    ]


async def _shared(front: Front) -> tuple[list[Value], list[Delta]]:
    await front.metrics.send()  # so that what this process did is in the sums
    client = front.metrics.client
    summed = list(await sums(client))
    return [*_living(await processes(client)), *await _memory(client, "budgets")], summed


def _living(alive: Iterable[Alive]) -> list[Value]:
    roles, taking = Counter(dict.fromkeys(ROLES, 0)), Counter(dict.fromkeys(QUEUES, 0))
    started = []
    for each in alive:
        roles[each.role] += 1
        taking.update(each.queues)
        labels = {"role": each.role, "host": each.host, "pid": str(each.pid), "version": each.version}
        started.append(Value("gumshoe_process_start_time_seconds", labels, each.started))
    return [
        *(Value("gumshoe_processes", {"role": role}, many) for role, many in roles.items()),
        *(Value("gumshoe_queue_consumers", {"queue": name}, many) for name, many in taking.items()),
        *started,
    ]


async def _record(front: Front) -> list[Value]:
    return list(_waiting(await front.record(front.store.backlog.look, within=WITHIN)))


def _waiting(waiting: Waiting) -> Iterable[Value]:
    for priority, heap in waiting.runs.items():
        yield Value("gumshoe_runs_waiting", {"priority": priority}, heap.many)
        yield Value("gumshoe_runs_waiting_age_seconds", {"priority": priority}, heap.age)
    for priority, many in waiting.scans.items():
        yield Value("gumshoe_scans_open", {"priority": priority}, many)
    yield Value("gumshoe_runs_resting", {}, waiting.resting)
    yield Value("gumshoe_runs_running", {}, waiting.running)
    yield Value("gumshoe_callbacks_due", {}, waiting.callbacks)
    yield Value("gumshoe_threads_late", {}, waiting.threads.many)
    yield Value("gumshoe_threads_late_age_seconds", {}, waiting.threads.age)


async def _budgets(front: Front) -> list[Value]:
    return list(_left(await quota(front.ledger, front.settings)))


def _left(told: Quota) -> Iterable[Value]:
    """Over all keys of a source. What only this process knows is not told: the others use the same budgets."""
    for window in WINDOWS:
        left, limit = Counter[str](), Counter[str]()
        for standing in told.standings:
            for each in standing.counts:
                if each.window.period == window and each.known:
                    left[standing.source] += each.left
                    limit[standing.source] += each.limit
        for source, number in limit.items():
            yield Value("gumshoe_budget_left", {"source": source, "window": window}, left[source])
            yield Value("gumshoe_budget_limit", {"source": source, "window": window}, number)
    now = told.at.timestamp()
    troubles = [each.trouble for each in told.standings if each.trouble is not None and each.trouble.rests(now)]
    resting = Counter(each.cause for each in (*troubles, *(trouble for _, trouble in told.resting)))
    for cause, number in resting.items():
        yield Value("gumshoe_sources_resting", {"cause": cause}, number)
