"""Reputation: how many vendors flag it and when they looked, who they are, and what it is connected with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import WEIGHTS, ago, day, flag, number, of_kind, severity_of, valued, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.roles import role_word
from core.blocks.text import Clip
from core.blocks.words import age, kind_word
from core.language import N_, NN_, ntr, ptr, tr
from core.models import Fact, Finding, Kind, Run, Severity

ROLES = (
    *("communicates with it", "downloaded from it", "names it", "started it", "dropped", "contained"),
    *("resolved", "contacted", "served from", "final address", "redirect", "leads to it", "offered at", "URL there"),
)
"""What connects a thing with the target, the most telling first."""

SHORT_HASH = 12


def answer(run: Run, clip: Clip) -> Answer:
    """The judgement with its base and age first: a number without them says nothing."""
    judged = of_kind(run.findings, Fact.REPUTATION)
    linked = sorted((each for each in run.findings if word(each, "role") in ROLES), key=_rank)
    apart, shown = _apart(run.findings, judged, clip)
    first = _first(judged[0], clip) if judged else counts(run.findings, clip)
    loud = bool(judged) and severity_of(judged[0]) in (Severity.HIGH, Severity.MEDIUM)
    return Answer(
        first=first + age(run),
        lines=tuple(_above(judged[0], clip))[:3] if judged else (),
        grid=Grid((tr("Connected with"), tr("How")), tuple(_row(each, clip) for each in linked)) if linked else None,
        apart=apart,
        hidden=len(run.findings) - len({*map(id, judged), *map(id, linked), *shown}),
        weight=weight(judged[0]) if loud else "",
        rest=NN_("and {n:,} more connection in the file", "and {n:,} more connections in the file"),
    )


def _rank(linked: Finding) -> tuple[int, int, int]:
    return WEIGHTS[severity_of(linked)], -(number(linked, "malicious") or 0), ROLES.index(word(linked, "role"))


def _first(judged: Finding, clip: Clip) -> str:
    """`11 vendors flag it (of 94, analysed 1 day ago)`."""
    total, days = number(judged, "total"), number(judged, "age_days")
    base = [tr("of {total}", total=total)] if total else []
    when = N_("analysed {when}, which is old") if flag(judged, "old") else N_("analysed {when}")
    base += [tr(when, when=ago(days))] if days is not None else []
    return clip.text(valued(judged), 100) + (f" ({', '.join(base)})" if base else "")


def _above(judged: Finding, clip: Clip) -> Iterator[Line]:
    """Who flags it and as what; what the community thinks. Never that it is harmless."""
    vendors = [_vendor(each) for each in _list(judged, "vendors")]
    if vendors:
        named = clip.some(vendors, most=6)
        alone = tr("{name}. One vendor alone is often wrong", name=named)
        yield Line(alone if len(vendors) == 1 else named, tr("Flagged by"))
    elif not (number(judged, "malicious") or number(judged, "suspicious")):
        yield Line(tr("That does not make it harmless"))
    if threat := word(judged, "threat") or ", ".join(words(judged, "threat_names")[:3]):
        yield Line(clip.text(threat, 120), tr("Threat"))
    if said := list(_community(judged, clip)):
        yield Line("; ".join(said), tr("Community"))


def _vendor(told: Any) -> str:
    name, result = (told.get(each) if isinstance(told, dict) else "" for each in ("name", "result"))
    shown = name if isinstance(name, str) and name else tr("a vendor")
    return f"{shown} ({result})" if isinstance(result, str) and result else shown


def _list(finding: Finding, name: str) -> list[Any]:
    found = finding.attributes.get(name)
    return found if isinstance(found, list) else []


def _community(judged: Finding, clip: Clip) -> Iterator[str]:
    harmless, malicious = number(judged, "votes_harmless") or 0, number(judged, "votes_malicious") or 0
    if harmless or malicious:
        votes = NN_("{n:,} vote against it, {harmless:,} for it", "{n:,} votes against it, {harmless:,} for it")
        yield ntr(*votes, malicious, harmless=harmless)
    if reputation := number(judged, "reputation"):
        yield tr("reputation {n:,}", n=reputation)
    for report in _list(judged, "reports")[:1]:
        if isinstance(report, dict) and isinstance(report.get("title"), str):
            yield clip.text(report["title"], 120)


def _row(linked: Finding, clip: Clip) -> tuple[str, str]:
    """A file by its name when it has one: a hash tells nobody anything, and the file has it whole."""
    flags, total = number(linked, "malicious"), number(linked, "total")
    name = word(linked, "name")
    told = [
        role_word(word(linked, "role")),
        tr("{flags} of {total} flag it", flags=flags, total=total) if flags and total else "",
        word(linked, "threat"),
        day(linked.last_seen),
        f"{linked.value[:SHORT_HASH]}\N{HORIZONTAL ELLIPSIS}" if name else "",
    ]
    clip.cut = clip.cut or bool(name)
    return name or linked.value, clip.text(", ".join(filter(None, told)), 150)


def _apart(findings: Sequence[Finding], judged: Sequence[Finding], clip: Clip) -> tuple[tuple[Line, ...], set[int]]:
    lines = [line for each in judged for line in _about(each, clip)]
    seen = of_kind(findings, Kind.FILE)
    pages = with_role(findings, "page")
    groups = {
        N_("File"): seen,
        N_("Page"): pages,
        N_("Other hashes"): with_role(findings, "md5", "sha1", "sha256"),
        N_("Registration"): of_kind(findings, Fact.REGISTRATION),
        N_("Addresses"): with_role(findings, "address"),
        N_("Names below it"): with_role(findings, "subdomain"),
        N_("Names beside it"): with_role(findings, "sibling"),
        N_("Network"): [*of_kind(findings, Kind.CIDR, Kind.ASN), *with_role(findings, "network holder")],
        N_("Signed by"): with_role(findings, "signer"),
    }
    for label, group in groups.items():
        if group:
            lines.append(Line(clip.some([_said(each) for each in group]), tr(label)))
    return tuple(lines), {id(each) for group in groups.values() for each in group}


def _said(finding: Finding) -> str:
    """A finding in the few words that matter of its kind."""
    if finding.kind == Fact.REGISTRATION:
        created = word(finding, "created")[:10]
        since = tr("since {day}", day=created) if created else ""
        return ", ".join(filter(None, (word(finding, "registrar"), since))) or ptr("registration", "known")
    if finding.kind == Kind.FILE:
        return ", ".join(filter(None, (finding.value, word(finding, "type_description"))))
    if word(finding, "role") == "page":
        return word(finding, "title") or kind_word(Kind.URL)
    return finding.value


def _about(judged: Finding, clip: Clip) -> Iterator[Line]:
    for label, name in ((N_("Categories"), "categories"), (N_("Tags"), "tags"), (N_("Rank"), "popularity")):
        if said := words(judged, name):
            yield Line(clip.some(said, most=4), tr(label))
    rules = [
        text
        for name, field in (("yara", "rule_name"), ("ids", "rule_msg"), ("sigma", "rule_title"))
        for each in _list(judged, name)
        if isinstance(each, dict) and isinstance(text := each.get(field), str)
    ]
    if rules:
        yield Line(clip.some(rules, most=4), tr("Rules that fit"))
