"""When what a scan found began and ended, as its sources say; and when it was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.blocks.facts import severity_of
from core.blocks.text import plain
from core.blocks.words import kind_word
from core.exports.dossier import Dossier

LISTED = 24  # moments with words
TICKS = 400  # marks on the line
LOUD = ("high", "medium")


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    text: str
    severity: str
    of_scan: bool = False


def timeline(dossier: Dossier) -> dict[str, Any]:
    """The line, and the moments that are named: those of scans, the loud ones, then as many as fit, spread evenly."""
    known = sorted(dict.fromkeys(_moments(dossier)), key=lambda each: (each.at, each.text))
    if not known:
        return {"listed": [], "ticks": [], "first": "", "last": "", "left": 0}
    first, last = known[0].at, known[-1].at
    whole = max(1.0, (last - first).total_seconds())
    ticks = [
        {"at": round((each.at - first).total_seconds() / whole, 4), "severity": each.severity, "of_scan": each.of_scan}
        for each in _spread(known, TICKS)
    ]
    listed = _listed(known)
    return {
        "listed": [
            {"day": f"{each.at:%Y-%m-%d}", "text": each.text, "severity": each.severity, "of_scan": each.of_scan}
            for each in listed
        ],
        "ticks": ticks,
        "first": f"{first:%Y-%m-%d}",
        "last": f"{last:%Y-%m-%d}",
        "left": len(known) - len(listed),
    }


def _moments(dossier: Dossier) -> Iterator[Moment]:
    for sheet in dossier.sheets:
        yield Moment(sheet.scan.created_at.astimezone(UTC), f"Scan of {plain(sheet.name, 80)} asked", "info", True)
    for row in dossier.rows():
        finding = row.finding
        what = f"{kind_word(finding.kind)} {plain(finding.value, 80)}"
        if finding.first_seen is not None:
            yield Moment(finding.first_seen.astimezone(UTC), f"First seen: {what}", str(severity_of(finding)))
        if finding.last_seen is not None and finding.last_seen != finding.first_seen:
            yield Moment(finding.last_seen.astimezone(UTC), f"Last seen: {what}", str(severity_of(finding)))


def _listed(known: list[Moment]) -> list[Moment]:
    chosen = [each for each in known if each.of_scan][:LISTED]
    chosen += [each for each in known if each.severity in LOUD and not each.of_scan][: LISTED - len(chosen)]
    taken = set(chosen)
    chosen += _spread([each for each in known if each not in taken], LISTED - len(chosen))
    return sorted(chosen, key=lambda each: (each.at, each.text))


def _spread(known: list[Moment], most: int) -> list[Moment]:
    """So many of them, evenly over the list; the first and the last among them."""
    if len(known) <= most or most <= 1:
        return known[: max(0, most)]
    step = (len(known) - 1) / (most - 1)
    return [known[round(place * step)] for place in range(most)]
