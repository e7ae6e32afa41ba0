"""Reads findings whose attributes may hold anything: a wrong type reads as absent, never as an error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.language import N_, ntr, tr
from core.language.noted import heard, named
from core.models import Fact, Finding, Run, Severity

WEIGHTS = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2, Severity.INFO: 3}
KEPT_BACK = N_("Something that only the reply in a direct message names.")
SEVERITIES = {"high": N_("high"), "medium": N_("medium"), "low": N_("low"), "info": N_("info"), "any": N_("any")}
OURS = frozenset({"why", "headline", "statuses", "caution", "how", "points", "purpose", "cautions", "spf", "warnings"})
"""Attributes in which a collector says something itself, in sentences of its own."""
HEARD = OURS | {"dmarc"}
"""Also those that may hold a protocol's word in place of ours."""
GRADES = ("bad", "fair", "good", "info")


@dataclass(frozen=True, slots=True)
class Highlight:
    """Something that matters, in a sentence that is still raw."""

    severity: Severity
    sentence: str
    collector: str


def severity_of(finding: Finding) -> Severity:
    """The severity; a word we don't know is no severity."""
    given = finding.attributes.get("severity")
    return Severity(given) if isinstance(given, str) and given in set(Severity) else Severity.INFO


def severity_word(severity: str) -> str:
    """`high`, `medium`: as a severity, or a threshold that is one, stands in a sentence."""
    return tr(SEVERITIES.get(severity, severity))


def grade_of(check: Finding) -> str:
    """How a check went; a word we don't know is no judgement."""
    grade = word(check, "grade").lower()
    return grade if grade in GRADES else "info"


def word(finding: Finding, *names: str) -> str:
    """The first of these attributes that is a text or a number, as text; else nothing."""
    for name in names:
        value = finding.attributes.get(name)
        if isinstance(value, str) and value.strip():
            return heard(value) if name in HEARD else value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def number(finding: Finding, *names: str) -> int | None:
    """The first of these attributes that is a whole number of a sane size."""
    for name in names:
        value = finding.attributes.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
            return value
    return None


def words(finding: Finding, *names: str) -> list[str]:
    """The first of these attributes that holds something, as a list of texts."""
    for name in names:
        value = finding.attributes.get(name)
        if isinstance(value, list | tuple):
            said = [_flat(each) for each in value if each not in (None, "")]
            return [heard(each) for each in said] if name in HEARD else said
        if isinstance(value, dict):
            flat = ((key, _flat(each)) for key, each in value.items())
            return [f"{key}: {heard(each) if name in OURS else each}" for key, each in flat]
        if isinstance(value, str) and value.strip():
            return [heard(value) if name in HEARD else value]
    return []


def flag(finding: Finding, *names: str) -> bool:
    """Whether one of these attributes is true, and not merely present."""
    return any(finding.attributes.get(name) is True for name in names)


def is_direct_only(finding: Finding) -> bool:
    """Whether only a direct message may show it."""
    return flag(finding, "direct_only")


def day(when: datetime | None) -> str:
    """`2026-11-23`, or nothing."""
    return f"{when.astimezone(UTC):%Y-%m-%d}" if when else ""


def of_kind(findings: Iterable[Finding], *kinds: str) -> list[Finding]:
    return [finding for finding in findings if finding.kind in kinds]


def with_role(findings: Iterable[Finding], *roles: str) -> list[Finding]:
    """The findings that play one of these roles ("mail server", "abuse contact")."""
    return [finding for finding in findings if word(finding, "role").lower() in roles]


def details(finding: Finding, *, without: Sequence[str] = ()) -> str:
    """The attributes in one line, for collectors that have no rendering of their own."""
    hidden = {"severity", *without}
    return ", ".join(
        f"{name.replace('_', ' ')}: {heard(_flat(value)) if name in HEARD else _flat(value)}"
        for name, value in finding.attributes.items()
        if name not in hidden and value not in (None, "", [], {})
    )


def sentence(finding: Finding) -> str:
    """What to say about a finding that matters: what it is and why it matters."""
    why = word(finding, "headline", "why") or how(finding)
    if finding.kind == Fact.REGISTRATION:
        return why or "; ".join(registered(finding)) or finding.value
    return f"{valued(finding)}: {why}" if why else valued(finding)


def valued(finding: Finding) -> str:
    """What it is: its value, in the reader's language where a collector spelled it."""
    return named(finding.kind, finding.value)


def how(finding: Finding) -> str:
    """How it was found, in one sentence."""
    return heard(finding.context)


def registered(finding: Finding) -> list[str]:
    """What a registration says about time and state, the loudest first."""
    age, left = number(finding, "age_days"), number(finding, "days_to_expiry")
    said = [tr("Registered {when}", when=ago(age))] if age is not None else []
    if left is not None:
        when = tr("expires in {days}", days=days(left)) if left >= 0 else tr("expired {when}", when=ago(-left))
        said.append(when)
    return said


def ago(number_of_days: int) -> str:
    """`3 days ago`, `31 years ago`."""
    return tr("today") if number_of_days == 0 else tr("{days} ago", days=days(number_of_days))


def days(number_of_days: int) -> str:
    """Days as people say them: in days up to three months, then months, then years."""
    if number_of_days >= 730:
        return ntr("{n} year", "{n} years", number_of_days // 365)
    if number_of_days >= 90:
        return ntr("{n} month", "{n} months", number_of_days // 30)
    return ntr("{n} day", "{n} days", number_of_days)


def highlights(runs: Iterable[Run], *, least: Severity = Severity.MEDIUM) -> list[Highlight]:
    """What matters over all runs, the most severe first, otherwise in the order it was found.

    They go into the channel and into notifications, so what only a direct message may show is not named even there.
    """
    found = [
        Highlight(severity_of(finding), tr(KEPT_BACK) if is_direct_only(finding) else sentence(finding), run.collector)
        for run in runs
        for finding in run.findings
        if WEIGHTS[severity_of(finding)] <= WEIGHTS[least]
    ]
    return sorted(dict.fromkeys(found), key=lambda highlight: WEIGHTS[highlight.severity])


def _flat(value: Any) -> str:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return {True: tr("yes"), False: tr("no")}[value] if isinstance(value, bool) else str(value)
