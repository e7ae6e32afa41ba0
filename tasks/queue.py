"""The only place that knows Celery: the app, its settings with their reasons, and how a hint is sent.

The queue is a hint, the record is the truth: a task is a scan's id; running it twice, late or never
changes nothing but the time, because runs are claimed in SQL and the sweeper sends what was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

import kombu.exceptions
import redis.exceptions
import structlog
from celery import Celery
from celery.signals import setup_logging
from kombu import Queue
from kombu.transport.redis import Channel
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.broker import PROBE, PROBE_LASTS, down, keys_of, trouble
from core.errors import QueueDown
from core.live import CHANNEL, SCAN, ring_of
from core.logs import set_up
from core.metrics import count
from core.sentinel import read
from core.settings import Settings, load
from tasks.traced import Traced, sending

log = structlog.get_logger()
TELL, CALL = "tasks.report.deliver", "tasks.callbacks.call"
CHANGES = (TELL, CALL)  # whoever hints at these has changed a scan, so those who watch it live are told too
ANSWER_WITHIN = 2.0  # seconds that workers get to answer a remote command; a busy machine takes more than one
EXPIRES = 86_400  # seconds: bounds what piles up while nobody sweeps, and is more than clocks differ by
VISIBLE = 900  # seconds a taken message may be worked on before Redis hands it out again
SENTINEL_WITHIN = 0.3  # seconds
TRANSPORT: dict[str, Any] = {
    "visibility_timeout": VISIBLE,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    # Bounds how long a worker listens to a dead line: it is dropped within 1 + 2 x this many seconds.
    "health_check_interval": 3,
}


def broker(settings: Settings) -> dict[str, Any]:
    """Where Celery's queue is: a Redis, or the one that Sentinels name."""
    url = settings.redis_url.get_secret_value()
    watched = read(url)
    if watched is None:
        return {"broker_url": url, "broker_transport_options": TRANSPORT}
    # Once each: the next Sentinel may know, and redis-py's own retries sleep for seconds.
    asking = watched.asking(SENTINEL_WITHIN) | {"retry": Retry(NoBackoff(), 0)}
    options = {"master_name": watched.master, "sentinel_kwargs": asking}
    return {"broker_url": watched.broker_url, "broker_transport_options": TRANSPORT | options}


def configuration(settings: Settings) -> dict[str, Any]:
    """Celery's settings. Values and reasons were measured with Celery 5.7 on Redis 7."""
    return broker(settings) | {
        "task_ignore_result": True,  # the record holds results; a backend costs time and breaks with Redis
        "task_serializer": "json",
        "accept_content": ["json"],  # never pickle
        "task_acks_late": True,  # a killed worker's message is handed out again
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,  # a waiting scan stays where a free worker finds it
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_send_task_events": False,  # costs more than half of a task again
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # leases decide, not the connection
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,  # a full or read-only Redis is waited for; else it ends the worker
        "broker_pool_acquire_timeout": 2,
        # One retry with short sockets bounds a publish to about a second; no retry at all takes six.
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2},
        "task_default_queue": "scan",
        "task_create_missing_queues": False,
        "task_queues": [Queue("scan"), Queue("notify"), Queue("maint")],
        "task_routes": {
            "tasks.scan.run": {"queue": "scan"},
            "tasks.scan.fetch": {"queue": "scan"},
            "tasks.report.deliver": {"queue": "notify"},
            "tasks.callbacks.call": {"queue": "notify"},
            "tasks.casework.tend": {"queue": "notify"},
            "tasks.pivots.spread": {"queue": "notify"},
            "tasks.sweep.sweep": {"queue": "maint"},
            "tasks.watches.due": {"queue": "maint"},
        },
        "beat_schedule": {
            "sweep": {
                "task": "tasks.sweep.sweep",
                "schedule": settings.sweep_every,
                "options": {"expires": EXPIRES},
            },
            "watches": {
                "task": "tasks.watches.due",
                "schedule": settings.sweep_every,
                "options": {"expires": EXPIRES},
            },
        },
        "beat_scheduler": "tasks.ticks:Ticks",
        "beat_max_loop_interval": 5,  # seconds: it gives a sign of life at least so often
        "imports": [
            "tasks.scan",
            "tasks.report",
            "tasks.callbacks",
            "tasks.casework",
            "tasks.pivots",
            "tasks.sweep",
            "tasks.pulse",
            "tasks.beat",
            "tasks.crew",
            "tasks.watches",
        ],
    }


def _defaults() -> dict[str, Any]:
    return configuration(load())


app = Celery("gumshoe", task_cls=Traced)
app.add_defaults(_defaults)


@setup_logging.connect
def _logs(**_: object) -> None:
    settings = load()
    set_up(settings.log_level, secrets=settings.secrets)


def impatient() -> None:
    """Bound every publish of this process to about a second: the bot must answer Slack in three."""
    options = app.conf.broker_transport_options
    app.conf.broker_transport_options = options | {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}


def send(task: str, scan_id: str) -> None:
    """Hint at work. Blocking; bounded by the settings above.

    Raises:
        QueueDown: Redis did not take it; the sweeper will find the work all the same.
    """
    try:
        with sending(task, scan_id) as headers:
            app.send_task(task, args=[scan_id], retry=True, headers=headers)
    except (kombu.exceptions.KombuError, redis.exceptions.RedisError, OSError, RuntimeError) as error:
        count("gumshoe_hints_total", task=module_of(task), result="not_sent")
        raise down(error) from error
    count("gumshoe_hints_total", task=module_of(task), result="sent")
    if task in CHANGES:
        ring(SCAN, scan_id)


def way_of(*, thread: bool, callback: bool) -> str:
    """The task that tells of a change: the one that writes the thread calls back, too. Empty: nobody is to be told but
    those who watch."""
    return TELL if thread else CALL if callback else ""


def changed(way: str, scan_id: str) -> bool:
    """Hint that a scan changed, the way that `way_of` says. False: the bell could not be rung.

    Raises:
        QueueDown: as `send`.
    """
    if not way:
        return ring(SCAN, scan_id)
    send(way, scan_id)
    return True


def module_of(task: str) -> str:
    """`scan` of `tasks.scan.run`."""
    return task.split(".")[1]


def ring(kind: str, name: str) -> bool:
    """Ring the bell for those who watch live. One that is not heard costs them a moment, so trouble is none here: it
    returns False."""
    try:
        pool: Any = app.pool  # the channel of the Redis transport is unknown to the stubs
        with pool.acquire(block=True) as connection:
            connection.default_channel.client.publish(CHANNEL, ring_of(kind, name))
    except (kombu.exceptions.KombuError, redis.exceptions.RedisError, OSError, RuntimeError) as error:
        log.debug("bell not rung", why=type(error).__name__)
        return False
    return True


def length(name: str) -> int:
    """How many messages wait in a queue, of whatever priority.

    Raises:
        QueueDown: Redis does not answer.
    """
    try:
        with app.connection_for_write() as connection, connection.channel() as channel:
            client: Any = channel  # the Redis transport's own, unknown to the stubs
            return sum(int(client.client.llen(key)) for key in keys_of(name))
    except (kombu.exceptions.KombuError, redis.exceptions.RedisError, OSError) as error:
        raise down(error) from error


def ask(question: str, *, to: list[str] | None = None, within: float) -> dict[str, dict[str, Any]]:
    """What workers answer to one of our remote commands, by name: all of them, or those named. Returns as soon as all
    who listen have answered. Somebody listens and nobody answers: then it is asked once more, for a whole round of
    answers was seen to get lost now and then.

    Raises:
        QueueDown: Redis does not answer.
    """
    try:
        limit = len(to) if to is not None else _listening()
        asking = partial(
            app.control.broadcast, question, destination=to, reply=True, timeout=within, limit=limit or None
        )
        told = asking() or (asking() if limit else []) or []
    except (kombu.exceptions.KombuError, redis.exceptions.RedisError, OSError) as error:
        raise down(error) from error
    return {name: said for each in told for name, said in each.items()}


def workers() -> list[str]:
    """The worker processes that answer in time.

    Raises:
        QueueDown: Redis does not answer, so nobody knows.
    """
    return sorted(ask("ping", within=ANSWER_WITHIN))


def _listening() -> int:
    """How many worker processes Redis would hand a remote command to; 0 when it does not say. Workers alone listen to
    a pattern."""
    try:
        with app.connection_for_write() as connection, connection.channel() as channel:
            client: Any = channel  # the Redis transport's own, unknown to the stubs
            listening = client.client.client_list(_type="pubsub")
    except redis.exceptions.ResponseError:  # forbidden by its ACL
        return 0
    return sum(1 for each in listening if each.get("psub", "0") != "0")


# Threads of their own: while Redis hangs, hints that wait for it must not keep the record's threads busy.
_senders = ThreadPoolExecutor(2, thread_name_prefix="sender")


async def hint(task: str, scan_id: str) -> bool:
    """Send from a loop; False when the queue is down (said in the log, healed by the sweeper)."""
    return await hint_change(task, scan_id)


async def hint_change(way: str, scan_id: str) -> bool:
    """The same for a change, the way that `way_of` says."""
    try:
        hinted = asyncio.get_running_loop().run_in_executor(_senders, copy_context().run, changed, way, scan_id)
        return await hinted
    except QueueDown as error:
        log.warning("hint not sent", hint=way, scan=scan_id, why=str(error), next=error.step)
        return False


def _guard_connparams() -> None:
    # kombu 5.7 raises AttributeError here, which ends the worker, when Redis goes away while a message is
    # being acknowledged; a ConnectionError is what its own recovery expects.
    original: Callable[..., Any] = vars(Channel)["_connparams"]

    def connparams(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.connection is None or self.connection.client is None:
            raise redis.exceptions.ConnectionError("the transport was closed")
        return original(self, *args, **kwargs)

    setattr(Channel, "_connparams", connparams)  # noqa: B010  private, so unknown to the stubs


class _Writing(redis.Redis):
    """Kombu pings once per channel, before it works. A Redis that is full, read-only or without its disk answers
    that; so this asks by writing, and what refuses is a lost connection: waited for, and said in the log."""

    def ping(self, **_: Any) -> bool:
        try:
            return bool(self.set(PROBE, 1, ex=PROBE_LASTS))
        except (redis.exceptions.ResponseError, redis.exceptions.AuthenticationError) as error:
            what = trouble(error)
            raise redis.exceptions.ConnectionError(f"{what.sentence} {what.step}".rstrip(".")) from error


_guard_connparams()
setattr(Channel, "_get_client", lambda _: _Writing)  # noqa: B010  private, so unknown to the stubs
