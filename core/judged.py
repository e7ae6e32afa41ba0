"""What verdicts do to findings: a confirmed one is sure, one that is set aside is no longer among what matters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from core.fingerprints import fingerprint
from core.models import Confidence, Finding, Run, Scan
from core.verdicts import Judgement, Verdict


def as_judged(scan: Scan, verdicts: Mapping[str, Verdict]) -> Scan:
    """The scan as its readers should weigh it. What is set aside keeps its value and its source, and loses its
    severity; whoever shows it says what was judged."""
    if not verdicts:
        return scan
    return replace(scan, runs=tuple(_run(run, verdicts) for run in scan.runs))


def _run(run: Run, verdicts: Mapping[str, Verdict]) -> Run:
    return replace(run, findings=tuple(weighed(each, verdicts.get(fingerprint(each))) for each in run.findings))


def weighed(finding: Finding, verdict: Verdict | None) -> Finding:
    """One finding in the light of its verdict."""
    if verdict is None:
        return finding
    if verdict.judgement is Judgement.CONFIRMED:
        return replace(finding, confidence=Confidence.HIGH)
    kept = {name: value for name, value in finding.attributes.items() if name != "severity"}
    return replace(finding, attributes=kept)


def set_aside(verdicts: Mapping[str, Verdict]) -> frozenset[str]:
    """The fingerprints of what nobody should be alarmed by any more."""
    return frozenset(each for each, verdict in verdicts.items() if verdict.sets_aside)


def among(run: Run, fingerprints: Collection[str]) -> Iterator[tuple[str, Finding]]:
    """The findings of a run that have one of these fingerprints, each once."""
    told: set[str] = set()
    for each in run.findings if fingerprints else ():
        mark = fingerprint(each)
        if mark in fingerprints and mark not in told:
            told.add(mark)
            yield mark, each
