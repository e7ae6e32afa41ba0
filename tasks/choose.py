"""Which collectors a scan gets, what each still lacks, and what makes two questions the same."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Sequence

import collectors
from collectors.declare import Collector
from core.clock import span
from core.errors import BadQuestion
from core.models import Kind, Offer, Target
from core.settings import Settings
from core.store import Choice


def choose(target: Target, names: Sequence[str], settings: Settings, *, team: str) -> list[Choice]:
    """The runs of a scan: the named collectors, or all that fit the target.

    Raises:
        BadQuestion: a name is unknown or does not fit, or nothing fits.
    """
    chosen = [_named(name) for name in dict.fromkeys(names)] or collectors.fitting(target.kind)
    for each in chosen:
        if target.kind not in each.accepts:
            accepts = ", ".join(each.accepts)
            raise BadQuestion(f"{each.name} does not take a target of kind {target.kind}. It takes: {accepts}.")
    if not chosen:
        raise BadQuestion(f"No collector takes a target of kind {target.kind} yet. See /scan collectors.")
    return [_choice(each, target, settings, team) for each in chosen]


def fitting_names(kind: Kind) -> frozenset[str]:
    """The collectors that accept this kind of target."""
    return frozenset(each.name for each in collectors.fitting(kind))


def offers(settings: Settings) -> list[Offer]:
    """What every collector offers now, for help texts and modals."""
    return [_offer(each, settings) for each in collectors.known().values()]


def titles() -> dict[str, str]:
    """Collector name to title."""
    return {name: each.title for name, each in collectors.known().items()}


def _named(name: str) -> Collector:
    known = collectors.known()
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else f" I have: {', '.join(known)}."
    raise BadQuestion(f'There is no collector "{name}".{hint}')


def _choice(each: Collector, target: Target, settings: Settings, team: str) -> Choice:
    lacks = _lacks(each, settings)
    question = [team, each.name, each.version, target.kind, target.value, _keys_print(each, settings)]
    question += [each.edition()] if each.edition else []  # other lists may give another answer
    key = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:40]
    return Choice(each.name, key, "no_key" if lacks else "", lacks)


def _lacks(each: Collector, settings: Settings) -> str:
    for key in each.keys:
        if key.required and not _value(settings, key.setting):
            return f"It needs a key. An admin can get one at {key.url} and set {key.setting.upper()}."
    return ""


def _keys_print(each: Collector, settings: Settings) -> str:
    """Another key may see another answer, so it asks another question; only a digest of it is kept."""
    values = "|".join(_value(settings, key.setting) for key in each.keys)
    return hashlib.sha256(values.encode()).hexdigest()[:12] if values.strip("|") else ""


def _value(settings: Settings, name: str) -> str:
    held = getattr(settings, name)
    return str(held.get_secret_value() if hasattr(held, "get_secret_value") else held)


def _offer(each: Collector, settings: Settings) -> Offer:
    lacks = _lacks(each, settings)
    paces = [f"{host}: {rate.calls:g} in {span(rate.seconds)}" for host, rate in each.rates]
    life = f"answers stay fresh for {span(each.life)}, empty ones for {span(each.life_nothing)}"
    return Offer(
        name=each.name,
        title=each.title,
        about=each.about,
        accepts=each.accepts,
        tells=each.tells,
        passive=each.passive,
        ready=not lacks,
        lacks=lacks,
        limits="; ".join([*paces, life]),
    )
