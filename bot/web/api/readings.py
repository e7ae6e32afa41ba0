"""Answers that say what findings mean: headlines, how they came to be said, and what changed between two looks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from core.models import Severity


class Headline(BaseModel):
    """What several findings say together, by a rule."""

    rule: str
    severity: Severity
    sentence: str
    why: str
    evidence: Annotated[list[str], Field(description="Fingerprints of the findings it stands on.")]


class Proof(BaseModel):
    """A finding that something stands on."""

    fingerprint: str
    collector: str
    kind: str
    value: str
    source: str
    url: str
    fetched_at: str
    sha256: str


class Point(BaseModel):
    """What speaks for (+) or against (-) it."""

    sign: Literal["+", "-"]
    why: str


class Explained(BaseModel):
    """How a finding or a headline came to be said."""

    about: str
    kind: Literal["finding", "headline"]
    subject: str
    confidence: str
    path: Annotated[list[str], Field(description="Sentence by sentence, from who asked to the raw answer's digest.")]
    evidence: list[Proof]
    more_evidence: Annotated[int, Field(description="Findings that are not named.")]
    points: list[Point]
    what_would_change_it: list[str]


class Look(BaseModel):
    """A scan as it stood at the end of one of its rounds."""

    id: str
    round: int
    asked_by: str
    ended_at: str


class NotCompared(BaseModel):
    """A collector whose two answers were not held against each other: of what it did not see, nothing is said."""

    collector: str
    why: str
    in_part: Annotated[bool, Field(description="What could be compared of it was.")]


class Difference(BaseModel):
    """What changed between two looks at a target. Noise (ages, counters, rotating addresses) is none of it."""

    scan: Look
    against: Look
    target: dict[str, str]
    since: str
    counts: Annotated[dict[str, int], Field(description="new, gone, changed, known, rotated, held_back.")]
    new: Annotated[list[dict[str, Any]], Field(description="The gravest first, each with its fingerprint.")]
    gone: list[dict[str, Any]]
    changed: Annotated[list[dict[str, Any]], Field(description="`differences`, and the finding before and after.")]
    not_compared: list[NotCompared]
