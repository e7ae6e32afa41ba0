"""The collectors in lists and one by one: what each asks, who learns it, what it needs, and how it fares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, bullets, header, lines
from core.blocks.text import counted, plain, safe
from core.blocks.words import REASONS, kind_word, names_in
from core.clock import span
from core.health import Health
from core.models import Kind, Offer, Option, Outcome

SHOWN = 30  # lines of a list; the rest are counted
LONGEST = 60  # characters of a name in the list
LONGEST_TITLE = 80
ROOM = 12_000  # characters of a list, of about 13,200 that a message may have
UNKNOWN = "not asked yet"


def offers_list(offers: Sequence[Offer], health: Mapping[str, Health] | None = None, *, now: datetime) -> Message:
    """Every collector in a line: whether it is ready, whom it disturbs, how it fares. Made for a phone."""
    if not offers:
        return notice("No collector is installed.", next_step="Ask the operator to run: python -m bot doctor")
    ready = sum(offer.ready for offer in offers)
    text = f"{counted(len(offers), 'collector')}, {ready} ready."
    said = [Line(_brief(offer, (health or {}).get(offer.name), now), _title(offer)) for offer in offers[:SHOWN]]
    if len(offers) > SHOWN:
        said.append(Line(f"and {counted(len(offers) - SHOWN, 'more collector')}"))
    example = plain(next((each.name for each in offers), ""), LONGEST)
    more = Line(f"/scan collectors {example}", "What one asks, and who learns it")
    return compose(text, [header("Collectors"), lines(Line(text)), bullets(*said), lines(more)])


def offer_page(offer: Offer, health: Health | None = None, *, now: datetime, left: str = "") -> Message:
    """One collector in full; `left` is what is left of what its sources grant."""
    blocks: list[Block] = [header(offer.title), lines(Line(_words(offer.about, 600)))]
    rows = [Line(_words(text, 700), label) for label, text in _rows(offer, health, left, now) if text]
    blocks += [lines(*rows)]
    if offer.options:
        blocks += [lines(Line("", "Only when asked for")), bullets(*map(_option, offer.options[:20]))]
    state = "ready" if offer.ready else f"not ready: {offer.lacks or 'a key is missing'}"
    return compose(f"{safe(offer.title, 80)}: {safe(state, 250, spare=names_in(state))}", blocks)


def offers_for(kind: Kind, offers: Sequence[Offer]) -> Message:
    """Which collectors take a kind of target, and what each gives."""
    fitting = [offer for offer in offers if kind in offer.accepts]
    if not fitting:
        return notice(
            f"No collector looks up this kind yet: {kind_word(kind)}.",
            next_step="See /scan collectors for what I can look up.",
        )
    text = f"{counted(len(fitting), 'collector')} for this kind: {kind_word(kind)}."
    room = ROOM // min(len(fitting), SHOWN) - LONGEST_TITLE
    said = [Line(_given(offer, kind, min(500, room)), _title(offer)) for offer in fitting[:SHOWN]]
    if len(fitting) > SHOWN:
        said.append(Line(f"and {counted(len(fitting) - SHOWN, 'more collector')}"))
    return compose(text, [header(f"Looking up: {kind_word(kind)}"), bullets(*said)])


def faring(health: Health | None, now: datetime) -> str:
    """How a collector fares, in one line: failures first."""
    if health is None or (health.answered_at is None and not health.asked):
        return UNKNOWN
    last = f"last answer {span(max(0.0, (now - health.answered_at).total_seconds()))} ago" if health.answered_at else ""
    failed = health.hour.get(Outcome.FAILED, 0)
    why = REASONS.get(health.reason, health.reason.replace("_", " "))
    bad = f"{failed} of {health.asked} failed in the last hour ({why})" if failed else ""
    return ", ".join(filter(None, (bad, last or "no answer on record")))


def _brief(offer: Offer, health: Health | None, now: datetime) -> str:
    said = [plain(offer.name, LONGEST)]
    said += ["asks the target itself"] * bool(offer.touches) + ["tells many third parties"] * offer.spreads
    said.append(faring(health, now) if offer.ready else f"not ready: {_words(offer.lacks or 'a key is missing', 150)}")
    return plain(", ".join(said), 330, spare=names_in(f"{offer.title} {offer.lacks}"))


def _given(offer: Offer, kind: Kind, most: int) -> str:
    touches = "Touches the target itself, so it asks you first." if kind in offer.touches else ""
    spreads = "Tells many third parties." if offer.spreads else ""
    ready = "ready" if offer.ready else f"not ready: {offer.lacks or 'a key is missing'}"
    extras = f"Extras: with={','.join(each.name for each in offer.options)}." if offer.options else ""
    said = (offer.about, touches, spreads, extras, f"Name: {offer.name}, {ready}.")
    return _words(" ".join(filter(None, said)), most)


def _rows(offer: Offer, health: Health | None, left: str, now: datetime) -> list[tuple[str, str]]:
    return [
        ("Name", f"{offer.name}, " + ("ready" if offer.ready else f"not ready: {offer.lacks or 'a key is missing'}")),
        ("Now", faring(health, now) + _outcomes(health)),
        ("Takes", ", ".join(map(kind_word, offer.accepts))),
        ("Gives", ", ".join(map(kind_word, offer.gives))),
        ("Who learns what we ask", offer.tells),
        ("Passive or active", _manner(offer)),
        ("Asked up to", offer.label),
        ("Keys", "; ".join(offer.keys) or "none needed"),
        ("Asked at most", offer.limits),
        ("Granted by the source", "; ".join(offer.budgets)),
        ("Left of that", left),
        ("Answers stay fresh for", offer.lives),
    ]


def _manner(offer: Offer) -> str:
    spreads = " It tells many third parties whom we ask about." if offer.spreads else ""
    if not offer.touches:
        return f"passive: it never touches the target itself, unless an extra does.{spreads}"
    kinds = ", ".join(map(kind_word, offer.touches))
    return f"active for {kinds}: it touches the target itself, so it asks you first.{spreads}"


def _outcomes(health: Health | None) -> str:
    if health is None:
        return ""
    hour = ", ".join(f"{count} {outcome}" for outcome, count in sorted(health.hour.items()))
    times = (
        f"half of its runs took at most {span(health.p50_s)}, 19 of 20 at most {span(health.p95_s)}"
        if health.p50_s is not None and health.p95_s is not None
        else ""
    )
    return "".join(f"; {said}" for said in (f"last hour: {hour}" if hour else "", times) if said)


def _option(option: Option) -> Line:
    touches = " Touches the target itself, so it needs active too." if option.touches else ""
    return Line(_words(option.about + touches, 400), plain(f"with={option.name}", LONGEST))


def _title(offer: Offer) -> str:
    return plain(offer.title, LONGEST_TITLE, spare=names_in(offer.title))


def _words(text: str, most: int) -> str:
    """Our own words, where names of sources are no traps."""
    return plain(text, most, spare=names_in(text))
