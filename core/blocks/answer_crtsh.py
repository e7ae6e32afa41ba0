"""Certificate findings: how many names, which are current, what is new; wildcards and strangers apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import day, flag, of_kind, sentence, severity_of, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip
from core.blocks.words import age
from core.language import N_, NN_, ntr, tr
from core.models import Fact, Finding, Kind, Run, Severity

NEVER = datetime.min.replace(tzinfo=UTC)


def answer(run: Run, clip: Clip) -> Answer:
    """Fresh and current names first, by the day they were last seen."""
    outside = [each for each in run.findings if word(each, "relation")]
    own = [each for each in run.findings if not word(each, "relation")]
    names = sorted((each for each in own if each.kind == Kind.DOMAIN), key=_order)
    wildcards, mail = of_kind(own, Fact.WILDCARD), of_kind(own, Kind.EMAIL)
    shown = len(names) + len(outside) + len(wildcards) + len(mail)
    return Answer(
        first=(_counted(names) if names else counts(run.findings, clip)) + age(run),
        lines=tuple(_above(run.findings, names, clip)),
        grid=Grid((tr("Name"), tr("Last seen, issuer")), tuple(_row(each, clip) for each in names)) if names else None,
        apart=tuple(
            Line(clip.some([each.value for each in group]), tr(label))
            for label, group in (
                (N_("Wildcards"), wildcards),
                (N_("E-mail addresses"), mail),
                (N_("Outside names on shared certificates"), outside),
            )
            if group
        ),
        hidden=len(run.findings) - shown,
        rest=NN_("and {n:,} more name in the file", "and {n:,} more names in the file"),
    )


def _order(name: Finding) -> tuple[bool, bool, float, str]:
    seen = name.last_seen or name.first_seen or NEVER
    return not flag(name, "fresh"), flag(name, "expired"), -(seen - NEVER).total_seconds(), name.value


def _counted(names: Sequence[Finding]) -> str:
    expired = sum(flag(each, "expired") for each in names)
    said = [
        ntr("{n:,} name", "{n:,} names", len(names)),
        ntr("{n:,} current", "{n:,} current", len(names) - expired),
        ntr("{n:,} expired", "{n:,} expired", expired) if expired else "",
    ]
    return ", ".join(filter(None, said))


def _above(findings: Sequence[Finding], names: Sequence[Finding], clip: Clip) -> list[Line]:
    loud = [each for each in findings if severity_of(each) in (Severity.HIGH, Severity.MEDIUM)]
    lines = [Line(clip.text(sentence(each), 220), weight(each)) for each in loud[:1]]
    if inside := [each.value for each in names if flag(each, "internal", "internal_looking")]:
        lines.append(Line(clip.some(inside, most=4), tr("Names that look internal")))
    return lines


def _row(name: Finding, clip: Clip) -> tuple[str, str]:
    issuers = words(name, "issuers", "issuer")
    seen = day(name.last_seen or name.first_seen) or "-"
    if flag(name, "expired"):
        seen = tr("{day} (expired)", day=seen)
    elif flag(name, "fresh"):
        seen = tr("{day} (new)", day=seen)
    return name.value, seen + (f", {clip.some(issuers, most=2, each=60)}" if issuers else "")
