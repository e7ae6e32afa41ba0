"""Registration findings: how old first, then until when, by whom, in which state, and who takes reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import of_kind, registered, sentence, severity_of, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip
from core.blocks.words import age
from core.models import Fact, Finding, Kind, Run, Severity

LOUD = (Severity.HIGH, Severity.MEDIUM)


def answer(run: Run, clip: Clip) -> Answer:
    """The age stands in the first line; a young registration is the strongest sign there is."""
    held = of_kind(run.findings, Fact.REGISTRATION)
    apart, shown = _others(run.findings, clip)
    loud = [each for each in run.findings if severity_of(each) in LOUD]
    rows = [(label, text) for each in held for label, text in _rows(each, clip, several=len(held) > 1)]
    return Answer(
        first=(clip.text(_first(held[0]), 200) if held else counts(run.findings, clip)) + age(run),
        lines=tuple(Line(clip.text(said, 300), weight(each)) for each in loud[:2] if (said := _more(each))),
        grid=Grid(("What", "Registered as"), tuple(rows)) if rows else None,
        weight=weight(held[0]) if held and severity_of(held[0]) in LOUD else "",
        apart=apart,
        hidden=len(run.findings) - len({*map(id, held), *shown}),
    )


def _more(loud: Finding) -> str:
    """What it says beyond the first line, which gives age and expiry already."""
    if loud.kind != Fact.REGISTRATION:
        return sentence(loud)
    said = word(loud, "headline", "why").split(". ")
    return ". ".join(part for part in said if not part.startswith(("Registered ", "Expires in ", "Expired on ")))


def _first(held: Finding) -> str:
    said = registered(held)
    registrar = word(held, "registrar")
    holder = f"registrar {registrar}" if registrar else word(held, "name", "netname", "organisation", "holder")
    return ", ".join(filter(None, (*(said or ["Registered"]), holder or (held.value if not said else ""))))


def _rows(held: Finding, clip: Clip, *, several: bool) -> Iterator[tuple[str, str]]:
    whose = f" ({held.provenance.source})" if several else ""
    yield "Registration of" + whose, held.value
    for label, name in (
        ("Registered", "created"),
        ("Changed", "updated"),
        ("Expires", "expires"),
    ):
        if when := word(held, name):
            yield label + whose, when[:10]
    for label, names in (
        ("Registrar", ("registrar",)),
        ("Network", ("netname", "name")),
        ("Handle", ("handle",)),
        ("Country", ("country",)),
        ("DNSSEC", ("dnssec",)),
    ):
        if text := word(held, *names):
            yield label + whose, text
    if held.attributes.get("privacy"):
        yield "Holder" + whose, "hidden behind a privacy service" + _proxy(held)
    if held_back := words(held, "redacted"):
        yield "Held back" + whose, clip.some(held_back, most=6, each=40)
    for remark in words(held, "remarks")[:2]:
        yield "Remark" + whose, clip.text(remark, 140)
    for conflict in words(held, "conflicts"):
        yield "Sources disagree" + whose, clip.text(conflict, 140)
    for status in words(held, "statuses", "status"):
        yield "Status" + whose, clip.text(status, 140)


def _proxy(held: Finding) -> str:
    name = word(held, "privacy")
    return f" ({name})" if name else ""


def _others(findings: Sequence[Finding], clip: Clip) -> tuple[tuple[Line, ...], set[int]]:
    abuse = with_role(findings, "abuse contact", "abuse")
    groups = {
        "Report abuse to": abuse,
        "Name servers": with_role(findings, "name server"),
        "Holder": of_kind(findings, Fact.ORGANISATION, Fact.PERSON),
        "Networks": of_kind(findings, Kind.CIDR),
        "Announced by": of_kind(findings, Kind.ASN),
        "Country": of_kind(findings, Fact.LOCATION),
    }
    lines = [Line(clip.some([each.value for each in group]), label) for label, group in groups.items() if group]
    return tuple(lines), {id(each) for group in groups.values() for each in group}
