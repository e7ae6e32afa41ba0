"""Which playbook a name means for a team, and whom it asks about a target."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import collectors
from core.errors import BadQuestion
from core.language import N_, tr
from core.models import Kind
from core.playbooks import Playbook, check_name, playbook_of, shipped
from core.settings import Settings
from core.store import Store
from tasks.choose import fitting
from tasks.offers import offered
from tasks.rules import rules


def all_of(store: Store, team: str) -> dict[str, Playbook]:
    """The shipped playbooks and the team's own, by name; of two with one name the team's. Blocking."""
    return dict(sorted((dict(shipped()) | store.playbooks.newest(team)).items()))


def find(store: Store, team: str, text: str) -> Playbook:
    """The playbook `name`, or that version of it: `name@2`. Blocking.

    Raises:
        BadQuestion: there is none.
    """
    name, at, number = text.lower().partition("@")
    check_name(name)
    known = all_of(store, team)
    if not at:
        if name in known:
            return known[name]
        raise _none(name, known)
    version = int(number) if number.isdecimal() and len(number) < 9 else 0
    found = store.playbooks.version(team, name, version)
    ours = shipped().get(name)
    if found is None and ours is not None and ours.version == version:
        return ours
    if found is None:
        none = N_('There is no version {version} of a playbook "{name}". See /scan playbook {name}')
        raise BadQuestion(tr(none, version=number[:9], name=name))
    return found


def applied(playbook: Playbook, kinds: Iterable[Kind], settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The collectors and options that a playbook gives for targets of these kinds. Collectors that are not offered any
    more are left out: `missing` names them.

    Raises:
        BadQuestion: it is not for one of these kinds, or none of its collectors takes one.
    """
    kinds = tuple(dict.fromkeys(kinds))
    for kind in kinds:
        if playbook.kinds and kind not in playbook.kinds:
            meant = ", ".join(playbook.kinds)
            other = N_("The playbook {name} is not for a target of kind {kind}. It takes: {kinds}.")
            raise BadQuestion(tr(other, name=playbook.name, kind=kind, kinds=meant))
        if playbook.names and not _takers(playbook, kind, settings):
            none = N_("None of the collectors of {name} takes a target of kind {kind}.")
            raise BadQuestion(tr(none, name=playbook.name, kind=kind))
    takers = {name for kind in kinds for name in _takers(playbook, kind, settings)}
    theirs = {option.name for name in takers for option in collectors.known()[name].options}
    return (
        tuple(name for name in playbook.names if name in offered(settings)),
        tuple(option for option in playbook.options if option in theirs),
    )


def missing(playbook: Playbook, settings: Settings) -> tuple[str, ...]:
    """Its collectors that are not offered here."""
    return tuple(name for name in playbook.names if name not in offered(settings))


def next_version(
    store: Store,
    settings: Settings,
    team: str,
    name: str,
    *,
    about: str,
    names: Sequence[str],
    options: Sequence[str],
    kinds: Sequence[str],
    rules: Sequence[str] = (),
    after: int,
    by: str,
) -> Playbook:
    """Write the version that follows version `after`, 0 for a new one. Scans that run keep theirs. Blocking.

    Raises:
        BadQuestion: something in it is unknown, or somebody wrote that version meanwhile.
    """
    spec: dict[str, object] = {"about": about, "collectors": names, "options": options, "kinds": kinds, "rules": rules}
    made = playbook_of(name, after + 1, spec)
    _check_names(made, settings)
    last = store.playbooks.last_version(team, name)  # first: who writes one after this is seen below, or at writing
    known = all_of(store, team).get(name)
    newest = known.version if known is not None else 0
    if newest != after:
        passed = N_("Meanwhile {name} is at version {version}. Look at it again: /scan playbook {name}")
        raise BadQuestion(tr(passed, name=name, version=newest))
    if known is not None and made.about == tr(known.about):
        spec["about"] = known.about  # shown in the reader's language, and left as it is
    made = playbook_of(name, max(newest, last) + 1, spec, made_by=by)
    if not store.playbooks.add(team, made, by=by):
        raise BadQuestion(
            tr("Somebody else changed {name} just now. Look at it again: /scan playbook {name}", name=name)
        )
    return made


def _check_names(playbook: Playbook, settings: Settings) -> None:
    known = offered(settings)
    for name in playbook.names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            others = tr("I have: {names}.", names=", ".join(known))
            hint = tr("Did you mean {word}?", word=close[0]) if close else others
            none = tr('There is no collector "{name}".', name=name[:40])
            raise BadQuestion(f"{none} {hint}", field="collectors")
    asked = playbook.names or tuple(known)
    options = {option.name for name in asked for option in known[name].options}
    for option in playbook.options:
        if option not in options:
            none = tr('None of its collectors has an option "{name}".', name=option[:40])
            raise BadQuestion(none, field="options")
    ruling = [rule.name for rule in rules().rules]
    for name in playbook.rules:
        if name not in ruling:
            close = difflib.get_close_matches(name, ruling, n=1)
            hint = tr("Did you mean {word}?", word=close[0]) if close else tr("The documentation lists the rules.")
            none = tr('There is no rule "{name}".', name=name[:40])
            raise BadQuestion(f"{none} {hint}", field="rules")
    if not playbook.names and not playbook.options and not playbook.rules:
        raise BadQuestion(tr("Name at least one collector, option or rule."), field="collectors")


def _takers(playbook: Playbook, kind: Kind, settings: Settings) -> set[str]:
    fit = {each.name for each in fitting(kind, settings, playbook.options)}
    return fit.intersection(playbook.names) if playbook.names else fit


def _none(name: str, known: Iterable[str]) -> BadQuestion:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = tr("Did you mean {word}?", word=close[0]) if close else tr("There are: {names}.", names=", ".join(names))
    none = tr('There is no playbook "{name}".', name=name)
    return BadQuestion(f"{none} {hint}")
