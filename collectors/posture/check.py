"""A graded check: one sentence about one thing, with the record it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.models import Severity


class Grade(StrEnum):
    """How a check went; info means that there is nothing to judge."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Check:
    """`parts` holds JSON values only: what was read out of the record, for tables and exports."""

    name: str
    grade: Grade
    why: str
    severity: Severity = Severity.INFO
    raw: str = ""
    parts: Mapping[str, object] = field(default_factory=dict)


def good(name: str, why: str, *, raw: str = "", parts: Mapping[str, object] | None = None) -> Check:
    return Check(name, Grade.GOOD, why, Severity.INFO, raw, parts or {})


def fair(
    name: str,
    why: str,
    *,
    severity: Severity = Severity.LOW,
    raw: str = "",
    parts: Mapping[str, object] | None = None,
) -> Check:
    return Check(name, Grade.FAIR, why, severity, raw, parts or {})


def bad(
    name: str,
    why: str,
    *,
    severity: Severity = Severity.MEDIUM,
    raw: str = "",
    parts: Mapping[str, object] | None = None,
) -> Check:
    return Check(name, Grade.BAD, why, severity, raw, parts or {})


def info(name: str, why: str, *, raw: str = "", parts: Mapping[str, object] | None = None) -> Check:
    return Check(name, Grade.INFO, why, Severity.INFO, raw, parts or {})
