"""The settings of a team's memory and manners: labels, reasons, roles, rules, raw answers. Part of `core.settings`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class TeamSettings(BaseModel):
    """Fields of Settings; they are read from where those are."""

    slack_language: Literal["en", "es"] = Field(
        "en", description="language of texts in Slack where nobody's is known, or it is none of these"
    )
    default_tlp: Literal["red", "amber+strict", "amber", "green", "clear"] = Field(
        "green", description="label of scans outside of cases, when nobody says another: who may be shown them"
    )
    reasons: Literal["persons", "all", "none"] = Field(
        "persons", description="who asks must say why: about persons, about everything, or about nothing"
    )
    approvals: Literal["none", "active", "persons", "both"] = Field(
        "none", description="what a second person must approve first: touching a target, persons, or both"
    )
    approval_hours: float = Field(24.0, gt=0, le=720, description="hours in which a second person may approve")
    default_role: Literal["viewer", "analyst", "lead", "admin"] = Field(
        "analyst", description="role of everybody who was given none"
    )
    rules_dir: str = Field("", description="folder with rules of your own for headlines, *.yml; empty: none")
    judge_by_reaction: bool = Field(
        False, description="take agreed reactions on replies as verdicts; needs the scope reactions:read"
    )
    answers: Literal["keep", "none"] = Field(
        "keep", description="keep what sources answered, byte for byte, as evidence; none: only digests are kept"
    )
    answers_max_mb: int = Field(16, ge=1, le=32, description="MB of one raw answer that are kept; longer ones are not")
    answers_days: int = Field(90, ge=0, description="days for which raw answers are kept; 0: for good")
    quiet_days: int = Field(
        365, ge=0, description="days for which looks of watches that told nothing are kept; 0: for good"
    )
    evidence_key: SecretStr = Field(
        SecretStr(""),
        description="private key (Ed25519, PEM) that signs evidence; empty: made from SECRET_KEY or the bot token",
    )
