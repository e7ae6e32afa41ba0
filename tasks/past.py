"""Looks back from a scan: who scanned the same target before, and what changed since; as far as its reader may know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.access import Reader, audience, only_as_admin, sees
from core.blocks.facts import is_direct_only
from core.blocks.readers import as_seen, is_direct
from core.blocks.words import count
from core.cases import tlp_of
from core.change import Before, Change, compare
from core.errors import BadQuestion
from core.language import N_, tr
from core.models import ANSWERS, Run, Scan, Target
from core.rounds import ended_at, last_ended, of_round
from core.store import Store
from core.targets import display, spell

SPOT = re.compile(r"(?P<id>[a-z0-9]{4,32})(?:/(?P<round>\d{1,6}))?|(?:round=?)?(?P<bare>\d{1,6})", re.ASCII)
MOST_LOOKS = 50
FEW_LOOKS = 10  # one of the last few has mostly ended, with an answer


@dataclass(frozen=True, slots=True)
class Spot:
    """One look at a target: a scan as it stood at the end of one of its rounds. `scan` has no findings yet."""

    scan: Scan
    round: int

    @property
    def name(self) -> str:
        """How one asks for it again."""
        return f"{self.scan.id}/{self.round}"


def everybody_in(scan: Scan) -> Reader:
    """What all who read a scan's thread may know: nothing that is marked more strictly than the scan. In a direct
    message that is what the asker may."""
    reader = audience(scan.place, tlp_of(scan.belongs.tlp))
    return replace(reader, user=scan.asker.user) if is_direct(scan.place) else reader


def before(store: Store, scan: Scan, reader: Reader) -> Before | None:
    """Who looked at this target last before this scan was opened, of what the reader may know. What came of that scan
    afterwards does not count, so the answer stays the same. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    found = _last(store, scan, reader)
    if found is None:
        return None
    view = of_round(found.scan, found.round)
    found_then = sum(map(count, view.runs))
    return Before(view.id, view.asker.user, view.place.channel, ended_at(view), found.round, found_then)


def change(store: Store, scan: Scan, reader: Reader, *, alone: bool) -> Change | None:
    """What changed since the round before this one, or since the last look before this scan; None while it runs, or
    when there was none. `alone`: the reader may see what only a direct message shows. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    if scan.finished_at is None or not scan.runs:
        return None
    if scan.round > 1:
        whole = store.scans.get(scan.id, all_rounds=True)
        return compared(of_round(whole, scan.round - 1), scan, alone=alone)
    was = _held_against(store, scan, reader)
    return compared(was, scan, alone=alone) if was is not None else None


def baseline(store: Store, whole: Scan, number: int) -> Scan | None:
    """What a round of a scan is held against in its thread; the scan must have the runs of all rounds. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    if number > 1:
        return of_round(whole, number - 1)
    return _held_against(store, whole, everybody_in(whole))


def of_run(was: Scan, view: Scan, run: Run) -> Change:
    """What one collector's answer changes, for those who read the thread."""
    mine = tuple(each for each in was.runs if each.collector == run.collector)
    return compared(replace(was, runs=mine), replace(view, runs=(run,)), alone=is_direct(view.place))


def compared(was: Scan, is_: Scan, *, alone: bool) -> Change:
    """What differs, for a reader: what only a direct message shows is counted for others."""
    seen = compare(_read(was, alone=alone), _read(is_, alone=alone))
    direct = (is_direct_only(each) for one in (was, is_) for run in one.runs for each in run.findings)
    if alone or not any(direct):
        return seen
    whole = compare(was, is_)
    held = sum(len(getattr(whole, each)) - len(getattr(seen, each)) for each in ("new", "gone", "changed"))
    return replace(seen, held=max(0, held), found=whole.found, direct=max(0, whole.found - seen.found))


def loaded(store: Store, spot: Spot) -> Scan:
    """The look with its findings.

    Raises:
        KeyError: it was forgotten meanwhile.
    """
    return of_round(store.scans.get(spot.scan.id, all_rounds=True), spot.round)


def spots(scans: Sequence[Scan]) -> list[Spot]:
    """The ended rounds of these scans, newest first."""
    return [Spot(one, number) for one in scans for number in range(last_ended(one), 0, -1)]


def chosen(store: Store, reader: Reader, target: Target, names: Sequence[str]) -> tuple[Spot, Spot]:
    """The two looks that somebody names, the older first: none named, the last two; one, that one and the newest.

    Raises:
        BadQuestion: there are no two looks, or one of the names is none the reader may know.
    """
    known = spots(store.past.looks(reader, target, limit=MOST_LOOKS))
    if len(known) < 2:
        one = N_(
            "I know of one look at {target} by you or in this channel. Two are needed. Look again: /scan {typed} fresh"
        )
        none = N_(
            "I know of no look at {target} by you or in this channel. Two are needed. Look again: /scan {typed} fresh"
        )
        raise BadQuestion(tr(one if known else none, target=display(target), typed=spell(target)))
    named = [_named(each, known, target) for each in names[:2]]
    if len(named) < 2:
        newest = known[0] if not named or named[0] != known[0] else known[1]
        named = [named[0] if named else known[1], newest]
    first, second = sorted(named, key=known.index, reverse=True)
    if first == second:
        same = N_("Both are the same look, {name}. Name two: /scan history {typed}")
        raise BadQuestion(tr(same, name=first.name, typed=spell(target)))
    return first, second


def earlier(store: Store, reader: Reader, whole: Scan, ended: int, against: str) -> Spot:
    """What a scan's round is held against: the look that is named (`id`, `id/round`, or a round of this scan), else
    the round before it, else the last look before this scan. Blocking.

    Raises:
        KeyError: there is none that the reader may know.
    """
    name, _, number = against.partition("/")
    if not against:
        found = Spot(whole, ended - 1) if ended > 1 else _last(store, whole, reader)
    elif name.isdecimal() and not number and int(name) < ended:
        found = Spot(whole, int(name))
    else:
        other = store.scans.get(name, all_rounds=True)
        newest = last_ended(other)
        fits = sees(reader, other) and other.target == whole.target and other.place.team == whole.place.team
        found = Spot(other, int(number or newest)) if fits and 0 < int(number or newest) <= newest else None
    if found is None or not found.round:
        raise KeyError(against)
    return found


def _named(name: str, known: Sequence[Spot], target: Target) -> Spot:
    match = SPOT.fullmatch(name.strip("`#").lower())
    if match is not None:
        number = int(match["round"] or match["bare"] or 0)
        scan_id = match["id"] or ""
        if not match["bare"] and scan_id.isdecimal():  # "2": a round of the newest scan
            scan_id, number = known[0].scan.id, int(scan_id)
        wanted = scan_id or known[0].scan.id
        fitting = (each for each in known if each.scan.id == wanted and number in (0, each.round))
        if found := next(fitting, None):
            return found
    none = N_('I know of no look "{name}" at {target} by you or in this channel. See /scan history {typed}')
    raise BadQuestion(tr(none, name=name[:40], target=display(target), typed=spell(target)))


def _last(store: Store, scan: Scan, reader: Reader) -> Spot | None:
    """The newest look that had ended when this scan was opened; one at which somebody answered, if there is one."""
    first: Spot | None = None
    for each in store.past.looks(reader, scan.target, before=scan, limit=FEW_LOOKS):
        spot = Spot(each, last_ended(each, before=scan.created_at))
        if not spot.round or only_as_admin(reader, each):  # what is TLP:RED admins read on purpose, and it is noted
            continue
        if any(run.outcome in ANSWERS for run in of_round(each, spot.round).runs):
            return spot
        first = first or spot
    return first


def _held_against(store: Store, scan: Scan, reader: Reader) -> Scan | None:
    """The last look before this scan, with its findings; None when there is none, or it was forgotten just now."""
    found = _last(store, scan, reader)
    try:
        return loaded(store, found) if found is not None else None
    except KeyError:
        return None


def _read(scan: Scan, *, alone: bool) -> Scan:
    return replace(scan, runs=tuple(as_seen(scan, run, alone=alone)[1] for run in scan.runs))
