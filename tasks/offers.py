"""What each collector offers now, in words: for help texts, forms, plans and the operator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import collectors
from collectors.declare import Budget, Collector, Key, Rate
from core import recorded
from core.clock import span
from core.errors import BadSetting
from core.language import N_, NN_, ntr, tr
from core.language.noted import heard
from core.models import Kind, Offer
from core.settings import Settings


def offers(settings: Settings) -> list[Offer]:
    """What every collector that may be asked offers now."""
    return [_offer(each, settings) for each in offered(settings).values()]


def offered(settings: Settings) -> dict[str, Collector]:
    """The collectors that the operator lets people ask, by name, in order.

    Raises:
        BadSetting: COLLECTORS names one that does not exist.
    """
    known = collectors.known()
    for name in settings.collectors:
        if name not in known:
            raise BadSetting(f"COLLECTORS names {name[:40]}, which does not exist. I have: {', '.join(known)}.")
    return {name: each for name, each in known.items() if not settings.collectors or name in settings.collectors}


def lacks(each: Collector, settings: Settings, kind: Kind | None = None) -> str:
    """What must be set before this collector can be asked (about a kind of target); empty when nothing."""
    for key in each.keys:
        if (key.required or kind in key.needed_for) and not value_of(settings, key.setting):
            return recorded.NEEDS_KEY.format(url=key.url, setting=key.setting.upper())
    return ""


def value_of(settings: Settings, name: str) -> str:
    """The text of a setting, also of a secret one."""
    held = getattr(settings, name)
    return str(held.get_secret_value() if hasattr(held, "get_secret_value") else held)


def keys_of(settings: Settings, key: Key) -> list[str]:
    """The keys that the operator has given for this setting, one by one."""
    return value_of(settings, key.setting).replace(",", " ").split()


def _offer(each: Collector, settings: Settings) -> Offer:
    missing = lacks(each, settings)
    return Offer(
        name=each.name,
        title=tr(each.title),
        about=tr(each.about),
        accepts=each.accepts,
        tells=tr(each.tells),
        passive=each.passive,
        ready=not missing,
        lacks=heard(missing),
        limits=pace(each),
        gives=each.yields,
        touches=each.touches,
        spreads=each.spreads,
        options=tuple(replace(option, about=tr(option.about)) for option in each.options),
        keys=tuple(_key(key, settings) for key in each.keys),
        budgets=tuple(filter(None, (*map(budget, each.budgets), usual(each)))),
        lives=lives(each),
        label=label(each),
    )


def label(each: Collector) -> str:
    """Up to which label it may be asked, and of what nobody learns."""
    if not each.untold:
        return each.tlp.label
    untold = N_("{label}; nobody learns of a {kinds}, so that is looked at under every label")
    return tr(untold, label=each.tlp.label, kinds=_either(each.untold))


def _either(kinds: Iterable[Kind]) -> str:
    first, *others = map(str, kinds)
    for each in others:
        first = tr("{one} or {other}", one=first, other=each)
    return first


def pace(each: Collector) -> str:
    """How fast its hosts are asked at most."""
    said = [f"{host}: {_rate(rate)}" for host, rate in each.rates]
    others, every = N_("every other host: {rate}"), N_("each host: {rate}")
    return "; ".join([*said, tr(others if said else every, rate=_rate(each.default_rate))])


def _rate(rate: Rate) -> str:
    most = {"calls": f"{rate.calls:g}", "time": time(rate.seconds)}
    if rate.burst > 1:
        return tr("{calls} in {time}, {burst} may come at once", burst=rate.burst, **most)
    return tr("{calls} in {time}", **most)


def budget(granted: Budget) -> str:
    """What the source grants over longer times."""
    most = [tr("{n:,} a day", n=granted.day)] * bool(granted.day)
    most += [tr("{n:,} a month", n=granted.month)] * bool(granted.month)
    each, all_keys = N_("{source}: {limits} for each key"), N_("{source}: {limits}")
    limits = ", ".join(most) or tr("no limit known")
    return tr(each if granted.key else all_keys, source=granted.source, limits=limits)


def usual(each: Collector) -> str:
    """What a run takes as a rule from those that count: `Takes about 2 questions at VirusTotal`."""
    takes = {granted.source: granted.usual for granted in each.budgets if granted.usual}
    asked = NN_("{n} question at {source}", "{n} questions at {source}")
    said = [ntr(*asked, count, source=source) for source, count in takes.items()]
    return tr("Takes about {questions}", questions=", ".join(said)) if said else ""


def lives(each: Collector) -> str:
    """How long its answers count as fresh."""
    return tr("{time}; an empty or partial one {less}", time=time(each.life), less=time(each.life_nothing))


def time(seconds: float) -> str:
    """A time that somebody chose, exactly."""
    return f"{seconds:g} s" if seconds <= 300 else span(seconds)


def _key(key: Key, settings: Settings) -> str:
    held = len(keys_of(settings, key))
    state = tr("{n} keys set", n=held) if held > 1 else tr("set") if held else tr("not set")
    needed, optional = N_("{setting} (needed, {state}): {url}"), N_("{setting} (optional, {state}): {url}")
    return tr(needed if key.required else optional, setting=key.setting.upper(), state=state, url=key.url)
