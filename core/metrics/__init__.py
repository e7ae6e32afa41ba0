"""What is counted for operators: `count` and `observe` in any process; the sums over all of them lie in Redis.

A process adds what it counted every few seconds and when it stops. One that is killed takes along what it counted
since: some seconds at most, or longer while Redis is away. FLUSHALL begins all counters anew, which Prometheus knows.
"""

from __future__ import annotations

from core.metrics.sending import Sender, open_shared, sums
from core.metrics.table import TABLE, Metric
from core.metrics.tally import Tally

__all__ = ["TABLE", "TALLY", "Metric", "Sender", "count", "observe", "open_shared", "sums"]

TALLY = Tally()
"""This process's own."""

count = TALLY.count
observe = TALLY.observe
