"""Headlines: what several findings say together, by a rule, with the findings it stands on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.fingerprints import fingerprint
from core.language import N_
from core.models import Scan, Severity

MOST = 5  # shown at once; more are counted
KEPT_BACK = N_("Something that only a direct message names.")


@dataclass(frozen=True, slots=True)
class Headline:
    """A sentence that a rule made of findings; `evidence` are their fingerprints."""

    rule: str
    sentence: str
    severity: Severity
    evidence: tuple[str, ...]
    why: str = ""


def shown_to(headline: Headline, scan: Scan, *, alone: bool) -> Headline:
    """The headline for those readers: where several read along, one that stands on what only a direct message may show
    says no more than that there is one."""
    if alone:
        return headline
    private = {fingerprint(each) for run in scan.runs for each in run.findings if each.attributes.get("direct_only")}
    if private.isdisjoint(headline.evidence):
        return headline
    return replace(headline, sentence=KEPT_BACK, evidence=(), why="")
