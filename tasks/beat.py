"""Beat shows that it lives, as the other processes do: beside its ticks, from a loop of its own."""

from __future__ import annotations

from celery.signals import beat_init

from core.heartbeats import Alive
from core.metrics import TALLY, Sender, open_shared
from core.settings import load
from tasks.loop import Loop


@beat_init.connect
def _show(**_: object) -> None:
    Loop().start(_begin())


async def _begin() -> None:
    Sender(open_shared(load()), Alive("beat"), TALLY).start()
