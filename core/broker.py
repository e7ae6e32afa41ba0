"""Redis as we need it: how it is reached, whether it takes work now, and what is wrong with it, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as Broken

from core.errors import BadSetting, QueueDown

log = structlog.get_logger()

PROBE: Final = "gumshoe:probe"  # written to learn whether Redis takes work; PING is answered by a full one too
PROBE_LASTS = 60
OLDEST = (6, 2)  # what Celery's transport needs of it
NEARLY_FULL = 0.9
LOOK_THROUGH = 2000  # keys, when looking for those of strangers
NAMES = 3  # of strangers' keys, shown
QUEUES = ("scan", "notify", "maint")
BINDINGS = (*QUEUES, "celeryev", "celery.pidbox", "reply.celery.pidbox")
OURS = ("pace:", "gumshoe:", "unacked", *(f"{name}\x06\x16" for name in QUEUES))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why Redis takes no work."""

    sentence: str
    step: str
    passes: bool  # by itself; otherwise somebody must mend it


AWAY = Trouble(
    "The queue (Redis) does not answer.",
    "Start Redis, or set REDIS_URL. python -m bot local starts one of its own.",
    True,
)
FULL = Trouble("The queue (Redis) is full.", "Free its memory or raise maxmemory: redis-cli INFO memory.", False)
REPLICA = Trouble("The queue (Redis) is a read-only replica.", "Set REDIS_URL to the master.", False)
PASSWORD = Trouble("The queue (Redis) refuses my password.", "Check the password in REDIS_URL.", False)
FORBIDDEN = Trouble("The queue (Redis) forbids me a command.", "Allow this user all commands on its keys (ACL).", False)
LOADING = Trouble("The queue (Redis) is starting up.", "Wait until it has loaded what it kept.", True)
DISK = Trouble("The queue (Redis) cannot write to its disk.", "Free its disk; its log says what failed.", False)

BY_KIND: tuple[tuple[type[Exception], Trouble], ...] = (
    (OutOfMemoryError, FULL),
    (ReadOnlyError, REPLICA),
    (AuthenticationError, PASSWORD),
    (NoPermissionError, FORBIDDEN),
    (BusyLoadingError, LOADING),
)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about Redis: how it is, and what to do."""

    state: str  # good, weak, bad
    sentence: str
    step: str = ""


def connect(url: str, *, timeout: float = 2.0) -> redis.asyncio.Redis:
    """A client whose every call ends within about `timeout` seconds.

    Raises:
        BadSetting: the URL is none of Redis.
    """
    try:
        return redis.asyncio.from_url(
            url,
            socket_timeout=timeout,
            socket_connect_timeout=min(timeout, 1.0),
            socket_keepalive=True,
            # A connection that was cut while it lay idle shows that only when used; one that hangs is not tried again.
            retry=Retry(NoBackoff(), 1, supported_errors=(Broken,)),
        )
    except ValueError:
        raise BadSetting("REDIS_URL is wrong: it must look like redis://[:password@]host:port/0.") from None


def trouble(error: BaseException | None) -> Trouble:
    """What an error of Redis means; also of one that another error wraps."""
    while error is not None:
        for kind, meaning in BY_KIND:
            if isinstance(error, kind):
                return meaning
        if isinstance(error, ResponseError) and (meant := _by_words(str(error))):
            return meant
        error = error.__cause__
    return AWAY


def _by_words(answer: str) -> Trouble | None:
    if answer.startswith("MISCONF"):
        return DISK
    if "used memory > 'maxmemory'" in answer:  # a pipeline and a script tell it in other words
        return FULL
    if "read only replica" in answer:
        return REPLICA
    return PASSWORD if answer.startswith(("NOAUTH", "WRONGPASS")) else None


def down(error: BaseException) -> QueueDown:
    """The error of ours for one of Redis: a sentence for who asks, and a step for who runs us."""
    what = trouble(error)
    then = "Try again in a minute." if what.passes else "Tell whoever runs me, then try again."
    return QueueDown(f"{what.sentence} {then}", step=what.step)


async def takes_work(client: redis.asyncio.Redis) -> None:
    """Raises:
    QueueDown: Redis does not answer, or takes nothing.
    """
    try:
        await client.set(PROBE, 1, ex=PROBE_LASTS)
    except (RedisError, OSError, TimeoutError) as error:
        raise down(error) from error


async def examine(client: redis.asyncio.Redis) -> list[Remark]:
    """Everything about this Redis that could hurt us, the worst first; one bad remark when it cannot be asked."""
    try:
        about: dict[str, Any] = await client.info()
        await client.set(PROBE, 1, ex=PROBE_LASTS)
        strangers = await _strangers(client)
    except (RedisError, OSError, TimeoutError) as error:
        what = trouble(error)
        kind = f" ({type(error).__name__})" if what is AWAY else ""
        return [Remark("bad", what.sentence.rstrip(".") + kind + ".", what.step)]
    return [_version(about), _eviction(about), *_memory(about), _disk(about), *_sharing(strangers)]


async def note(client: redis.asyncio.Redis) -> None:
    """Write into the log what `examine` finds wrong."""
    for remark in await examine(client):
        if remark.state != "good":
            log.warning("redis examined", state=remark.state, what=remark.sentence, next=remark.step)


def _version(about: dict[str, Any]) -> Remark:
    version = str(about.get("redis_version", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers and numbers < OLDEST:
        needed = ".".join(str(number) for number in OLDEST)
        return Remark("bad", f"Redis {version} is too old: I need {needed}.", f"Run Redis {needed} or newer.")
    return Remark("good", f"Redis {version} answers and takes work.")


def _eviction(about: dict[str, Any]) -> Remark:
    policy = str(about.get("maxmemory_policy", ""))
    if policy.startswith("allkeys"):
        step = "CONFIG SET maxmemory-policy noeviction: this policy deletes queued work when memory is short."
        return Remark("bad", f"Redis evicts with {policy}.", step)
    if policy.startswith("volatile"):
        step = "CONFIG SET maxmemory-policy noeviction: this policy forgets rate budgets when memory is short."
        return Remark("weak", f"Redis evicts with {policy}.", step)
    return Remark("good", f"Redis evicts with {policy or 'no policy'}: queued work is safe.")


def _memory(about: dict[str, Any]) -> list[Remark]:
    used, most = int(about.get("used_memory", 0)), int(about.get("maxmemory", 0))
    if not most or used < most * NEARLY_FULL:
        return []
    step = "Free its memory or raise maxmemory before it takes no more work."
    return [Remark("weak", f"Redis has used {used * 100 // most} % of its maxmemory.", step)]


def _disk(about: dict[str, Any]) -> Remark:
    if about.get("aof_enabled"):
        return Remark("good", "Redis appends to disk: queued work survives its restart.")
    step = "CONFIG SET appendonly yes. Until then a restart delays scans by up to two minutes; none is lost."
    return Remark("weak", "Redis does not append to disk.", step)


async def _strangers(client: redis.asyncio.Redis) -> list[str]:
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
