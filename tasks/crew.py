"""What workers say of themselves when they are asked, and how they are told to rest and to go on.

Asked over Celery's own remote control: who does not answer in time is not there, or hangs.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Any

from celery.worker import state as requests
from celery.worker.control import control_command, inspect_command

from core import VERSION, clock
from tasks import process, queue

_left: set[str] = set()  # queues that this worker took from before it was told to rest
_started = clock.now()  # when this process was, or nearly


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process as it describes itself. One of another release may say nothing but its name."""

    name: str
    version: str = ""
    host: str = ""
    pid: int = 0
    started: str = ""  # RFC 3339
    queues: tuple[str, ...] = ()
    resting: bool = False
    runs: tuple[str, ...] = ()  # held: scan and collector
    desks: int = 0  # threads it writes right now
    untouched: int = 0  # messages it took and has not begun

    @property
    def role(self) -> str:
        """By what it takes; one that rests takes nothing, so its name must do."""
        told = self.queues or (self.name.partition("@")[0],)
        return "worker" if any(each.startswith(("scan", "worker")) for each in told) else "notifier"

    @property
    def is_empty(self) -> bool:
        """It takes nothing and holds nothing."""
        return self.resting and not (self.queues or self.runs or self.desks or self.untouched)


def workers() -> list[Worker]:
    """Those that answer, by name.

    Raises:
        QueueDown: Redis does not answer.
    """
    return [_read(name, said) for name, said in sorted(queue.ask("about", within=queue.ANSWER_WITHIN).items())]


def rest(names: list[str]) -> list[str]:
    """Tell workers to take no more and to hand back what they hold; returns who heard it.

    Raises:
        QueueDown: Redis does not answer.
    """
    return sorted(queue.ask("rest", to=names, within=queue.ANSWER_WITHIN))


def resume(names: list[str]) -> list[str]:
    """Tell workers to take work again; returns who heard it.

    Raises:
        QueueDown: Redis does not answer.
    """
    return sorted(queue.ask("resume", to=names, within=queue.ANSWER_WITHIN))


def _read(name: str, said: dict[str, Any]) -> Worker:
    if "version" not in said:  # it does not know the question
        return Worker(name)
    known = {key: said[key] for key in ("version", "host", "pid", "started", "resting", "desks", "untouched")}
    return Worker(name, queues=tuple(said["queues"]), runs=tuple(said["runs"]), **known)


@inspect_command(name="about")
def _about(state: Any, **_: object) -> dict[str, Any]:
    consumer = state.consumer.task_consumer
    opened = process.opened()
    told = opened.holds() if opened is not None else process.Holds()
    return {
        "version": VERSION,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": _started.isoformat(),
        "queues": sorted(each.name for each in consumer.queues) if consumer is not None else [],
        "resting": opened is not None and opened.resting,
        "runs": list(told.runs),
        "desks": told.desks,
        "untouched": len(requests.reserved_requests) - len(requests.active_requests),
    }


@control_command(name="rest")
def _rest(state: Any, **_: object) -> dict[str, str]:
    loop, opened = process.worker()
    names = [each.name for each in state.consumer.task_consumer.queues]
    _left.update(names)
    for each in names:
        state.consumer.cancel_task_queue(each)
    opened.resting = True  # at once: what was taken already is handed back, too
    loop.start(_hand_back(opened))
    return {"ok": "resting"}


async def _hand_back(opened: process.Process) -> None:
    await opened.rest()
    await hand_over(opened)


async def hand_over(opened: process.Process) -> None:
    """Send again what this worker gave back; it takes nothing itself any more."""
    if opened.workshop is None:
        return
    for scan_id in sorted(opened.workshop.hand_over()):
        await queue.hint("tasks.scan.run", scan_id)


@control_command(name="resume")
def _resume(state: Any, **_: object) -> dict[str, str]:
    loop, opened = process.worker()
    loop.call(opened.resume)
    while _left:
        state.consumer.add_task_queue(_left.pop())
    return {"ok": "working"}
