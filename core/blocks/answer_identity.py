"""Identity findings: what is most certain first, then who may be meant and why, then what the claims say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import (
    WEIGHTS,
    day,
    flag,
    how,
    number,
    of_kind,
    sentence,
    severity_of,
    valued,
    with_role,
    word,
    words,
)
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip
from core.blocks.words import age
from core.language import N_, NN_, ntr, ptr, tr
from core.language.noted import heard
from core.models import Fact, Finding, Kind, Outcome, Run, Severity

MAYBE = N_("Maybe {score}")
GROUPS = {"same": N_("Same {score}"), "maybe": MAYBE, "conflicting": N_("Conflicting {score}")}
GUESSED = NN_(
    "No source was found to know it; {n:,} guessed handle",
    "No source was found to know it; {n:,} guessed handles",
)
GUESSED_IN_PART = NN_(
    "No source was found to know it, but not all was looked at; {n:,} guessed handle",
    "No source was found to know it, but not all was looked at; {n:,} guessed handles",
)
SORTS = {
    "fixed line": N_("fixed line"),
    "mobile": N_("mobile"),
    "fixed line or mobile": N_("fixed line or mobile"),
    "toll-free": N_("toll-free"),
    "premium rate": N_("premium rate"),
    "shared cost": N_("shared cost"),
    "internet telephony": N_("internet telephony"),
    "personal number": N_("personal number"),
    "pager": N_("pager"),
    "company number": N_("company number"),
    "voicemail": N_("voicemail"),
    "unknown": N_("unknown"),
}
MOST_GROUPS = 3
MOST_POINTS = 2
LOUD = (Severity.HIGH, Severity.MEDIUM)


def answer(run: Run, clip: Clip) -> Answer:
    """One group a line with its score and the two points that weigh most; guesses folded at the end."""
    groups = of_kind(run.findings, Fact.IDENTITY)
    shown = groups[:MOST_GROUPS]
    loud = sorted(
        (each for each in run.findings if severity_of(each) in LOUD), key=lambda each: WEIGHTS[severity_of(each)]
    )
    first, heavy = _first(run, groups, loud, clip)
    rows = [(clip.text(what, 60), clip.text(says, 200)) for what, says in _rows(run.findings, clip)]
    warnings = [Line(clip.text(sentence(each), 220), weight(each)) for each in loud if each is not heavy]
    return Answer(
        first=first + age(run),
        lines=(*warnings[:1], *(_group(each, clip) for each in shown)),
        grid=Grid((tr("What"), tr("Says")), tuple(rows)) if rows else None,
        weight=weight(heavy) if heavy else "",
        apart=tuple(_apart(run.findings, clip)),
        hidden=len(groups) - len(shown) + max(0, len(warnings) - 1),
    )


def _first(run: Run, groups: Sequence[Finding], loud: Sequence[Finding], clip: Clip) -> tuple[str, Finding | None]:
    """The most certain thing there is, and the warning it is, if it is one."""
    same = next((each for each in groups if word(each, "group") == "same"), None)
    if same is not None:
        together = NN_("{name}: {n:,} claim belong together", "{name}: {n:,} claims belong together")
        return ntr(*together, len(_mappings(same, "claims")), name=clip.text(_called(same), 120)), None
    if loud:
        return clip.text(sentence(loud[0]), 220), loud[0]
    return _quiet(run, groups, clip), None


def _quiet(run: Run, groups: Sequence[Finding], clip: Clip) -> str:
    """The first line where nothing is certain and nothing alarms; what was not looked at is not said to be none."""
    findings, missed = run.findings, run.outcome is Outcome.PARTIAL
    targets = with_role(findings, "target")
    if numbers := of_kind(targets, Kind.PHONE):
        return clip.text(word(numbers[0], "why").rstrip(".") or tr("A number"), 160)
    if groups:
        return ntr("{n:,} possibility, none certain", "{n:,} possibilities, none certain", len(groups))
    if guessed := _guesses(findings):
        return ntr(*(GUESSED_IN_PART if missed else GUESSED), len(guessed))
    if not targets:
        return counts(findings, clip)
    if missed:
        return tr("No account or key is connected with it, but not all was looked at")
    return tr("No account or key is connected with it")


def _group(group: Finding, clip: Clip) -> Line:
    """`Same, 0.95, Ada Example: ...` with the two strongest reasons."""
    score = group.attributes.get("score")
    shown = f"{score:.2f}" if isinstance(score, float) else "?"
    points = [_point(each) for each in _mappings(group, "points")[:MOST_POINTS]]
    label = tr(GROUPS.get(word(group, "group"), MAYBE), score=shown)
    if word(group, "group") != "same":  # that one stands in the first line
        label += f", {clip.text(_called(group), 100)}"
    return Line(clip.text(" ".join(points), 300), label)


def _called(group: Finding) -> str:
    """`Ada Example (GitHub: ada-example)`: what stands behind the name may be a key, in words of ours."""
    name, mark, anchor = group.value.partition(" (")
    return f"{name} ({heard(anchor.removesuffix(')'))})" if mark else heard(group.value)


def _point(point: Mapping[str, Any]) -> str:
    points = point.get("points")
    mark = f" ({points:+.1f})" if isinstance(points, float) and points else ""
    return f"{heard(str(point.get('why', ''))).rstrip('.')}{mark}."


def _mappings(finding: Finding, name: str) -> list[Mapping[str, Any]]:
    found = finding.attributes.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []


def _rows(findings: Sequence[Finding], clip: Clip) -> Iterator[tuple[str, str]]:
    for each in with_role(findings, "target"):
        yield from _address(each)
    for each in of_kind(findings, Fact.POSTURE):
        yield valued(each), word(each, "why")
        yield from _labelled(
            each,
            (N_("Mail provider"), "provider"),
            (N_("Who may send (SPF)"), "spf"),
            (N_("Forged mail (DMARC)"), "dmarc"),
        )
    for each in with_role(of_kind(findings, Kind.PHONE), "target"):
        yield from _number(each)
    for each in of_kind(findings, Fact.ACCOUNT, Fact.PERSON):
        yield each.value, _account(each)
    for each in of_kind(findings, Fact.KEY):
        yield clip.name(each.value, 30), _key(each)


def _labelled(finding: Finding, *rows: tuple[str, str]) -> Iterator[tuple[str, str]]:
    for label, name in rows:
        if told := word(finding, name) or ", ".join(words(finding, name)):
            yield tr(label), told


def _address(mailbox: Finding) -> Iterator[tuple[str, str]]:
    yield from _labelled(
        mailbox, (N_("Domain as written"), "domain_unicode"), (N_("Tag"), "tag"), (N_("Function"), "function")
    )
    if word(mailbox, "canonical") and word(mailbox, "canonical") != mailbox.value.casefold():
        yield tr("Same mailbox as"), word(mailbox, "canonical")
    if flag(mailbox, "disposable"):
        yield tr("Throw-away"), word(mailbox, "list") or tr("yes")
    if flag(mailbox, "free_provider"):
        yield tr("Provider"), tr("free mail: its domain says nothing about the holder")


def _number(phone: Finding) -> Iterator[tuple[str, str]]:
    if sort := word(phone, "type"):
        yield tr("Kind of number"), tr(SORTS.get(sort, sort))
    yield from _labelled(
        phone,
        (N_("Region"), "region"),
        (N_("Area"), "area"),
        (N_("First given to carrier"), "original_carrier"),
        (N_("Time zones"), "time_zones"),
        (N_("International form"), "international"),
        (N_("National form"), "national"),
    )
    if flag(phone, "portable"):
        yield tr("Portable"), tr("it may have moved to another carrier since")


def _account(account: Finding) -> str:
    """Names and places first; where from, when there is nothing else."""
    followers, commits = number(account, "followers"), number(account, "commits")
    said = [
        *(word(account, name) for name in ("display_name", "description", "job_title", "organisation", "location")),
        ", ".join(words(account, "organisations")[:3]),
        ntr("{n:,} follower", "{n:,} followers", followers) if followers else "",
        ntr("{n:,} commit seen", "{n:,} commits seen", commits) if commits else "",
        tr("since {day}", day=day(account.first_seen)) if account.first_seen else "",
    ]
    told = ", ".join(dict.fromkeys(filter(None, said)))
    return told or how(account)


def _key(key: Finding) -> str:
    state = ptr("key", "revoked") if flag(key, "revoked") else ptr("key", "expired") if flag(key, "expired") else ""
    until = "" if state or not word(key, "expires") else tr("until {day}", day=word(key, "expires")[:10])
    mails, sure = words(key, "emails")[:3], words(key, "checked")
    checked, others = ([each for each in mails if (each in sure) is is_sure] for is_sure in (True, False))
    shown = [tr("{names} (checked)", names=", ".join(checked))] if checked else []
    shown += [tr("{names} (not checked)", names=", ".join(others))] if others else []
    said = (word(key, "algorithm"), *(shown or [word(key, "account")]), state, until)
    return ", ".join(filter(None, said))


def _guesses(findings: Sequence[Finding]) -> list[str]:
    return [each.value for each in of_kind(findings, Kind.USERNAME) if flag(each, "guess")]


def _apart(findings: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    shown = [each for each in findings if word(each, "role") != "target" and not flag(each, "guess")]
    for label, kind in (
        (N_("E-mail addresses"), Kind.EMAIL),
        (N_("Phone numbers"), Kind.PHONE),
        (N_("User names"), Kind.USERNAME),
        (N_("Domains"), Kind.DOMAIN),
    ):
        if found := [each.value for each in of_kind(shown, kind)]:
            yield Line(clip.some(found, most=6), tr(label))
    if guessed := _guesses(findings):
        yield Line(clip.some(guessed, most=6), tr("Guessed handles, nobody was asked"))
