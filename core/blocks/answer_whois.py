"""Registration findings: how old first, then until when, by whom, in which state, and who takes reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import of_kind, registered, sentence, severity_of, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip, listed
from core.blocks.words import age
from core.language import N_, tr
from core.language.noted import heard
from core.models import Fact, Finding, Kind, Run, Severity

LOUD = (Severity.HIGH, Severity.MEDIUM)
DATES = ((N_("Registered"), "created"), (N_("Changed"), "updated"), (N_("Expires"), "expires"))
TEXTS = (
    (N_("Registrar"), ("registrar",)),  # this and the next stand in the first line
    (N_("Network"), ("netname", "name")),
    (N_("Handle"), ("handle",)),
    (N_("DNSSEC"), ("dnssec",)),
)
FIELDS = {
    "created": N_("created"),
    "expires": N_("expires"),
    "name_servers": N_("name servers"),
    "registrar_iana_id": N_("registrar's number at IANA"),
}
SIGNED = {"signed": N_("signed"), "unsigned": N_("unsigned")}
OWN = N_("a status of this registry's own")
LOCK = re.compile("(client|server) (transfer|delete|update|renew) prohibited")
AGAINST = {"transfer": N_("transfer"), "delete": N_("deletion"), "update": N_("changes"), "renew": N_("renewal")}


def answer(run: Run, clip: Clip) -> Answer:
    """The age stands in the first line; a young registration is the strongest sign there is."""
    held = of_kind(run.findings, Fact.REGISTRATION)
    apart, shown = _others(run.findings, clip)
    loud = [each for each in run.findings if severity_of(each) in LOUD]
    rows = [(label, text) for each in held for label, text in _rows(each, clip, several=len(held) > 1)]
    return Answer(
        first=(clip.text(_first(held[0]), 200) if held else counts(run.findings, clip)) + age(run),
        lines=tuple(Line(clip.text(said, 300), weight(each)) for each in loud[:2] if (said := _more(each))),
        grid=Grid((tr("What"), tr("Registered as")), tuple(rows)) if rows else None,
        weight=weight(held[0]) if held and severity_of(held[0]) in LOUD else "",
        apart=apart,
        hidden=len(run.findings) - len({*map(id, held), *shown}),
    )


def _more(loud: Finding) -> str:
    """What it says beyond the first line, which gives age and expiry already."""
    if loud.kind != Fact.REGISTRATION:
        return sentence(loud)
    said = str(loud.attributes.get("headline") or loud.attributes.get("why") or "").split(". ")
    return heard(". ".join(part for part in said if not part.startswith(("Registered ", "Expires in ", "Expired on "))))


def _first(held: Finding) -> str:
    said = registered(held)
    registrar = word(held, "registrar")
    holder = (
        tr("registrar {name}", name=registrar) if registrar else word(held, "name", "netname", "organisation", "holder")
    )
    return ", ".join(filter(None, (*(said or [tr("Registered")]), holder or (held.value if not said else ""))))


def _rows(held: Finding, clip: Clip, *, several: bool) -> Iterator[tuple[str, str]]:
    """What the first line and the lines below do not say; with several registrations, whose it is."""
    whose = f" ({held.provenance.source})" if several else ""
    yield tr("Registration of") + whose, held.value
    for label, name in DATES:
        if when := word(held, name):
            yield tr(label) + whose, when[:10]
    for label, names in TEXTS if several else TEXTS[2:]:
        if text := word(held, *names):
            yield tr(label) + whose, tr(SIGNED.get(text, "")) or text
    if held.attributes.get("privacy"):
        hidden = tr("hidden behind a privacy service")
        yield tr("Holder") + whose, ": ".join(filter(None, (hidden, word(held, "privacy"))))
    if held_back := words(held, "redacted"):
        yield tr("Held back") + whose, clip.some(held_back, most=6, each=40)
    for remark in words(held, "remarks")[:2]:
        yield tr("Remark") + whose, clip.text(remark, 140)
    for conflict in _conflicts(held):
        yield tr("Sources disagree") + whose, clip.text(conflict, 140)
    if states := list(_states(held, clip)):
        yield tr("Status") + whose, "; ".join(states)


def _conflicts(held: Finding) -> Iterator[str]:
    """What registry and registrar say differently, with what each says."""
    given = held.attributes.get("conflicts")
    for each in given if isinstance(given, list | tuple) else ():
        if isinstance(each, dict):
            field, registry, registrar = (str(each.get(name, "")) for name in ("field", "registry", "registrar"))
            said = N_("{field}: {registry} (registry), {registrar} (registrar)")
            yield tr(said, field=tr(FIELDS.get(field, field)), registry=registry, registrar=registrar)


def _states(held: Finding, clip: Clip) -> Iterator[str]:
    """Status codes in words: locks folded into one, of the others the gist. The file has the codes."""
    locks: dict[str, list[str]] = {}
    own = heard(OWN)
    for status in words(held, "statuses", "status"):
        code, _, meaning = status.partition(": ")
        if lock := LOCK.fullmatch(code.strip().lower()):
            locks.setdefault(lock[1], []).append(AGAINST[lock[2]])
        elif f"{code.capitalize()}:" not in str(held.attributes.get("why")):  # what is grave stands above, in full
            gist = re.split("[;:(]", meaning)[0].strip()
            yield code if not gist or gist == own else gist[:1].upper() + gist[1:]
        clip.cut = True
    for side, against in locks.items():
        by = N_("Locked by the registry against {acts}") if side == "server" else N_("Locked against {acts}")
        yield tr(by, acts=listed(dict.fromkeys(map(tr, against))))


def _others(findings: Sequence[Finding], clip: Clip) -> tuple[tuple[Line, ...], set[int]]:
    abuse = with_role(findings, "abuse contact", "abuse")
    held = {each.value for each in of_kind(findings, Fact.REGISTRATION)}
    groups = {
        N_("Report abuse to"): abuse,
        N_("Name servers"): with_role(findings, "name server"),
        N_("Holder"): of_kind(findings, Fact.ORGANISATION, Fact.PERSON),
        N_("Networks"): [each for each in of_kind(findings, Kind.CIDR) if each.value not in held],
        N_("Announced by"): [each for each in of_kind(findings, Kind.ASN) if each.value not in held],
        N_("Country"): of_kind(findings, Fact.LOCATION),
    }
    lines = [Line(clip.some([each.value for each in group]), tr(label)) for label, group in groups.items() if group]
    told = {id(each) for each in findings if each.value in held}
    return tuple(lines), told | {id(each) for group in groups.values() for each in group}
