"""DNS findings: how well mail and names are protected, then where the name leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import WEIGHTS, flag, of_kind, sentence, severity_of, with_role, word
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip, counted
from core.blocks.words import age
from core.models import Fact, Finding, Kind, Run, Severity

GRADES = ("bad", "fair", "good", "info")
GRADE_WORDS = {"bad": "Bad", "fair": "Fair", "good": "Good", "info": "Note"}


def answer(run: Run, clip: Clip) -> Answer:
    """Weak checks first, with the reason; addresses, servers and services in a line each."""
    checks = sorted(of_kind(run.findings, Fact.POSTURE), key=_rank)
    apart, shown = _apart(run.findings, clip)
    loud = [each for each in run.findings if severity_of(each) is Severity.HIGH and each.kind != Fact.POSTURE]
    weak = [each for each in checks if _grade(each) == "bad"]
    return Answer(
        first=(_graded(checks) if checks else counts(run.findings, clip)) + age(run),
        lines=tuple(Line(clip.text(sentence(each), 220), weight(each)) for each in [*loud, *weak][:2]),
        grid=Grid(("Check", "Grade", "Why"), tuple(_row(each) for each in checks)) if checks else None,
        apart=apart,
        hidden=len(run.findings) - len({*map(id, checks), *shown}),
        unit="check",
        units="checks",
    )


def _grade(check: Finding) -> str:
    grade = word(check, "grade").lower()
    return grade if grade in GRADES else "info"


def _rank(check: Finding) -> tuple[int, int]:
    return GRADES.index(_grade(check)), WEIGHTS[severity_of(check)]


def _row(check: Finding) -> tuple[str, str, str]:
    return check.value, GRADE_WORDS[_grade(check)], word(check, "why") or check.context or "-"


def _graded(checks: Sequence[Finding]) -> str:
    by = Counter(map(_grade, checks))
    parts = [f"{by[grade]} {grade}" for grade in GRADES[:3] if by[grade]]
    return f"{counted(len(checks), 'check')}: {', '.join(parts) or 'none graded'}"


def _apart(findings: Sequence[Finding], clip: Clip) -> tuple[tuple[Line, ...], set[int]]:
    groups = {
        "Addresses": [each for each in of_kind(findings, Kind.IP) if word(each, "role") in ("", "address")],
        "Mail servers": with_role(of_kind(findings, Kind.DOMAIN), "mail server"),
        "Name servers": with_role(of_kind(findings, Kind.DOMAIN), "name server"),
        "Alias of": with_role(findings, "alias"),
        "Reverse names": with_role(findings, "reverse name"),
        "Wildcard": of_kind(findings, Fact.WILDCARD),
        "Services in use": of_kind(findings, Fact.SERVICE),
        "May send its mail": with_role(findings, "mail sender", "spf include"),
        "Mailboxes named": of_kind(findings, Kind.EMAIL),
    }
    lines = [Line(clip.some([_tell(each) for each in group]), label) for label, group in groups.items() if group]
    return tuple(lines), {id(each) for group in groups.values() for each in group}


def _tell(finding: Finding) -> str:
    """A reverse name says whether it leads back: whoever holds an address may claim any name."""
    if word(finding, "role") == "reverse name" and not flag(finding, "forward_confirmed"):
        return f"{finding.value} (not confirmed)"
    purpose = word(finding, "purpose")
    return f"{finding.value} ({purpose})" if purpose else finding.value
