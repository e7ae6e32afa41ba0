"""Works: starts scans, runs their collectors, tells their threads, sweeps up what was lost."""

from tasks.queue import app

__all__ = ["app"]
