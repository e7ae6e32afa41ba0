"""The collectors in lists and one by one: what each asks, who learns it, what it needs, and how it fares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, bullets, header, lines
from core.blocks.text import plain, safe
from core.blocks.words import REASONS, kind_word, names_in
from core.clock import span
from core.health import Health
from core.language import N_, NN_, ntr, tr
from core.models import Kind, Offer, Option, Outcome

SHOWN = 30  # lines of a list; the rest are counted
LONGEST = 60  # characters of a name in the list
LONGEST_TITLE = 80
ROOM = 12_000  # characters of a list, of about 13,200 that a message may have
UNKNOWN = N_("not asked yet")
MORE = NN_("and {n:,} more collector", "and {n:,} more collectors")
HOURS = {  # how many of the last hour's runs ended so
    "found": N_("{n} found"),
    "nothing": N_("{n} nothing"),
    "partial": N_("{n} partial"),
    "failed": N_("{n} failed"),
    "skipped": N_("{n} skipped"),
    "cancelled": N_("{n} cancelled"),
}


def offers_list(offers: Sequence[Offer], health: Mapping[str, Health] | None = None, *, now: datetime) -> Message:
    """Every collector in a line: whether it is ready, whom it disturbs, how it fares. Made for a phone."""
    if not offers:
        step = tr("Ask the operator to run: python -m bot doctor")
        return notice(tr("No collector is installed."), next_step=step)
    ready = sum(offer.ready for offer in offers)
    text = ntr("{n:,} collector, {ready} ready.", "{n:,} collectors, {ready} ready.", len(offers), ready=ready)
    said = [Line(_brief(offer, (health or {}).get(offer.name), now), _title(offer)) for offer in offers[:SHOWN]]
    if len(offers) > SHOWN:
        said.append(Line(ntr(*MORE, len(offers) - SHOWN)))
    example = plain(next((each.name for each in offers), ""), LONGEST)
    more = Line(f"/scan collectors {example}", tr("What one asks, and who learns it"))
    return compose(text, [header(tr("Collectors")), lines(Line(text)), bullets(*said), lines(more)])


def offer_page(offer: Offer, health: Health | None = None, *, now: datetime, left: str = "") -> Message:
    """One collector in full; `left` is what is left of what its sources grant."""
    blocks: list[Block] = [header(offer.title), lines(Line(_words(offer.about, 600)))]
    rows = [Line(_words(text, 700), label) for label, text in _rows(offer, health, left, now) if text]
    blocks += [lines(*rows)]
    if offer.options:
        blocks += [lines(Line("", tr("Only when asked for"))), bullets(*map(_option, offer.options[:20]))]
    state = _readiness(offer)
    return compose(f"{safe(offer.title, 80)}: {safe(state, 250, spare=names_in(state))}", blocks)


def offers_for(kind: Kind, offers: Sequence[Offer]) -> Message:
    """Which collectors take a kind of target, and what each gives."""
    fitting = [offer for offer in offers if kind in offer.accepts]
    if not fitting:
        return notice(
            tr("No collector looks up this kind yet: {kind}.", kind=kind_word(kind)),
            next_step=tr("See /scan collectors for what I can look up."),
        )
    those = NN_("{n:,} collector for this kind: {kind}.", "{n:,} collectors for this kind: {kind}.")
    text = ntr(*those, len(fitting), kind=kind_word(kind))
    room = ROOM // min(len(fitting), SHOWN) - LONGEST_TITLE
    said = [Line(_given(offer, kind, min(500, room)), _title(offer)) for offer in fitting[:SHOWN]]
    if len(fitting) > SHOWN:
        said.append(Line(ntr(*MORE, len(fitting) - SHOWN)))
    return compose(text, [header(tr("Looking up: {kind}", kind=kind_word(kind))), bullets(*said)])


def faring(health: Health | None, now: datetime) -> str:
    """How a collector fares, in one line: failures first."""
    if health is None or (health.answered_at is None and not health.asked):
        return tr(UNKNOWN)
    last = tr("no answer on record")
    if health.answered_at:
        age = span(max(0.0, (now - health.answered_at).total_seconds()))
        last = tr("last answer {span} ago", span=age)
    failed = health.hour.get(Outcome.FAILED, 0)
    why = tr(REASONS.get(health.reason, "")) or health.reason.replace("_", " ")
    bad = N_("{failed} of {asked} failed in the last hour ({why})")
    return ", ".join([*[tr(bad, failed=failed, asked=health.asked, why=why)] * bool(failed), last])


def _readiness(offer: Offer) -> str:
    return tr("ready") if offer.ready else tr("not ready: {why}", why=offer.lacks or tr("a key is missing"))


def _brief(offer: Offer, health: Health | None, now: datetime) -> str:
    said = [plain(offer.name, LONGEST)]
    said += [tr("asks the target itself")] * bool(offer.touches) + [tr("tells many third parties")] * offer.spreads
    lacks = _words(offer.lacks or tr("a key is missing"), 150)
    said.append(faring(health, now) if offer.ready else tr("not ready: {why}", why=lacks))
    return plain(", ".join(said), 330, spare=names_in(f"{offer.title} {offer.lacks}"))


def _given(offer: Offer, kind: Kind, most: int) -> str:
    touches = tr("Touches the target itself, so it asks you first.") if kind in offer.touches else ""
    spreads = tr("Tells many third parties.") if offer.spreads else ""
    extras = tr("Extras: with={names}.", names=",".join(each.name for each in offer.options)) if offer.options else ""
    name = tr("Name: {name}, {state}.", name=offer.name, state=_readiness(offer))
    said = (offer.about, touches, spreads, extras, name)
    return _words(" ".join(filter(None, said)), most)


def _rows(offer: Offer, health: Health | None, left: str, now: datetime) -> list[tuple[str, str]]:
    return [
        (tr("Name"), f"{offer.name}, {_readiness(offer)}"),
        (tr("Now"), faring(health, now) + _outcomes(health)),
        (tr("Takes"), ", ".join(map(kind_word, offer.accepts))),
        (tr("Gives"), ", ".join(map(kind_word, offer.gives))),
        (tr("Who learns what we ask"), offer.tells),
        (tr("Passive or active"), _manner(offer)),
        (tr("Asked up to"), offer.label),
        (tr("Keys"), "; ".join(offer.keys) or tr("none needed")),
        (tr("Asked at most"), offer.limits),
        (tr("Granted by the source"), "; ".join(offer.budgets)),
        (tr("Left of that"), left),
        (tr("Answers stay fresh for"), offer.lives),
    ]


def _manner(offer: Offer) -> str:
    said = [tr("passive: it never touches the target itself, unless an extra does.")]
    if offer.touches:
        kinds = ", ".join(map(kind_word, offer.touches))
        said = [tr("active for {kinds}: it touches the target itself, so it asks you first.", kinds=kinds)]
    said += [tr("It tells many third parties whom we ask about.")] * offer.spreads
    return " ".join(said)


def _outcomes(health: Health | None) -> str:
    if health is None:
        return ""
    hour = ", ".join(tr(HOURS[outcome], n=count) for outcome, count in sorted(health.hour.items()))
    said = [tr("last hour: {counts}", counts=hour)] if hour else []
    if health.p50_s is not None and health.p95_s is not None:
        times = N_("half of its runs took at most {half}, 19 of 20 at most {most}")
        said.append(tr(times, half=span(health.p50_s), most=span(health.p95_s)))
    return "".join(f"; {each}" for each in said)


def _option(option: Option) -> Line:
    said = option.about
    if option.touches:
        said = tr("{about} Touches the target itself, so it needs active too.", about=option.about)
    return Line(_words(said, 400), plain(f"with={option.name}", LONGEST))


def _title(offer: Offer) -> str:
    return plain(offer.title, LONGEST_TITLE, spare=names_in(offer.title))


def _words(text: str, most: int) -> str:
    """Our own words, where names of sources are no traps."""
    return plain(text, most, spare=names_in(text))
