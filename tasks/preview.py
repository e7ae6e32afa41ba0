"""What a wish would do: the same choice as `start` makes, looked at without asking or writing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import collectors
from collectors.declare import Collector
from core import clock
from core.health import Health
from core.language import N_, tr
from core.language.noted import heard
from core.ledger import Ledger
from core.models import Run, Target
from core.previews import Left, Preview, Step, Way
from core.settings import Settings
from core.store import Choice, Store
from tasks.choose import lives_of
from tasks.offers import budget, usual
from tasks.outlook import Outlook, outlook
from tasks.permission import check_list
from tasks.scan import chosen, settled
from tasks.wish import Wish


@dataclass(frozen=True, slots=True)
class _Known:
    """What the record and the ledger say about the choices."""

    kept: Mapping[str, Run]  # fresh answers, by key
    health: Mapping[str, Health]
    left: Mapping[str, Left]


async def left(ledger: Ledger, settings: Settings) -> dict[str, Left]:
    """What is left of each collector's budgets, by its name; of those that declare one. Uses nothing."""
    found = {}
    for each in collectors.known().values():
        if each.budgets and (looks := await outlook(ledger, each, settings)):
            words = "; ".join(filter(None, map(_words, looks)))
            found[each.name] = Left(words, max(look.wait_seconds for look in looks))
    return found


def _words(look: Outlook) -> str:
    """VirusTotal: 480 of 500 left today, 15,100 of 15,500 this month."""
    today, month = N_("{left:,} of {limit:,} left today"), N_("{left:,} of {limit:,} left this month")
    windows = ((today, look.left_day, look.limit_day), (month, look.left_month, look.limit_month))
    said = [tr(way, left=left, limit=limit) for way, left, limit in windows if left is not None and limit]
    if look.broken_until is not None:
        said.append(tr("nobody asks it before {time} UTC", time=f"{look.broken_until:%H:%M}"))
    return f"{look.source}: {', '.join(said)}" if said else ""


def preview(store: Store, settings: Settings, wish: Wish, *, left: Mapping[str, Left] | None = None) -> list[Preview]:
    """What a scan of each target would do. `left` says what is left of each collector's budgets; without, what they
    are.

    Raises:
        BadQuestion, NotAllowed: as `tasks.scan.start`; a reason is not needed to plan.
        StoreDown: the record does not answer.
    """
    wish = settled(store, settings, wish)
    check_list(store, wish.targets, wish, verb="plan")
    plans = chosen(settings, wish, off=store.switches.off(wish.place.team))
    choices = [choice for _, each in plans for choice in each if not choice.reason]
    keys = {choice.key: lives_of(choice.collector) for choice in choices}
    known = _Known(
        {} if wish.fresh else store.runs.answered_among(keys),
        store.health.of(dict.fromkeys(choice.collector for choice in choices)),
        left or {},
    )
    return [_preview(target, each, wish, known) for target, each in plans]


def _preview(target: Target, choices: Sequence[Choice], wish: Wish, known: _Known) -> Preview:
    declared = [(collectors.known()[each.collector], each) for each in choices]
    steps = tuple(_step(collector, each, wish, known) for collector, each in declared)
    more = {option.name: option for collector, _ in declared for option in collector.options}
    return Preview(target, steps, tuple(each for each in more.values() if each.name not in wish.options))


def _step(collector: Collector, choice: Choice, wish: Wish, known: _Known) -> Step:
    name, title = collector.name, tr(collector.title)
    if choice.reason:
        return Step(name, title, Way.SKIP, choice.reason, heard(choice.lacks), touches=choice.touches)
    kept = known.kept.get(choice.key)
    if kept is not None and kept.answered_at is not None:
        return Step(name, title, Way.KEPT, age_s=max(0.0, (clock.now() - kept.answered_at).total_seconds()))
    fares, room = known.health.get(name, Health(name)), known.left.get(name, Left())
    return Step(
        name,
        title,
        Way.ASK,
        p50_s=fares.p50_s,
        p95_s=fares.p95_s,
        wait_s=room.wait_s,
        cost=". ".join(filter(None, (usual(collector), room.words or "; ".join(map(budget, collector.budgets))))),
        options=tuple(option.name for option in collector.wanted(wish.options)),
        touches=choice.touches,
        spreads=collector.spreads,
    )
