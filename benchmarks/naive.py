"""The design that fails: prefork, one task for each collector, a loop and a client of its own in each."""

from __future__ import annotations

import asyncio
import os
import time

import httpx
import redis
from celery import Celery

from benchmarks.size import COLLECTORS, QUESTIONS

BROKER = os.environ.get("NAIVE_REDIS", "")
SOURCE = os.environ.get("NAIVE_SOURCE", "")
ENDED = "naive:ended"  # a hash: scan -> when its last collector had ended

app = Celery("naive", broker=BROKER)
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)


@app.task(name="naive.collect")
def collect(scan: str) -> None:
    """Ask three times; whoever is last of its scan says so."""
    asyncio.run(_ask(scan))
    with redis.Redis.from_url(BROKER) as counts:
        if counts.hincrby("naive:done", scan, 1) == COLLECTORS:
            counts.hset(ENDED, scan, repr(time.time()))


async def _ask(scan: str) -> None:
    async with httpx.AsyncClient() as client:
        for number in range(QUESTIONS):
            answer = await client.get(f"{SOURCE}/{number}", params={"q": f"{scan}.example.com"})
            answer.raise_for_status()
            answer.json()
