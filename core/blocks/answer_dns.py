"""DNS findings: how well mail and names are protected, then where the name leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import GRADES, WEIGHTS, flag, grade_of, how, of_kind, sentence, severity_of, with_role, word
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip
from core.blocks.words import age
from core.language import N_, NN_, ntr, tr
from core.language.noted import heard
from core.models import Fact, Finding, Kind, Run, Severity

WEAK = {"bad": N_("Bad: {check}"), "fair": N_("Fair: {check}")}
GRADED = {"bad": N_("{n} bad"), "fair": N_("{n} fair"), "good": N_("{n} good")}


def answer(run: Run, clip: Clip) -> Answer:
    """Weak checks first, with the reason; then what is good, addresses, servers and services in a line each."""
    if reverse := _reverse(run.findings, clip):
        return Answer(reverse + age(run))
    if swept := _swept(run.findings, clip):
        return replace(swept, first=swept.first + age(run))
    checks = sorted(of_kind(run.findings, Fact.POSTURE), key=_rank)
    weak = [each for each in checks if grade_of(each) in WEAK]
    apart, shown = _apart(run.findings, clip)
    loud = [each for each in run.findings if severity_of(each) is Severity.HIGH and each.kind != Fact.POSTURE]
    return Answer(
        first=(_graded(checks) if checks else counts(run.findings, clip)) + age(run),
        lines=tuple(Line(clip.text(sentence(each), 220), weight(each)) for each in loud[:2]),
        grid=Grid((tr("Check"), tr("Why")), tuple(_row(each) for each in weak)) if weak else None,
        apart=(*_strong(checks, clip), *apart),
        hidden=len(run.findings) - len({*map(id, checks), *shown}),
        rest=NN_("and {n:,} more check in the file", "and {n:,} more checks in the file"),
    )


def _rank(check: Finding) -> tuple[int, int]:
    return GRADES.index(grade_of(check)), WEIGHTS[severity_of(check)]


def _row(check: Finding) -> tuple[str, str]:
    """One column for the grade and the check: a phone shows two."""
    return tr(WEAK[grade_of(check)], check=heard(check.value)), word(check, "why") or how(check) or "-"


def _graded(checks: Sequence[Finding]) -> str:
    by = Counter(map(grade_of, checks))
    parts = [tr(said, n=by[grade]) for grade, said in GRADED.items() if by[grade]]
    graded = ", ".join(parts) or tr("none graded")
    return ntr("{n:,} check: {graded}", "{n:,} checks: {graded}", len(checks), graded=graded)


def _strong(checks: Sequence[Finding], clip: Clip) -> list[Line]:
    """The names of checks that need no attention; why stands in the file."""
    good, notes = ([heard(each.value) for each in checks if grade_of(each) == grade] for grade in ("good", "info"))
    clip.cut = clip.cut or bool(good or notes)
    said = [clip.some(good, most=20)] if good else []
    if notes:
        names = clip.some(notes, most=20)
        said.append(tr("not graded: {names}", names=names) if good else names)
    return [Line("; ".join(said), tr("Good") if good else tr("Not graded"))] if said else []


def _reverse(findings: Sequence[Finding], clip: Clip) -> str:
    """`192.0.2.10 points back to www.example.com`, when reverse names of one address are all there is."""
    addresses = {word(each, "address") for each in findings}
    if len(addresses) != 1 or "" in addresses or len(with_role(findings, "reverse name")) != len(findings):
        return ""
    sure = [each.value for each in findings if flag(each, "forward_confirmed")]
    claimed = [each.value for each in findings if not flag(each, "forward_confirmed")]
    if not claimed:
        said = N_("{address} points back to {sure}")
    elif not sure:
        said = N_("{address} claims to be {claimed} (not confirmed)")
    else:
        said = N_("{address} points back to {sure} and claims to be {claimed} (not confirmed)")
    return tr(said, address=clip.name(addresses.pop()), sure=clip.some(sure), claimed=clip.some(claimed))


def _swept(findings: Sequence[Finding], clip: Clip) -> Answer | None:
    """A network's reverse names, an address a row, when they are all there is."""
    if len(with_role(findings, "reverse name")) != len(findings):
        return None
    by_address: dict[str, list[Finding]] = {}
    for each in sorted(findings, key=lambda each: _by_number(word(each, "address"))):
        by_address.setdefault(word(each, "address"), []).append(each)
    rows = tuple((address, clip.some([_tell(each) for each in held], most=3)) for address, held in by_address.items())
    sure = sum(flag(each, "forward_confirmed") for each in findings)
    first = NN_(
        "{n:,} address with reverse names; {sure:,} of {total:,} lead back",
        "{n:,} addresses with reverse names; {sure:,} of {total:,} lead back",
    )
    return Answer(
        ntr(*first, len(rows), sure=sure, total=len(findings)),
        grid=Grid((tr("Address"), tr("Reverse name")), rows),
        rest=NN_("and {n:,} more address in the file", "and {n:,} more addresses in the file"),
    )


def _by_number(address: str) -> tuple[int, str]:
    return len(address), address


def _apart(findings: Sequence[Finding], clip: Clip) -> tuple[tuple[Line, ...], set[int]]:
    groups = {
        N_("Addresses"): [each for each in of_kind(findings, Kind.IP) if word(each, "role") in ("", "address")],
        N_("Mail servers"): with_role(of_kind(findings, Kind.DOMAIN), "mail server"),
        N_("Name servers"): with_role(of_kind(findings, Kind.DOMAIN), "name server"),
        N_("Alias of"): with_role(findings, "alias"),
        N_("Reverse names"): with_role(findings, "reverse name"),
        N_("Wildcard"): of_kind(findings, Fact.WILDCARD),
        N_("Services in use"): of_kind(findings, Fact.SERVICE),
        N_("May send its mail"): with_role(findings, "mail sender", "spf include"),
        N_("Mailboxes named"): of_kind(findings, Kind.EMAIL),
    }
    lines = [Line(clip.some([_tell(each) for each in group]), tr(label)) for label, group in groups.items() if group]
    return tuple(lines), {id(each) for group in groups.values() for each in group}


def _tell(finding: Finding) -> str:
    """A reverse name says whether it leads back: whoever holds an address may claim any name."""
    if word(finding, "role") == "reverse name" and not flag(finding, "forward_confirmed"):
        return tr("{name} (not confirmed)", name=finding.value)
    purpose = word(finding, "purpose")
    return f"{finding.value} ({purpose})" if purpose else finding.value
