"""Beat's scheduler, which gives a sign of life with each tick, and says whether Redis takes what it sends."""

from __future__ import annotations

from typing import Any

from celery.beat import PersistentScheduler

from tasks.pulse import heart


class Ticks(PersistentScheduler):
    """As Celery's own; a tick that could not be sent makes it wait, not fail."""

    _sent = True

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        pause = super().tick(*args, **kwargs)
        if self._sent:
            heart.works()
        else:
            heart.waits()
        return pause

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        self._sent = False
        sent = super().apply_async(*args, **kwargs)
        self._sent = True
        return sent
