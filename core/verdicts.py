"""Verdicts: what an analyst judged of a finding; it stands for every scan of the same target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.language import N_


class Judgement(StrEnum):
    CONFIRMED = "confirmed"
    FALSE = "false"
    NOT_THIS_PERSON = "not_this_person"
    BENIGN = "benign"


WORDS = {
    Judgement.CONFIRMED: N_("confirmed"),
    Judgement.FALSE: N_("false"),
    Judgement.NOT_THIS_PERSON: N_("not this person"),
    Judgement.BENIGN: N_("benign"),
}
ASIDE = frozenset({Judgement.FALSE, Judgement.NOT_THIS_PERSON, Judgement.BENIGN})
"""What is so judged is no longer among what matters, and makes no headline."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who judged what of the finding with this fingerprint, and when. Without a user: somebody in a scan that its
    readers may not see."""

    fingerprint: str
    judgement: Judgement
    user: str
    at: datetime
    number: int = 0
    scan_id: str = ""  # where it was said

    @property
    def sets_aside(self) -> bool:
        return self.judgement in ASIDE
