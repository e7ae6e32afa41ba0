"""What a name was before: the change that matters first, then where it leads now and led before, changes in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import WEIGHTS, day, flag, number, of_kind, severity_of, valued, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip, and_more
from core.blocks.words import age
from core.language import N_, NN_, ntr, tr
from core.language.noted import heard
from core.models import Fact, Finding, Kind, Run, Severity

MOST_BESIDE = 6
"""Neighbours in the table: place alone ties them to the target."""

ON_A_DAY = re.compile(r" on (\d{1,2}) ([A-Z][a-z]{2} \d{4})$", re.ASCII)
LONGEST_DAY = 15  # characters of the longest of these
ON = N_(" on {n} {month}")
LOUD = (Severity.HIGH, Severity.MEDIUM)
SINCE, UNTIL = N_("since {day}"), N_("until {day}")


def answer(run: Run, clip: Clip) -> Answer:
    """For a domain its changes, for an address its neighbours; names by the dozen stay in the file."""
    changes = sorted(of_kind(run.findings, Fact.CHANGE), key=_order)
    beside = with_role(run.findings, "neighbour", "own block")
    loud = [each for each in changes if severity_of(each) in LOUD]
    groups = _groups(run.findings)
    there = with_role(run.findings, "name at the address")
    now, before = with_role(run.findings, "address"), with_role(run.findings, "former address")
    nearest = [] if changes else sorted(beside, key=lambda each: -(number(each, "name_count") or 0))[:MOST_BESIDE]
    led = there or now
    shown = {id(each) for group in (changes, nearest, led, before, *groups.values()) for each in group}
    first = clip.text(valued(loud[0]), 220) if loud else _summary(run.findings, changes, beside, clip)
    return Answer(
        first=first + age(run),
        weight=weight(loud[0]) if loud else "",
        lines=tuple(_above(loud, led, before, clip)),
        grid=_changed(changes) if changes else _beside(nearest),
        apart=tuple(
            Line(clip.some([each.value for each in group]), tr(label)) for label, group in groups.items() if group
        ),
        hidden=sum(id(each) not in shown for each in run.findings),
        rest=NN_("and {n:,} more change in the file", "and {n:,} more changes in the file")
        if changes
        else NN_("and {n:,} more neighbour in the file", "and {n:,} more neighbours in the file"),
    )


def _order(change: Finding) -> tuple[int, float, str]:
    return WEIGHTS[severity_of(change)], -(change.first_seen.timestamp() if change.first_seen else 0.0), change.value


def _summary(findings: Sequence[Finding], changes: Sequence[Finding], beside: Sequence[Finding], clip: Clip) -> str:
    groups = (
        (NN_("{n:,} change", "{n:,} changes"), changes),
        (NN_("{n:,} name", "{n:,} names"), _below(findings)),
        (
            NN_("{n:,} name at the address", "{n:,} names at the address"),
            with_role(findings, "name at the address"),
        ),
        (NN_("{n:,} neighbour", "{n:,} neighbours"), beside),
    )
    return ", ".join(ntr(*said, len(there)) for said, there in groups if there) or counts(findings, clip)


def _above(loud: Sequence[Finding], now: Sequence[Finding], before: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    """Why the first line matters, where the name leads, and where it led."""
    if loud and (why := word(loud[0], "why")):
        yield Line(clip.text(why, 240), tr("Possible origin") if words(loud[0], "origin_hint") else "")
    if now and all(each.kind == Kind.DOMAIN for each in now):
        yield Line(clip.some([each.value for each in now], most=6), tr("Names at the address"))
    elif now:
        yield Line(clip.some([_whose(each, SINCE, day(each.first_seen)) for each in now], most=3), tr("Leads to"))
    if before:
        latest = sorted(before, key=lambda each: day(each.last_seen), reverse=True)
        yield Line(clip.some([_whose(each, UNTIL, day(each.last_seen)) for each in latest], most=3), tr("Led to"))


def _whose(address: Finding, edge: str, when: str) -> str:
    """`192.0.2.10 (Example Hosting, until 2026-11-02)`."""
    names = words(address, "organisation", "organisations")[:1]
    about = [*names, tr(edge, day=when) if when else ""]
    return f"{address.value} ({', '.join(filter(None, about))})" if any(about) else address.value


def _changed(changes: Sequence[Finding]) -> Grid:
    """The day has a column, so that a sentence need not end in it."""
    rows = ((day(each.first_seen) or "-", _undated(each)) for each in changes)
    return Grid((tr("When"), tr("What changed")), tuple(rows))


def _undated(change: Finding) -> str:
    ends = ON_A_DAY.search(change.value[-LONGEST_DAY:])
    return valued(change).removesuffix(tr(ON, n=int(ends[1]), month=heard(ends[2])) if ends else "")


def _beside(beside: Sequence[Finding]) -> Grid | None:
    rows = tuple((each.value, _seen_there(each)) for each in beside)
    return Grid((tr("Beside it"), tr("Names, open ports")), rows) if rows else None


def _seen_there(neighbour: Finding) -> str:
    names, known = words(neighbour, "names"), number(neighbour, "name_count") or 0
    ports = words(neighbour, "ports")[:6]
    said = and_more(", ".join(names[:3]), known - 3)
    return "; ".join(filter(None, (said, tr("ports {names}", names=", ".join(ports)) if ports else ""))) or "-"


def _groups(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    return {
        N_("Names that look internal"): [each for each in _below(findings) if flag(each, "internal")],
        N_("Names below it"): [each for each in _below(findings) if not flag(each, "internal")],
        N_("Former mail servers"): with_role(findings, "former mail server"),
        N_("Former name servers"): with_role(findings, "former name server"),
        N_("Holders"): [
            each
            for each in with_role(findings, "registrant", "former registrant")
            if each.kind in (Fact.ORGANISATION, Fact.PERSON)
        ],
        N_("Tags"): with_role(findings, "tag"),
        N_("Associated, for reasons not told"): [each for each in findings if word(each, "relation") == "associated"],
    }


def _below(findings: Sequence[Finding]) -> list[Finding]:
    return [each for each in of_kind(findings, Kind.DOMAIN) if not word(each, "role") and not word(each, "relation")]
