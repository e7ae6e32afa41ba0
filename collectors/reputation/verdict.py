"""What the vendors say, as numbers and in words that claim no more: not flagged is not harmless, and old is old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors import shape
from collectors.exposure.host import clean
from core.models import Confidence, Severity

SOURCE = "VirusTotal"
FLAGS = ("malicious", "suspicious")
COUNTED = (*FLAGS, "harmless", "undetected")  # the others gave no opinion: time-outs, failures, wrong file types
MOST_VENDORS = 100
NAMED = 3
OLD_DAYS = 30
FEW, MANY = 2, 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many vendors flag something, out of how many that gave an opinion, and when they were asked."""

    malicious: int
    suspicious: int
    total: int
    vendors: tuple[Mapping[str, str], ...]  # those that flag it: name, category, result
    analysed: datetime | None

    @property
    def flagged(self) -> int:
        return self.malicious + self.suspicious

    @property
    def value(self) -> str:
        """The judgement without numbers that change every day, so that a change of it is news."""
        if self.total == 0:
            return "no vendor has analysed it"
        if self.flagged == 0:
            return "no vendor flags it"
        return "1 vendor flags it" if self.flagged == 1 else f"{self.flagged} vendors flag it"

    @property
    def severity(self) -> Severity:
        if self.malicious >= MANY:
            return Severity.HIGH
        if self.malicious >= FEW or self.flagged > FEW:
            return Severity.MEDIUM
        return Severity.LOW if self.flagged else Severity.INFO

    @property
    def confidence(self) -> Confidence:
        """One vendor alone is mostly wrong."""
        return Confidence.LOW if self.flagged == 1 else Confidence.MODERATE

    def age_days(self, now: datetime) -> int | None:
        return None if self.analysed is None else max(0, (now - self.analysed).days)

    def is_old(self, now: datetime) -> bool:
        age = self.age_days(now)
        return age is not None and age > OLD_DAYS

    def why(self, now: datetime) -> str:
        """Out of how many, how long ago, and who: "12 of 94, analysed 3 days ago: ExampleAV (phishing)"."""
        if self.total == 0:
            return "VirusTotal knows it, and that is all; this does not make it harmless."
        age = self.age_days(now)
        when = "nobody says when" if age is None else "analysed today" if age == 0 else f"analysed {_days(age)} ago"
        old = ", which is old" if self.is_old(now) else ""
        if self.flagged == 0:
            return f"0 of {self.total}, {when}{old}. That does not make it harmless."
        named = [f"{each['name']} ({each['result'] or each['category']})" for each in self.vendors[:NAMED]]
        more = f" and {len(self.vendors) - NAMED} more" if len(self.vendors) > NAMED else ""
        alone = " One vendor alone is often wrong." if self.flagged == 1 else ""
        who = f": {', '.join(named)}{more}" if named else ""
        return f"{self.flagged} of {self.total}, {when}{old}{who}.{alone}"


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


def verdict(attributes: Mapping[str, Any], path: str = "data.attributes") -> Verdict:
    """What an object's attributes say; without them nobody has analysed it.

    Raises:
        Changed: the statistics or results are there and are no objects, or a count is no number.
    """
    stats = _mapping(attributes, path, "last_analysis_stats")
    results = _mapping(attributes, path, "last_analysis_results")
    if stats:
        counts = {name: _count(stats, f"{path}.last_analysis_stats", name) for name in COUNTED}
    else:
        told = Counter(shape.text(each, "category") for each in results.values())
        counts = {name: told[name] for name in COUNTED}
    return Verdict(
        malicious=counts["malicious"],
        suspicious=counts["suspicious"],
        total=sum(counts.values()),
        vendors=_vendors(results),
        analysed=shape.when(attributes, "last_analysis_date"),
    )


def _mapping(attributes: Mapping[str, Any], path: str, name: str) -> Mapping[str, Any]:
    found = attributes.get(name)
    if found is not None and not isinstance(found, dict):
        raise shape.differs(SOURCE, f"{path}.{name}", "object", found)
    return found or {}


def _count(stats: Mapping[str, Any], path: str, name: str) -> int:
    found = stats.get(name, 0)
    if type(found) is not int or not 0 <= found < 10_000:
        raise shape.differs(SOURCE, f"{path}.{name}", "number of vendors", found)
    return found


def _vendors(results: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """Those that flag it, the sure ones first."""
    flagging = [
        {"name": clean(name, 60), "category": category, "result": clean(shape.text(told, "result"), 80)}
        for name, told in results.items()
        if (category := shape.text(told, "category")) in FLAGS
    ]
    flagging.sort(key=lambda each: (FLAGS.index(each["category"]), each["name"].lower()))
    return tuple(flagging[:MOST_VENDORS])
