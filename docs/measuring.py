"""The page of metrics, from their table."""

from __future__ import annotations

from collections.abc import Iterator

from core.metrics import TABLE, Metric
from core.metrics.sending import EVERY
from core.metrics.table import KEEPING, LOOKED_UP, PEOPLE, SLACK, SOURCES, WORK
from core.metrics.tally import MOST_SERIES
from docs.tables import table

CHAPTERS = (
    ("People", PEOPLE),
    ("Work", WORK),
    ("Sources", SOURCES),
    ("Slack", SLACK),
    ("Keeping", KEEPING),
    ("Looked up when somebody reads", LOOKED_UP),
)
MANY = 8  # values that are listed one by one


def metrics() -> Iterator[str]:
    """All lines of the page."""
    yield f"`GET /metrics` of every bot process tells these {len(TABLE)} metrics. Counters and histograms are sums over"
    yield f"all processes: each adds what it counted every {EVERY:g} seconds and when it stops. Gauges are looked up"
    yield "when somebody reads. More: [watch it with Prometheus](../how-to/watch-it-with-prometheus.md)."
    yield ""
    yield "No label holds what people or sources wrote. A label either has the values that are listed here, and `other`"
    yield f"for anything else; or it holds names of ours, at most {MOST_SERIES} series of a metric in one process."
    yield ""
    for title, chapter in CHAPTERS:
        yield from [f"## {title}", ""]
        yield from table(("Metric", "Type", "Labels", "Made by", "Meaning"), map(_row, chapter))
    yield "Buckets, in seconds:"
    yield ""
    histograms = [each for each in TABLE.values() if each.buckets]
    yield from table(("Histogram", "Upper bounds"), [(f"`{each.name}`", _bounds(each)) for each in histograms])


def _row(metric: Metric) -> tuple[str, ...]:
    labels = "; ".join(f"`{name}`{_values(values)}" for name, values in metric.labels.items())
    by = "all processes" if metric.by == "all" else metric.by
    return f"`{metric.name}`", metric.type, labels, by, metric.about


def _values(values: tuple[str, ...]) -> str:
    if not values:
        return ""
    shown = ", ".join(values[:MANY])
    return f": {shown}" if len(values) <= MANY else f": {shown} and {len(values) - MANY} more"


def _bounds(metric: Metric) -> str:
    return ", ".join(f"{each:g}" for each in metric.buckets)
