"""A page of metrics, read as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families


class Page:
    """Every sample by its name and labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = {each.name: each for each in text_string_to_metric_families(text)}
        self.samples = [sample for family in self.families.values() for sample in family.samples]

    @classmethod
    def of(cls, answer: httpx.Response) -> Self:
        assert answer.status_code == 200, answer.text
        return cls(answer.text)

    def __getitem__(self, wanted: tuple[str, Mapping[str, str]]) -> float | None:
        """The sum of the samples of a name that have these labels; None when there are none."""
        name, labels = wanted
        found = [each.value for each in self.samples if each.name == name and labels.items() <= each.labels.items()]
        return sum(found) if found else None
