"""What the vendors say, as numbers and in words that claim no more: not flagged is not harmless, and old is old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors import shape
from collectors.exposure.host import clean
from core.language import N_, NN_
from core.language.noted import nnoted, noted
from core.models import Confidence, Severity

SOURCE = "VirusTotal"
FLAGS = ("malicious", "suspicious")
COUNTED = (*FLAGS, "harmless", "undetected")  # the others gave no opinion: time-outs, failures, wrong file types
MOST_VENDORS = 100
NAMED = 3
OLD_DAYS = 30
FEW, MANY = 2, 5


@dataclass(frozen=True, slots=True)
class Ways:
    """One sentence by when the vendors were asked."""

    undated: str
    today: str
    dated: tuple[str, str]
    old: tuple[str, str]


PLAIN = Ways(
    N_("{flagged} of {total}, nobody says when."),
    N_("{flagged} of {total}, analysed today."),
    NN_("{flagged} of {total}, analysed {n:,} day ago.", "{flagged} of {total}, analysed {n:,} days ago."),
    NN_(
        "{flagged} of {total}, analysed {n:,} day ago, which is old.",
        "{flagged} of {total}, analysed {n:,} days ago, which is old.",
    ),
)
NAMED_TOO = Ways(
    N_("{flagged} of {total}, nobody says when: {names}."),
    N_("{flagged} of {total}, analysed today: {names}."),
    NN_(
        "{flagged} of {total}, analysed {n:,} day ago: {names}.",
        "{flagged} of {total}, analysed {n:,} days ago: {names}.",
    ),
    NN_(
        "{flagged} of {total}, analysed {n:,} day ago, which is old: {names}.",
        "{flagged} of {total}, analysed {n:,} days ago, which is old: {names}.",
    ),
)
ALONE = Ways(
    N_("{flagged} of {total}, nobody says when: {names}. One vendor alone is often wrong."),
    N_("{flagged} of {total}, analysed today: {names}. One vendor alone is often wrong."),
    NN_(
        "{flagged} of {total}, analysed {n:,} day ago: {names}. One vendor alone is often wrong.",
        "{flagged} of {total}, analysed {n:,} days ago: {names}. One vendor alone is often wrong.",
    ),
    NN_(
        "{flagged} of {total}, analysed {n:,} day ago, which is old: {names}. One vendor alone is often wrong.",
        "{flagged} of {total}, analysed {n:,} days ago, which is old: {names}. One vendor alone is often wrong.",
    ),
)


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
            return noted("no vendor has analysed it")
        if self.flagged == 0:
            return noted("no vendor flags it")
        return nnoted("{n} vendor flags it", "{n} vendors flag it", self.flagged)

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
            return noted("VirusTotal knows it, and that is all; this does not make it harmless.")
        names, alone = self._names() if self.flagged else "", self.flagged == 1
        said = self._said(now, alone=alone, names=names)
        if self.flagged == 0:
            return " ".join((said, noted("That does not make it harmless.")))
        return " ".join((said, noted("One vendor alone is often wrong."))) if alone and not names else said

    def _said(self, now: datetime, *, alone: bool, names: str) -> str:
        age = self.age_days(now)
        told: dict[str, Any] = {"flagged": self.flagged, "total": self.total, "names": names}
        way = ALONE if alone and names else NAMED_TOO if names else PLAIN
        if age is None or age == 0:
            return noted(way.today if age == 0 else way.undated, **told)
        return nnoted(*(way.old if self.is_old(now) else way.dated), age, **told)

    def _names(self) -> str:
        named = ", ".join(f"{each['name']} ({each['result'] or each['category']})" for each in self.vendors[:NAMED])
        more = len(self.vendors) - NAMED
        return noted("{names} and {n:,} more", names=named, n=more) if more > 0 else named


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
        raise shape.differs(SOURCE, f"{path}.{name}", noted("number of vendors"), found)
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
