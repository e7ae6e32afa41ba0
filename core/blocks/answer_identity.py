"""Identity findings: what is most certain first, then who may be meant and why, then what the claims say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import WEIGHTS, day, flag, number, of_kind, sentence, severity_of, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip, counted
from core.blocks.words import age
from core.models import Fact, Finding, Kind, Outcome, Run, Severity

GROUPS = {"same": "Same", "maybe": "Maybe", "conflicting": "Conflicting"}
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
        grid=Grid(("What", "Says"), tuple(rows)) if rows else None,
        weight=weight(heavy) if heavy else "",
        apart=tuple(_apart(run.findings, clip)),
        hidden=len(groups) - len(shown) + max(0, len(warnings) - 1),
    )


def _first(run: Run, groups: Sequence[Finding], loud: Sequence[Finding], clip: Clip) -> tuple[str, Finding | None]:
    """The most certain thing there is, and the warning it is, if it is one."""
    same = next((each for each in groups if word(each, "group") == "same"), None)
    if same is not None:
        claims = len(_mappings(same, "claims"))
        return f"{clip.text(same.value, 120)}: {counted(claims, 'claim')} belong together", None
    if loud:
        return clip.text(sentence(loud[0]), 220), loud[0]
    return _quiet(run, groups, clip), None


def _quiet(run: Run, groups: Sequence[Finding], clip: Clip) -> str:
    """The first line where nothing is certain and nothing alarms; what was not looked at is not said to be none."""
    findings, missed = run.findings, ", but not all was looked at" if run.outcome is Outcome.PARTIAL else ""
    targets = with_role(findings, "target")
    if numbers := of_kind(targets, Kind.PHONE):
        return clip.text(word(numbers[0], "why").rstrip(".") or "A number", 160)
    if groups:
        return f"{counted(len(groups), 'possibility', 'possibilities')}, none certain"
    if guessed := _guesses(findings):
        return f"No source was found to know it{missed}; {counted(len(guessed), 'guessed handle')}"
    return f"No account or key is connected with it{missed}" if targets else counts(findings, clip)


def _group(group: Finding, clip: Clip) -> Line:
    """`Same, 0.95, Ada Example: ...` with the two strongest reasons."""
    score = group.attributes.get("score")
    shown = f"{score:.2f}" if isinstance(score, float) else "?"
    points = [_point(each) for each in _mappings(group, "points")[:MOST_POINTS]]
    label = f"{GROUPS.get(word(group, 'group'), 'Maybe')} {shown}"
    if word(group, "group") != "same":  # that one stands in the first line
        label += f", {clip.text(group.value, 100)}"
    return Line(clip.text(" ".join(points), 300), label)


def _point(point: Mapping[str, Any]) -> str:
    points = point.get("points")
    mark = f" ({points:+.1f})" if isinstance(points, float) and points else ""
    return f"{str(point.get('why', '')).rstrip('.')}{mark}."


def _mappings(finding: Finding, name: str) -> list[Mapping[str, Any]]:
    found = finding.attributes.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []


def _rows(findings: Sequence[Finding], clip: Clip) -> Iterator[tuple[str, str]]:
    for each in with_role(findings, "target"):
        yield from _address(each)
    for each in of_kind(findings, Fact.POSTURE):
        yield each.value, word(each, "why")
        yield from _labelled(
            each, ("Mail provider", "provider"), ("Who may send (SPF)", "spf"), ("Forged mail (DMARC)", "dmarc")
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
            yield label, told


def _address(mailbox: Finding) -> Iterator[tuple[str, str]]:
    yield from _labelled(mailbox, ("Domain as written", "domain_unicode"), ("Tag", "tag"), ("Function", "function"))
    if word(mailbox, "canonical") and word(mailbox, "canonical") != mailbox.value.casefold():
        yield "Same mailbox as", word(mailbox, "canonical")
    if flag(mailbox, "disposable"):
        yield "Throw-away", word(mailbox, "list") or "yes"
    if flag(mailbox, "free_provider"):
        yield "Provider", "free mail: its domain says nothing about the holder"


def _number(phone: Finding) -> Iterator[tuple[str, str]]:
    yield from _labelled(
        phone,
        ("Kind of number", "type"),
        ("Region", "region"),
        ("Area", "area"),
        ("First given to carrier", "original_carrier"),
        ("Time zones", "time_zones"),
        ("International form", "international"),
        ("National form", "national"),
    )
    if flag(phone, "portable"):
        yield "Portable", "it may have moved to another carrier since"


def _account(account: Finding) -> str:
    """Names and places first; where from, when there is nothing else."""
    followers = number(account, "followers")
    said = [
        *(word(account, name) for name in ("display_name", "description", "job_title", "organisation", "location")),
        ", ".join(words(account, "organisations")[:3]),
        f"{counted(followers, 'follower')}" if followers else "",
        f"{counted(number(account, 'commits') or 0, 'commit')} seen" if number(account, "commits") else "",
        f"since {day(account.first_seen)}" if account.first_seen else "",
    ]
    told = ", ".join(dict.fromkeys(filter(None, said)))
    return told or account.context


def _key(key: Finding) -> str:
    state = "revoked" if flag(key, "revoked") else "expired" if flag(key, "expired") else ""
    until = "" if state or not word(key, "expires") else f"until {word(key, 'expires')[:10]}"
    mails, sure = words(key, "emails")[:3], words(key, "checked")
    checked, others = ([each for each in mails if (each in sure) is is_sure] for is_sure in (True, False))
    shown = [f"{', '.join(checked)} (checked)"] if checked else []
    shown += [f"{', '.join(others)} (not checked)"] if others else []
    said = (word(key, "algorithm"), *(shown or [word(key, "account")]), state, until)
    return ", ".join(filter(None, said))


def _guesses(findings: Sequence[Finding]) -> list[str]:
    return [each.value for each in of_kind(findings, Kind.USERNAME) if flag(each, "guess")]


def _apart(findings: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    shown = [each for each in findings if word(each, "role") != "target" and not flag(each, "guess")]
    for label, kind in (
        ("E-mail addresses", Kind.EMAIL),
        ("Phone numbers", Kind.PHONE),
        ("User names", Kind.USERNAME),
        ("Domains", Kind.DOMAIN),
    ):
        if found := [each.value for each in of_kind(shown, kind)]:
            yield Line(clip.some(found, most=6), label)
    if guessed := _guesses(findings):
        yield Line(clip.some(guessed, most=6), "Guessed handles, nobody was asked")
