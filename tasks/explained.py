"""Explains a finding or a headline to somebody who may see the scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.access import Reader, sees
from core.blocks.readers import as_seen
from core.explain import Explanation, Known, explain_finding, explain_headline
from core.fingerprints import fingerprint
from core.headlines import KEPT_BACK, shown_to
from core.models import Scan
from core.store import Store
from core.verdicts import Verdict
from tasks.choose import titles
from tasks.judged import fired_for, verdicts_for

MOST_STEPS = 10  # scans back on the trail


def explain(store: Store, scan: Scan, subject: str, reader: Reader, *, alone: bool) -> Explanation | None:
    """The finding with the fingerprint `subject`, or the headline of that rule; None when there is none, or not for
    this reader. `scan` has its runs with their findings. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    verdicts, _ = verdicts_for(store, scan, reader)
    seen = replace(scan, runs=tuple(as_seen(scan, run, alone=alone)[1] for run in scan.runs))
    known = Known(titles(), verdicts, tuple(_trail(store, scan, reader)))
    return explain_finding(seen, subject, known) or _headline(scan, subject, known, verdicts, alone=alone)


def subject_of(scan: Scan, what: str) -> str:
    """The fingerprint of the finding with this value, as it is or defanged; else the words themselves."""
    plain = what.replace("[.]", ".").replace("[@]", "@").replace("[:]", ":").replace("hxxp", "http").casefold()
    found = (each for run in scan.runs for each in run.findings if each.value.casefold() in (what.casefold(), plain))
    return next(map(fingerprint, found), what)


def _headline(
    scan: Scan, rule: str, known: Known, verdicts: Mapping[str, Verdict], *, alone: bool
) -> Explanation | None:
    """Of the whole scan, so that what a reader may not see is not taken for absent; one that stands on it is theirs to
    know no more of."""
    if scan.is_open:
        return None
    fired = next((each for each in fired_for(scan, verdicts) if each.rule.name == rule), None)
    if fired is None or shown_to(fired.headline, scan, alone=alone).sentence == KEPT_BACK:
        return None
    return explain_headline(scan, fired, known)


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
