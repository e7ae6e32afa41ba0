"""The metrics as Prometheus reads them (text format 0.0.4), in the order of the table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, product

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from bot.web.gauges import Measured
from core.metrics import TABLE, Metric
from core.metrics.tally import COUNT, SUM, bound

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
FEW = 40  # series that are told as 0 before anything was counted, so that their first step is seen

Labels = tuple[str, ...]
Parts = dict[str, float]


def text(measured: Measured) -> bytes:
    """The whole page."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(measured))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, measured: Measured) -> None:
        self._gauges: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
        self._sums: dict[str, dict[Labels, Parts]] | None = None
        for each in measured.gauges:
            self._gauges[each.name].append((_values(TABLE[each.name], each.labels), each.number))
        if measured.sums is not None:
            self._sums = defaultdict(lambda: defaultdict(dict))
            for delta in measured.sums:
                metric = TABLE.get(delta.name)
                if metric is not None and delta.labels.keys() == metric.labels.keys():  # else: of another release
                    self._sums[delta.name][_values(metric, delta.labels)][delta.part] = delta.amount

    def collect(self) -> Iterable[Family]:
        for metric in TABLE.values():
            if metric.type == "gauge":
                yield from self._gauge(metric)
            elif self._sums is not None:
                yield from self._summed(metric, self._sums[metric.name])

    def _gauge(self, metric: Metric) -> Iterator[Family]:
        family = GaugeMetricFamily(metric.name, metric.about, labels=metric.label_names)
        for labels, number in self._gauges[metric.name]:
            family.add_metric(labels, number)
        if family.samples:
            yield family

    def _summed(self, metric: Metric, series: dict[Labels, Parts]) -> Iterator[Family]:
        series = {labels: {} for labels in _expected(metric)} | series
        if metric.type == "counter":
            counter = CounterMetricFamily(metric.name, metric.about, labels=metric.label_names)
            for labels, parts in sorted(series.items()):
                counter.add_metric(labels, parts.get(COUNT, 0.0))
            yield counter
            return
        histogram = HistogramMetricFamily(metric.name, metric.about, labels=metric.label_names)
        bounds = [*map(bound, metric.buckets), "+Inf"]
        for labels, parts in sorted(series.items()):
            summed = accumulate(parts.get(each, 0.0) for each in bounds)
            histogram.add_metric(labels, list(zip(bounds, summed, strict=True)), parts.get(SUM, 0.0))
        yield histogram


def _values(metric: Metric, labels: Mapping[str, str]) -> Labels:
    return tuple(str(labels[each]) for each in metric.labels)


def _expected(metric: Metric) -> Iterable[Labels]:
    """The series that there will be, where they are few and known: Prometheus sees no growth from nothing to 1."""
    values = list(metric.labels.values())
    many = 1
    for each in values:
        many *= len(each)
    return product(*map(sorted, values)) if 0 < many <= FEW else ()
