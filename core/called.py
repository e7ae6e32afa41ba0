"""What a finding is called for its readers: of some kinds the value is a phrase of ours, noted in English."""

from __future__ import annotations

from core.language.noted import heard
from core.models import Fact, Finding

PHRASES = frozenset({Fact.POSTURE, Fact.CHANGE})
"""Kinds of findings whose value is a phrase of ours, or the name of what was checked."""


def called(finding: Finding) -> str:
    """The value as its readers read it; what compares, keeps or exports findings reads `finding.value`."""
    return heard(finding.value) if finding.kind in PHRASES else finding.value
