"""Redis as we need it: how it is reached, whether it takes work now, and what is wrong with it, in sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError as AsyncMasterNotFoundError
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
from redis.sentinel import MasterNotFoundError

from core.errors import BadSetting, QueueDown
from core.language import N_, later
from core.remarks import QUEUES, Remark, keys_of, remarks, strangers_in
from core.roles import Role
from core.sentinel import follow, read
from core.settings import Settings

__all__ = [
    "PROBE",
    "PROBE_LASTS",
    "QUEUES",
    "Remark",
    "Role",
    "Trouble",
    "apart",
    "connect",
    "connect_for",
    "down",
    "examine",
    "keys_of",
    "note",
    "takes_work",
    "trouble",
]

log = structlog.get_logger()

PROBE: Final = "gumshoe:probe"  # written to learn whether Redis takes work; PING is answered by a full one too
PROBE_LASTS = 60


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why Redis takes no work."""

    sentence: str
    step: str
    passes: bool  # by itself; otherwise somebody must mend it

    def of(self, role: Role) -> Trouble:
        """The same of a Redis with this role."""
        sentence = self.sentence.replace(Role.QUEUE.value, role.value)
        return replace(self, sentence=sentence, step=self.step.replace(Role.QUEUE.setting, role.setting))


AWAY = Trouble(
    N_("The queue (Redis) does not answer."),
    "Start Redis, or set REDIS_URL. python -m bot local starts one of its own.",
    True,
)
LEADERLESS = Trouble(
    N_("The queue (Redis) has no master at this moment."),
    "Wait until Sentinel has chosen another. If it does not: redis-cli -p 26379 SENTINEL MASTERS.",
    True,
)
FULL = Trouble(N_("The queue (Redis) is full."), "Free its memory or raise maxmemory: redis-cli INFO memory.", False)
REPLICA = Trouble(N_("The queue (Redis) is a read-only replica."), "Set REDIS_URL to the master.", False)
PASSWORD = Trouble(N_("The queue (Redis) refuses my password."), "Check the password in REDIS_URL.", False)
FORBIDDEN = Trouble(
    N_("The queue (Redis) forbids me a command."), "Allow this user all commands on its keys (ACL).", False
)
LOADING = Trouble(N_("The queue (Redis) is starting up."), "Wait until it has loaded what it kept.", True)
DISK = Trouble(N_("The queue (Redis) cannot write to its disk."), "Free its disk; its log says what failed.", False)

BY_KIND: tuple[tuple[type[Exception], Trouble], ...] = (
    (OutOfMemoryError, FULL),
    (ReadOnlyError, REPLICA),
    (AuthenticationError, PASSWORD),
    (NoPermissionError, FORBIDDEN),
    (BusyLoadingError, LOADING),
    (MasterNotFoundError, LEADERLESS),
    (AsyncMasterNotFoundError, LEADERLESS),
)
DEMOTED = "previous master is now a slave"  # redis-py's word for READONLY from a master that Sentinel named


def connect_for(settings: Settings, role: Role, *, timeout: float = 2.0) -> redis.asyncio.Redis:
    """A client of the Redis that has this role. Its every call ends within about `timeout` seconds.

    Raises:
        BadSetting: the URL is none of Redis.
    """
    return connect(role.url(settings), timeout=timeout, setting=role.setting)


def connect(url: str, *, timeout: float = 2.0, setting: str = "REDIS_URL") -> redis.asyncio.Redis:
    """A client whose every call ends within about `timeout` seconds, also of a master that Sentinels name.

    Raises:
        BadSetting: the URL is none of Redis.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": min(timeout, 1.0),
        "socket_keepalive": True,
        # A connection that was cut while it lay idle shows that only when used; one that hangs is not tried again.
        "retry": Retry(NoBackoff(), 1, supported_errors=(Broken,)),
    }
    try:
        watched = read(url)
        return follow(watched, timeout=timeout, **options) if watched else redis.asyncio.from_url(url, **options)
    except ValueError:
        raise BadSetting(f"{setting} is wrong: it must look like redis://[:password@]host:port/0.") from None


def trouble(error: BaseException | None) -> Trouble:
    """What an error of Redis means; also of one that another error wraps."""
    while error is not None:
        if isinstance(error, Broken) and DEMOTED in str(error):
            return LEADERLESS
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


def down(error: BaseException, role: Role = Role.QUEUE) -> QueueDown:
    """The error of ours for one of Redis: a sentence for who asks, and a step for who runs us."""
    what = trouble(error).of(role)
    passes, lasts = N_("{what} Try again in a minute."), N_("{what} Tell whoever runs me, then try again.")
    return QueueDown(later(passes if what.passes else lasts, what=later(what.sentence)), step=what.step)


async def takes_work(client: redis.asyncio.Redis, role: Role = Role.QUEUE) -> None:
    """Raises:
    QueueDown: Redis does not answer, or takes nothing.
    """
    try:
        await client.set(PROBE, 1, ex=PROBE_LASTS)
    except (RedisError, OSError, TimeoutError) as error:
        raise down(error, role) from error


async def examine(client: redis.asyncio.Redis, role: Role = Role.QUEUE) -> list[Remark]:
    """Everything about this Redis that could hurt us in this role; one bad remark when it cannot be asked."""
    try:
        about: dict[str, Any] = await client.info()
        await client.set(PROBE, 1, ex=PROBE_LASTS)
        strangers = await strangers_in(client)
    except (RedisError, OSError, TimeoutError) as error:
        what = trouble(error).of(role)
        kind = f" ({type(error).__name__})" if what == AWAY.of(role) else ""
        return [Remark("bad", what.sentence.rstrip(".") + kind + ".", what.step)]
    return remarks(about, strangers, role)


def apart(settings: Settings) -> list[Role]:
    """The roles that have a Redis of their own."""
    urls = {role: role.url(settings) for role in Role}
    return [role for role in Role if role is Role.QUEUE or urls[role] != urls[Role.QUEUE]]


async def note(settings: Settings, *, timeout: float = 2.0) -> None:
    """Write into the log what `examine` finds wrong with each Redis."""
    for role in apart(settings):
        client = connect_for(settings, role, timeout=timeout)
        try:
            found = await examine(client, role)
        finally:
            await client.aclose()
        _note(found)


def _note(found: list[Remark]) -> None:
    for remark in found:
        if remark.state != "good":
            log.warning("redis examined", state=remark.state, what=remark.sentence, next=remark.step)
