"""Which collectors a scan gets, what each still lacks, and what makes two questions the same."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import collectors
from collectors.declare import Collector
from core import recorded
from core.cases import Tlp, allows
from core.errors import BadQuestion
from core.home import Off
from core.language import N_, tr
from core.models import Kind, Option, Target
from core.settings import Settings
from core.store import Choice
from tasks.offers import lacks, offered, value_of

NEEDS_CONSENT = "needs_consent"
REFUSED = "refused_by_operator"
MARKED = "tlp"
SWITCHED_OFF = "switched_off"
NONE_OFF: Mapping[str, Off] = MappingProxyType({})


def choose(
    target: Target,
    names: Sequence[str],
    settings: Settings,
    *,
    team: str,
    options: Sequence[str] = (),
    active: bool = False,
    tlp: Tlp | None = None,
    off: Mapping[str, Off] = NONE_OFF,
) -> list[Choice]:
    """The runs of a scan: the named collectors, or all that fit the target. With `active` the asker allows to touch
    the target itself. `options` were looked at by `check_options`: each collector takes those it declares. With a label
    `tlp`, those are left out that would tell the target to more people than it allows. Those that are switched `off`
    are skipped, with the reason.

    Raises:
        BadQuestion: a name is unknown or does not fit, or nothing fits.
    """
    chosen = _chosen(target.kind, names, options, settings)
    made = [_choice(each, target, settings, team, options, active=active) for each in chosen]
    marked = [_marked(each, one, target, tlp) for each, one in zip(chosen, made, strict=True)]
    return [_switched(each, off[each.collector]) if each.collector in off else each for each in marked]


def _marked(each: Collector, made: Choice, target: Target, tlp: Tlp | None) -> Choice:
    """The same choice, or the reason why the label does not allow it."""
    if tlp is None or made.reason or target.kind in each.untold or allows(each.tlp, tlp):
        return made
    return replace(made, reason=MARKED, lacks=marked_sentence(each, tlp))


def marked_sentence(each: Collector, tlp: Tlp) -> str:
    """Why a label is too strict for it."""
    return recorded.LABELLED.format(tells=each.tells, most=each.tlp.label, label=tlp.label)


def check_options(
    kinds: Iterable[Kind], names: Sequence[str], options: Sequence[str], settings: Settings, *, active: bool
) -> None:
    """That each option is one of a collector that will be asked, and may be done.

    Raises:
        BadQuestion: it is unknown, meant for others, or touches the target without consent.
    """
    chosen = {each.name: each for kind in kinds for each in _lenient(kind, names, options, settings)}
    for option in options:
        meant = [found for each in chosen.values() for found in each.wanted([option])]
        if not meant:
            raise BadQuestion(_no_such_option(option))
        if any(each.touches for each in meant):
            _check_consent(next(each for each in meant if each.touches), settings, active=active)


def _check_consent(option: Option, settings: Settings, *, active: bool) -> None:
    if settings.active == "refuse":
        never = N_("{name} touches the target itself, which the operator of this bot does not allow.")
        raise BadQuestion(tr(never, name=option.name))
    if settings.active == "ask" and not active:
        ask = N_(
            "{name} touches the target itself: {about} Allow that as well, with the word active or its box in the form."
        )
        raise BadQuestion(tr(ask, name=option.name, about=tr(option.about)))


def fitting(kind: Kind, settings: Settings, options: Sequence[str] = ()) -> list[Collector]:
    """The collectors that accept this kind of target, with these options, and may be asked, in order."""
    return [each for each in offered(settings).values() if each.takes(kind, options)]


def fitting_names(kind: Kind, settings: Settings, options: Sequence[str] = ()) -> frozenset[str]:
    """Their names."""
    return frozenset(each.name for each in fitting(kind, settings, options))


def titles() -> Mapping[str, str]:
    """Collector name to title, in the language that is spoken where one is read."""
    return _Titles({name: each.title for name, each in collectors.known().items()})


class _Titles(Mapping[str, str]):
    """Titles that are said anew each time, for whoever keeps them."""

    def __init__(self, kept: Mapping[str, str]) -> None:
        self._kept = kept

    def __getitem__(self, name: str) -> str:
        return tr(self._kept[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def lives_of(collector: str) -> tuple[float, float]:
    """For how many seconds a kept answer of this collector counts, and an empty one."""
    each = collectors.known()[collector]
    return each.life, each.life_nothing


def _chosen(kind: Kind, names: Sequence[str], options: Sequence[str], settings: Settings) -> list[Collector]:
    chosen = [_named(name, settings) for name in dict.fromkeys(names)] or fitting(kind, settings, options)
    for each in chosen:
        if kind not in each.accepts:
            accepts = ", ".join(each.accepts)
            other = N_("{name} does not take a target of kind {kind}. It takes: {kinds}.")
            raise BadQuestion(tr(other, name=each.name, kind=kind, kinds=accepts))
        if not each.takes(kind, options):
            needed = dict(each.only_with)[kind]
            only = N_("{name} takes a target of kind {kind} only with={option}.")
            raise BadQuestion(tr(only, name=each.name, kind=kind, option=needed))
    if not chosen:
        raise BadQuestion(tr("No collector takes a target of kind {kind} yet. See /scan collectors.", kind=kind))
    return chosen


def _lenient(kind: Kind, names: Sequence[str], options: Sequence[str], settings: Settings) -> list[Collector]:
    return [each for each in fitting(kind, settings, options) if not names or each.name in names]


def _named(name: str, settings: Settings) -> Collector:
    known = offered(settings)
    if name in known:
        return known[name]
    if name in collectors.known():
        other = N_("The operator of this bot does not offer {name}. I have: {names}.")
        raise BadQuestion(tr(other, name=name, names=", ".join(known)))
    close = difflib.get_close_matches(name, known, n=1)
    hint = tr("Did you mean {word}?", word=close[0]) if close else tr("I have: {names}.", names=", ".join(known))
    none = tr('There is no collector "{name}".', name=name)
    raise BadQuestion(f"{none} {hint}")


def _no_such_option(name: str) -> str:
    owners: dict[str, list[str]] = {}
    for each in collectors.known().values():
        for option in each.options:
            owners.setdefault(option.name, []).append(each.name)
    if name in owners:
        theirs = N_("The option {name} is one of {names}, which is not asked here.")
        return tr(theirs, name=name, names=", ".join(owners[name]))
    close = difflib.get_close_matches(name, owners, n=1)
    known = tr("I know: {names}.", names=", ".join(owners)) if owners else tr("No collector has options.")
    hint = tr("Did you mean {word}?", word=f"with={close[0]}") if close else known
    none = tr('There is no option "{name}".', name=name)
    return f"{none} {hint}"


def _choice(
    each: Collector, target: Target, settings: Settings, team: str, options: Sequence[str], *, active: bool
) -> Choice:
    wanted = each.wanted(options)
    question = [team, each.name, each.version, target.kind, target.value, _keys_print(each, settings)]
    asked = sorted(option.name for option in wanted)
    question += [asked] if asked else []  # without any, the question is the one that earlier releases asked
    question += [each.edition()] if each.edition else []  # other lists may give another answer
    key = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:40]
    touches = target.kind in each.touches or any(option.touches for option in wanted)
    if missing := lacks(each, settings, target.kind):
        return Choice(each.name, key, "no_key", missing, touches)
    if target.kind in each.touches and settings.active == "refuse":
        return Choice(each.name, key, REFUSED, recorded.REFUSES, touches)
    if target.kind in each.touches and settings.active == "ask" and not active:
        return Choice(each.name, key, NEEDS_CONSENT, consent_sentence(each), touches)
    return Choice(each.name, key, touches=touches)


def _switched(choice: Choice, off: Off) -> Choice:
    return replace(choice, reason=SWITCHED_OFF, lacks=recorded.SWITCHED_OFF.format(why=off.reason))


def consent_sentence(each: Collector) -> str:
    """What it would do, and who would learn of it; that it would touch the target is said by the reason."""
    return recorded.ASKS_FIRST.format(about=each.about, tells=each.tells)


def _keys_print(each: Collector, settings: Settings) -> str:
    """Another key may see another answer, so it asks another question; only a digest of it is kept."""
    values = "|".join(value_of(settings, key.setting) for key in each.keys)
    return hashlib.sha256(values.encode()).hexdigest()[:12] if values.strip("|") else ""
