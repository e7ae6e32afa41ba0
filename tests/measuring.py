"""A page of metrics, read as Prometheus reads it, and compared with the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from core.metrics import TABLE, Metric


class Page:
    """Every sample by its name and labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = {each.name: each for each in text_string_to_metric_families(text)}
        self.samples = [
            (sample.name, sample.labels, float(sample.value))
            for family in self.families.values()
            for sample in family.samples
        ]

    @classmethod
    def of(cls, answer: httpx.Response) -> Self:
        assert answer.status_code == 200, answer.text
        return cls(answer.text)

    def __getitem__(self, wanted: tuple[str, Mapping[str, str]]) -> float | None:
        """The sum of the samples of a name that have these labels; None when there are none."""
        name, labels = wanted
        found = [number for each, own, number in self.samples if each == name and labels.items() <= own.items()]
        return sum(found) if found else None

    def since(self, before: Page) -> Grown:
        """What grew since."""
        return Grown(before, self)

    def strangers(self) -> list[str]:
        """What is not as the table says: names, types, help, labels, buckets."""
        return list(self._strangers())

    def _strangers(self) -> Iterator[str]:
        for family in self.families.values():
            name = f"{family.name}_total" if family.type == "counter" else family.name
            metric = TABLE.get(name)
            if metric is None or (metric.type, metric.about) != (family.type, family.documentation):
                yield f"{name} ({family.type}): {family.documentation}"
                continue
            for sample in family.samples:
                if set(sample.labels) - {"le"} != set(metric.labels) or sample.name not in names_of(metric):
                    yield f"{sample.name} {sample.labels}"
                for label, values in metric.labels.items():
                    if values and sample.labels[label] not in values:
                        yield f"{sample.name} {label}={sample.labels[label]}"


class Grown:
    """The difference between two pages."""

    def __init__(self, before: Page, after: Page) -> None:
        self._before = before
        self._after = after

    def __getitem__(self, wanted: tuple[str, Mapping[str, str]]) -> float:
        return (self._after[wanted] or 0.0) - (self._before[wanted] or 0.0)


def names_of(metric: Metric) -> set[str]:
    """The names of a metric's samples."""
    if metric.type != "histogram":
        return {metric.name}
    return {metric.name + ending for ending in ("_bucket", "_sum", "_count")}
