"""Headlines and verdicts on a scan's page: read once for each version of the scan, for a page is looked at often."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from bot.web.pages.narrow import Found
from core.beside import NOTHING, Beside
from core.callers import Caller
from core.fingerprints import fingerprint
from core.headlines import Headline
from core.models import Finding, Scan
from core.store import Store
from core.verdicts import WORDS, Verdict
from tasks.judged import headlines_of, verdicts_for
from tasks.rules import rules

REMEMBERED = 200
Key = tuple[str, int, bool, int]


class Headlines:
    """The headlines of scans that were looked at lately. A verdict makes a new version of a scan only where it was
    given, so verdicts are part of what is remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Key, tuple[int, ...]], tuple[Headline, ...]] = OrderedDict()

    def beside(self, store: Store, scan: Scan, caller: Caller, *, own: bool) -> Beside:
        """What is said of this scan besides its findings; `scan` needs none. Blocking."""
        verdicts, ever = verdicts_for(store, scan, caller.reader)
        told = () if scan.is_open else self._of(store, scan, verdicts, own=own)
        return replace(NOTHING, verdicts=verdicts, judged=ever, headlines=told)

    def _of(self, store: Store, scan: Scan, verdicts: dict[str, Verdict], *, own: bool) -> tuple[Headline, ...]:
        numbers = tuple(sorted(each.number for each in verdicts.values()))
        key = (scan.id, scan.version, own, id(rules())), numbers
        if key not in self._known:
            self._known[key] = headlines_of(store, store.scans.get(scan.id), verdicts, alone=own)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]


def without_aside(found: Found, beside: Beside) -> Found:
    """What matters, without what somebody set aside."""
    kept = tuple(each for each in found.loud if not _is_aside(each.finding, beside))
    return replace(found, loud=kept)


def _is_aside(finding: Finding, beside: Beside) -> bool:
    verdict = verdict_on(finding, beside)
    return verdict is not None and verdict.sets_aside


def verdict_on(finding: Finding, beside: Beside) -> Verdict | None:
    return beside.verdicts.get(fingerprint(finding)) if beside.verdicts else None


def judged(verdict: Verdict) -> str:
    """`judged false by U0ADA, 26 Nov 2026`."""
    who = verdict.user or "somebody in another channel"
    return f"judged {WORDS[verdict.judgement]} by {who}, {verdict.at.day} {verdict.at:%b %Y}"
