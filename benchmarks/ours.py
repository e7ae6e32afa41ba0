"""Our real worker with the eleven stand-in collectors: `celery -A benchmarks.ours worker`."""

from __future__ import annotations

from benchmarks.eleven import register
from tasks import app

__all__ = ["app"]

register()
