"""A Celery application with one task that does nothing.

It imports nothing of ours: what our tasks hang into Celery's signals would be in its worker, too, and it bare no more.
"""

from __future__ import annotations

import os

from celery import Celery

app = Celery("nothing", broker=os.environ.get("NOOP_REDIS", ""))
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)


@app.task(name="noop.nothing")
def nothing() -> None:
    """Does nothing."""
