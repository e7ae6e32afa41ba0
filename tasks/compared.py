"""What a look of a watch says against the looks before it. "Could not look" is never "gone"."""

from __future__ import annotations

from collections.abc import Iterable

from core.change import Change
from core.models import ANSWERS, Fact, Finding, Outcome, Scan
from core.store import Store
from core.store.rows import fingerprint

NOISE = ("SOA ",)  # records that change by themselves


def since_before(store: Store, look: Scan) -> Change | None:
    """The change against what earlier looks of the same watch knew; None when there were none. Blocking."""
    before = store.watches.before(look)
    return None if before is None else change(before, look)


def change(before: Scan, look: Scan) -> Change:
    """Collector by collector. One that did not answer now is not compared; of a partial answer nothing is gone."""
    known = {run.collector: run for run in before.runs}
    new: list[Finding] = []
    gone: list[Finding] = []
    changed: list[tuple[Finding, Finding]] = []
    incomparable = []
    for run in look.runs:
        earlier = known.get(run.collector)
        if run.outcome not in ANSWERS or earlier is None:
            incomparable.append(run.collector)
            continue
        was, now = _by_print(earlier.findings), _by_print(run.findings)
        new += [now[each] for each in now if each not in was]
        if run.outcome is not Outcome.PARTIAL:
            gone += [was[each] for each in was if each not in now]
        pairs = [(was[each], now[each]) for each in now if each in was]
        changed += [pair for pair in pairs if _says(pair[0]) != _says(pair[1])]
    return Change(before.created_at, tuple(new), tuple(gone), tuple(changed), tuple(incomparable))


def _by_print(findings: Iterable[Finding]) -> dict[str, Finding]:
    loud = (each for each in findings if not (each.kind is Fact.RECORD and each.value.startswith(NOISE)))
    return {fingerprint(each): each for each in loud}


def _says(finding: Finding) -> tuple[object, object]:
    return finding.attributes.get("severity"), finding.attributes.get("grade")
