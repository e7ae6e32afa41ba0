"""Choosing among the findings of a scan: by kind, collector, severity and words, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from core.blocks.readers import as_seen
from core.models import Scan, Severity
from core.store import Kept, Outline, Sieve, Store, Tally

SHOWN = 100  # findings on a page
LOUD = 8  # of high and medium severity, named before all


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader narrowed to; what is empty does not narrow."""

    kind: str = ""
    collector: str = ""
    severity: str = ""
    text: str = ""
    after: str = ""  # "kind~number" of the last finding of the page before

    def as_query(self, **changes: str) -> dict[str, str]:
        """The same as a query of a URL, without what is empty."""
        names = ("kind", "collector", "severity", "text", "after")
        return {name: value for name in names if (value := changes.get(name, getattr(self, name)))}

    def link(self, **changes: str) -> str:
        """A link to the same page, narrowed differently; it begins with the first page again."""
        return "?" + urlencode(self.as_query(**({"after": ""} | changes)))

    @property
    def any(self) -> bool:
        return bool(self.kind or self.collector or self.severity or self.text)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of findings, and how many there are of what."""

    findings: tuple[Kept, ...]
    loud: tuple[Kept, ...]  # what matters most, of all findings
    more_loud: int
    kinds: tuple[tuple[str, int], ...]  # as narrowed by everything but the kind
    collectors: tuple[tuple[str, int], ...]
    severities: tuple[tuple[str, int], ...]
    total: int
    matching: int
    held_back: int  # findings that only their asker may read
    next: str  # "kind~number" to go on after; empty: this is the last page


def chosen(
    *,
    kind: Annotated[str, Query(max_length=40)] = "",
    collector: Annotated[str, Query(max_length=60)] = "",
    severity: Annotated[str, Query(max_length=20)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=60)] = "",
) -> Chosen:
    """A dependency for FastAPI: what the address says."""
    return Chosen(kind, collector, severity, text.strip(), after)


def found(store: Store, outline: Outline, chosen: Chosen, *, own: bool) -> Found:
    """The page that was asked for, as this reader may see it."""
    everything = Sieve(discreet=own)
    narrowed = Sieve(_one(chosen.kind), _one(chosen.collector), _one(chosen.severity), chosen.text, discreet=own)
    page = store.findings.page(outline, narrowed, after=_after(chosen.after), limit=SHOWN)
    tallies = store.findings.tallies(outline, everything)
    narrow_tallies = store.findings.tallies(outline, narrowed) if chosen.text else _narrow(tallies, narrowed)
    by_kind = (
        store.findings.tallies(outline, replace(narrowed, kinds=()))
        if chosen.text
        else _narrow(tallies, replace(narrowed, kinds=()))
    )
    total = _sum(tallies)
    weighty = sum(each.count for each in tallies if each.severity in (Severity.HIGH, Severity.MEDIUM))
    loud = store.findings.weighty(outline, everything, limit=LOUD) if weighty else []
    last = page[SHOWN - 1] if len(page) > SHOWN else None
    whole = total if own else _sum(store.findings.tallies(outline, Sieve(discreet=True)))
    return Found(
        findings=tuple(seen(outline.scan, each, own=own) for each in page[:SHOWN]),
        loud=tuple(seen(outline.scan, each, own=own) for each in loud),
        more_loud=weighty - len(loud),
        kinds=_by(by_kind, "kind"),
        collectors=_by(tallies, "collector"),
        severities=_by(tallies, "severity"),
        total=total,
        matching=_sum(narrow_tallies),
        held_back=whole - total,
        next=f"{last.finding.kind}~{last.number}" if last else "",
    )


def seen(scan: Scan, kept: Kept, *, own: bool) -> Kept:
    """The finding as its reader may see it."""
    run = next(each for each in scan.runs if each.collector == kept.collector)
    covered = as_seen(scan, replace(run, findings=(kept.finding,)), alone=own)[1]
    return replace(kept, finding=covered.findings[0])


def _one(word: str) -> tuple[str, ...]:
    return (word,) if word else ()


def _after(text: str) -> tuple[str, int] | None:
    kind, _, number = text.partition("~")
    return (kind, int(number)) if kind and number.isascii() and number.isdecimal() and len(number) < 16 else None


def _narrow(tallies: Sequence[Tally], sieve: Sieve) -> list[Tally]:
    return [
        each
        for each in tallies
        if (not sieve.kinds or each.kind in sieve.kinds)
        and (not sieve.collectors or each.collector in sieve.collectors)
        and (not sieve.severities or each.severity in sieve.severities)
    ]


def _sum(tallies: Sequence[Tally]) -> int:
    return sum(each.count for each in tallies)


def _by(tallies: Sequence[Tally], name: str) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for each in tallies:
        word = str(getattr(each, name))
        counts[word] = counts.get(word, 0) + each.count
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
