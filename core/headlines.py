"""Headlines: what several findings say together, by a rule, with the findings it stands on."""

from __future__ import annotations

from dataclasses import dataclass

from core.models import Severity


@dataclass(frozen=True, slots=True)
class Headline:
    """A sentence that a rule made of findings; `evidence` are their fingerprints."""

    rule: str
    sentence: str
    severity: Severity
    evidence: tuple[str, ...]
    why: str = ""
