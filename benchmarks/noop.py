"""Bare Celery: a task that does nothing, which every figure about work is held against."""

from __future__ import annotations

import time
from pathlib import Path

import redis
from celery import Celery

from benchmarks.figures import used
from benchmarks.parts import CELERY, QUIET, THREADS, running
from tests.servers import until

TASKS = 2000
WITHIN = 120.0  # seconds until a measurement is given up


def measure(folder: Path, redis_url: str, tasks: int = TASKS) -> tuple[float, float]:
    """Tasks a second of one worker process with as many threads as ours, and its CPU in ms for each."""
    sender = Celery("sender", broker=redis_url)
    words = [*CELERY, "benchmarks.nothing", "worker", "--pool", "threads", "-c", str(THREADS), "-n", "noop@%h", *QUIET]
    words[-1] = "warning"  # a line for each task would cost as much as the task
    with redis.Redis.from_url(redis_url) as queue:
        queue.flushall()
        for _ in range(tasks):
            sender.send_task("noop.nothing")
        began = time.perf_counter()
        with running("noop", words, folder, until="", env={"NOOP_REDIS": redis_url}) as part:
            until("the first to be taken", lambda: queue.llen("celery") < tasks, every=0.005)
            before, began = used(part.process.pid), time.perf_counter()
            left = queue.llen("celery")
            until(
                "all to be done",
                lambda: not queue.llen("celery") and not queue.hlen("unacked"),
                within=WITHIN,
                every=0.005,
            )
            seconds = time.perf_counter() - began
            cpu = (used(part.process.pid) - before).cpu
        queue.flushall()
    return left / seconds, 1000 * cpu / left
