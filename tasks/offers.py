"""What each collector offers now, in words: for help texts, forms, plans and the operator."""

from __future__ import annotations

import collectors
from collectors.declare import Budget, Collector, Key, Rate
from core.clock import span
from core.errors import BadSetting
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
            return f"It needs a key. An admin can get one at {key.url} and set {key.setting.upper()}."
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
        title=each.title,
        about=each.about,
        accepts=each.accepts,
        tells=each.tells,
        passive=each.passive,
        ready=not missing,
        lacks=missing,
        limits=pace(each),
        gives=each.yields,
        touches=each.touches,
        spreads=each.spreads,
        options=each.options,
        keys=tuple(_key(key, settings) for key in each.keys),
        budgets=tuple(filter(None, (*map(budget, each.budgets), usual(each)))),
        lives=lives(each),
        label=label(each),
    )


def label(each: Collector) -> str:
    """Up to which label it may be asked, and of what nobody learns."""
    untold = f"; nobody learns of a {' or '.join(each.untold)}, so that is looked at under every label"
    return each.tlp.label + (untold if each.untold else "")


def pace(each: Collector) -> str:
    """How fast its hosts are asked at most."""
    said = [f"{host}: {_rate(rate)}" for host, rate in each.rates]
    return "; ".join([*said, f"{'every other host' if said else 'each host'}: {_rate(each.default_rate)}"])


def _rate(rate: Rate) -> str:
    burst = f", {rate.burst} may come at once" if rate.burst > 1 else ""
    return f"{rate.calls:g} in {time(rate.seconds)}{burst}"


def budget(granted: Budget) -> str:
    """What the source grants over longer times."""
    most = [f"{granted.day:,} a day"] * bool(granted.day) + [f"{granted.month:,} a month"] * bool(granted.month)
    return f"{granted.source}: {', '.join(most) or 'no limit known'}" + (" for each key" if granted.key else "")


def usual(each: Collector) -> str:
    """What a run takes as a rule from those that count: `Takes about 2 questions at VirusTotal`."""
    takes = {granted.source: granted.usual for granted in each.budgets if granted.usual}
    said = [f"{count} {'question' if count == 1 else 'questions'} at {source}" for source, count in takes.items()]
    return f"Takes about {', '.join(said)}" if said else ""


def lives(each: Collector) -> str:
    """How long its answers count as fresh."""
    return f"{time(each.life)}; an empty or partial one {time(each.life_nothing)}"


def time(seconds: float) -> str:
    """A time that somebody chose, exactly."""
    return f"{seconds:g} s" if seconds <= 300 else span(seconds)


def _key(key: Key, settings: Settings) -> str:
    held = len(keys_of(settings, key))
    state = f"{held} keys set" if held > 1 else "set" if held else "not set"
    return f"{key.setting.upper()} ({'needed' if key.required else 'optional'}, {state}): {key.url}"
