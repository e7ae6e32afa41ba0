"""A worker's signs of life: it gives them only while Redis hands it work and its event loop turns.

An answer to `celery inspect ping` proves neither: workers that consumed nothing any more were seen to answer it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty
from typing import Any

from celery import bootsteps
from celery.signals import beat_init, worker_init
from kombu.transport.redis import Channel

from core.pulse import EVERY, Pulse, State
from core.settings import load
from tasks import process
from tasks.queue import app

SILENT = 8.0  # seconds without an answer of Redis; an idle one gives one each second


class Heart:
    """What this process knows of its own work."""

    def __init__(self) -> None:
        self._pulse: Pulse | None = None
        self._answered = float("-inf")
        self._turned = True
        self._worked = float("-inf")

    def start(self, **_: object) -> None:
        """From now on signs are given: this process is a worker or beat, and not one that only sends."""
        settings = load()
        self._pulse = Pulse(settings.pulse_file, settings.notify_socket)

    def works(self) -> None:
        """Give a sign that work is done."""
        self._worked = time.monotonic()
        self._beat(State.WORKING)

    def waits(self) -> None:
        """Give a sign that Redis is waited for. While work goes on, connections are made for other reasons."""
        if time.monotonic() - self._worked > SILENT:
            self._beat(State.WAITING)

    def _beat(self, state: State) -> None:
        if self._pulse is not None:
            self._pulse.beat(state)

    def answered(self) -> None:
        """Redis answered the question for work, be it with none."""
        self._answered = time.monotonic()

    def look(self, *, full: bool, drained: bool = False) -> None:
        """Give a sign if work is taken (or the hands are full, or it is to rest), and the loop has turned since."""
        if not self._turned:
            return
        if drained:
            self._beat(State.RESTING)
        elif full or time.monotonic() - self._answered < SILENT:
            self.works()
        else:
            return
        self._turned = False
        process.once_turned(self._note_turn)

    def _note_turn(self) -> None:
        self._turned = True


heart = Heart()
worker_init.connect(heart.start)
beat_init.connect(heart.start)


class Beats(bootsteps.StartStopStep):
    """Looks every other second, in the thread that takes work from Redis: when that one hangs, nobody looks."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **_: Any) -> None:
        self._timer: Any = None
        super().__init__(parent)

    def start(self, parent: Any) -> None:
        self._timer = parent.timer.call_repeatedly(EVERY, self._look, (parent,))

    def stop(self, _parent: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, consumer: Any) -> None:
        channel = consumer.task_consumer.channel if consumer.task_consumer else None
        if channel is not None:
            heart.look(full=not channel.qos.can_consume(), drained=process.is_resting())


def _listen() -> None:
    # The two places in kombu 5.7 that tell the truth: an answer to BRPOP, and an attempt to connect.
    read: Callable[..., Any] = vars(Channel)["_brpop_read"]
    connect: Callable[..., Any] = vars(Channel)["_connparams"]

    def brpop_read(self: Any, **options: Any) -> Any:
        try:
            taken = read(self, **options)
        except Empty:
            heart.answered()
            raise
        heart.answered()
        return taken

    def connparams(self: Any, *args: Any, **kwargs: Any) -> Any:
        heart.waits()
        return connect(self, *args, **kwargs)

    setattr(Channel, "_brpop_read", brpop_read)  # noqa: B010  private, so unknown to the stubs
    setattr(Channel, "_connparams", connparams)  # noqa: B010


_listen()
app.steps["consumer"].add(Beats)
