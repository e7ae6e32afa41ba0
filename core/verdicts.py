"""Verdicts: what an analyst judged of a finding; it stands for every scan of the same target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Judgement(StrEnum):
    CONFIRMED = "confirmed"
    FALSE = "false"
    NOT_THIS_PERSON = "not_this_person"
    BENIGN = "benign"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who judged what of the finding with this fingerprint, and when."""

    fingerprint: str
    judgement: Judgement
    user: str
    at: datetime
