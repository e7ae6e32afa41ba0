"""Explains a finding or a headline to somebody who may see the scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.access import Reader, sees
from core.blocks.facts import is_direct_only
from core.blocks.readers import as_seen
from core.correlation import Fired
from core.explain import Explanation, Known, explain_finding, explain_headline
from core.fingerprints import fingerprint
from core.headlines import KEPT_BACK, shown_to
from core.models import Finding, Scan
from core.store import Store
from tasks.choose import titles
from tasks.judged import fired_for, verdicts_for

MOST_STEPS = 10  # scans back on the trail


def explain(store: Store, scan: Scan, subject: str, reader: Reader, *, alone: bool) -> Explanation | None:
    """The finding with the fingerprint `subject`, or the headline of that rule; None when there is none, or not for
    this reader. `scan` has its runs with their findings. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    scan = scan if alone else replace(scan, reason="")  # as in a thread
    verdicts, _ = verdicts_for(store, scan, reader)
    shown = _shown(scan, alone=alone)
    masks = {fingerprint(each): mark for mark, each in shown.items()}
    weighed = {mask: verdicts[mark] for mask, mark in masks.items() if mark in verdicts}
    known = Known(titles(), weighed, tuple(_trail(store, scan, reader)))
    if subject in shown:
        seen = replace(scan, runs=tuple(as_seen(scan, run, alone=alone)[1] for run in scan.runs))
        told = explain_finding(seen, fingerprint(shown[subject]), known)
    else:
        fired = [] if scan.is_open else fired_for(store, scan, verdicts)
        headline = next((each for each in fired if each.rule.name == subject), None)
        told = None if headline is None else _headline(scan, headline, known, shown, alone=alone)
    return told and _named(told, masks)


def _shown(scan: Scan, *, alone: bool) -> dict[str, Finding]:
    """The findings as this reader may see them, by the fingerprint that the record has: where a text is masked, what is
    seen has another one."""
    found: dict[str, Finding] = {}
    for run in scan.runs:
        theirs = [each for each in run.findings if alone or not is_direct_only(each)]
        for each, masked in zip(theirs, as_seen(scan, run, alone=alone)[1].findings, strict=True):
            found.setdefault(fingerprint(each), masked)
    return found


def _named(told: Explanation, masks: Mapping[str, str]) -> Explanation:
    """With the record's fingerprints: by them one asks again, and judges."""
    evidence = tuple(replace(each, fingerprint=masks.get(each.fingerprint, each.fingerprint)) for each in told.evidence)
    return replace(told, subject=masks.get(told.subject, told.subject), evidence=evidence)


def subject_of(scan: Scan, what: str) -> str:
    """The fingerprint of the finding with this value, as it is or defanged; else the words themselves."""
    plain = what.replace("[.]", ".").replace("[@]", "@").replace("[:]", ":").replace("hxxp", "http").casefold()
    found = (each for run in scan.runs for each in run.findings if each.value.casefold() in (what.casefold(), plain))
    return next(map(fingerprint, found), what)


def _headline(
    scan: Scan, fired: Fired, known: Known, shown: Mapping[str, Finding], *, alone: bool
) -> Explanation | None:
    """Of the whole scan, so that what a reader may not see is not taken for absent; one that stands on it is theirs to
    know no more of."""
    if shown_to(fired.headline, scan, alone=alone).sentence == KEPT_BACK:
        return None
    matches = {
        name: tuple(replace(each, finding=shown.get(each.fingerprint, each.finding)) for each in those)
        for name, those in fired.matches.items()
    }
    return explain_headline(scan, replace(fired, matches=matches), known)


def _trail(store: Store, scan: Scan, reader: Reader) -> list[Scan]:
    """The scans it was pivoted from, the first one first, as far back as this reader may see them."""
    found: list[Scan] = []
    one, met = scan, {scan.id}
    while one.belongs.parent and one.belongs.parent not in met and len(found) < MOST_STEPS:
        try:
            one = store.scans.get(one.belongs.parent)
        except KeyError:
            break
        if not sees(reader, one):
            break
        met.add(one.id)
        found.insert(0, one)
    return found
