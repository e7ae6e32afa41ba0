"""What was asked before, and what changed since: the history of a target, and the difference of two looks at it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from bot.front import GLANCE, Front
from bot.guard import Who
from core import blocks
from core.access import Reader, sees
from core.blocks import Message
from core.blocks.readers import reads_alone
from core.change import Before, Change
from core.errors import BadQuestion, NotATarget, StoreDown
from core.language import N_, tr
from core.models import Scan, Target
from core.rounds import of_round
from core.seal import Action
from core.store import Store
from core.targets import parse, split
from tasks import past
from tasks.compared import with_before
from tasks.past import Spot

MOST_LISTED = 20
MOST_COMPARED = 10  # looks in a history that are held against the one before
MOST_FOUND = 4_000  # findings of all of them: more are not read within the time of a command
SCAN_ID = re.compile(r"[a-z0-9]{8}(?:/\d{1,6})?", re.ASCII)
Alone = Callable[[Scan], bool]  # whether the reader may read all of it
GONE = N_("One of the two looks is no longer in my record.")


async def history(front: Front, who: Who, reader: Reader, rest: str) -> Message:
    """Earlier scans of a target, each with what it changed against the one before; of all targets without one."""
    seal = front.seal(who.place.team)
    if not rest:
        known = (who.user, who.place.channel)
        scans = await front.record(lambda: front.store.scans.recent(who.place.team, known_to=known, limit=MOST_LISTED))
        return blocks.history(None, [each for each in scans if sees(reader, each)], titles=front.titles)
    target = parse(rest, allow=front.settings.allow_networks)
    looks = await front.record(lambda: front.store.past.looks(reader, target, limit=MOST_LISTED))
    changes = await front.record(partial(steps, front.store, looks, alone=partial(reads_alone, who.place, who.user)))
    shown = [of_round(each, each.round) for each in looks]
    return blocks.history(target, shown, titles=front.titles, changes=changes, seal=seal)


def steps(store: Store, looks: Sequence[Scan], *, alone: Alone) -> dict[str, tuple[str, str]]:
    """For each of the newest looks, what changed against the one before: the earlier look, and the counts; no counts
    where it would take too long to find out. Blocking."""
    ended = [spot for each in looks[: MOST_COMPARED + 1] if (spot := next(iter(past.spots([each])), None))]
    pairs = list(pairwise(ended))
    if sum(run.found for spot in ended for run in spot.scan.runs) > MOST_FOUND:
        return {now.scan.id: (then.name, "") for now, then in pairs}
    whole = {spot.scan.id: past.loaded(store, spot) for spot in ended}
    return {
        now.scan.id: (then.name, blocks.counts(_compared(whole[then.scan.id], whole[now.scan.id], alone)))
        for now, then in pairs
    }


async def diff(front: Front, who: Who, reader: Reader, rest: str) -> Message:
    """`<target> [a] [b]`: what changed between two looks at it; or `<scan id> [other]`."""
    words = split(rest)
    if not words:
        raise BadQuestion(tr("Name the target: /scan diff example.com, or /scan diff example.com SCAN-ID SCAN-ID"))
    target, names = await _asked(front, reader, words)
    alone = partial(reads_alone, who.place, who.user)
    was, is_, change = await front.record(
        lambda: _difference(front.store, *past.chosen(front.store, reader, target, names), alone=alone)
    )
    return blocks.difference(was, is_, change, titles=front.titles)


async def clicked(front: Front, who: Who, reader: Reader, one: Scan, action: Action) -> Message:
    """The same for the button of a scan; its value names the earlier look."""
    scan_id, _, number = action.subject.partition("/")
    try:
        earlier = await front.record(lambda: front.store.scans.get(scan_id, all_rounds=True))
        if not sees(reader, earlier) or not number.isdecimal():
            raise KeyError(scan_id)
        then, alone = Spot(earlier, int(number)), partial(reads_alone, who.place, who.user)
        was, is_, change = await front.record(
            lambda: _difference(front.store, then, Spot(one, action.round), alone=alone)
        )
    except KeyError:
        return blocks.notice(tr(GONE), next_step=tr("See /scan history for those that are left."))
    return blocks.difference(was, is_, change, titles=front.titles)


async def before(front: Front, reader: Reader, scans: Sequence[Scan]) -> dict[str, Before]:
    """Who looked at these scans' targets last, for a receipt: as far as it is known at once. The threads say it in any
    case."""
    found = await asyncio.gather(*(_before(front, reader, one) for one in scans))
    return {one.id: each for one, each in zip(scans, found, strict=True) if each is not None}


async def _before(front: Front, reader: Reader, one: Scan) -> Before | None:
    try:
        return await front.record(lambda: past.before(front.store, one, reader), within=GLANCE)
    except StoreDown:
        return None


def _difference(store: Store, then: Spot, now: Spot, *, alone: Alone) -> tuple[Scan, Scan, Change]:
    if (told := _of_watch(store, then, now, alone=alone)) is not None:
        return told
    was, is_ = past.loaded(store, then), past.loaded(store, now)
    return was, is_, _compared(was, is_, alone)


def _compared(was: Scan, is_: Scan, alone: Alone) -> Change:
    return past.compared(was, is_, alone=alone(was) and alone(is_))


def _of_watch(store: Store, then: Spot, now: Spot, *, alone: Alone) -> tuple[Scan, Scan, Change] | None:
    """What a look of a watch changes, as its thread tells it: when it is held against the look before it."""
    watch = now.scan.belongs.watch
    if not watch or then.scan.belongs.watch != watch or (then.round, now.round) != (1, 1):
        return None
    is_ = past.loaded(store, now)
    found = with_before(store, is_, alone=alone(is_))
    return (found[0], is_, found[1]) if found is not None and found[0].id == then.scan.id else None


async def _asked(front: Front, reader: Reader, words: list[str]) -> tuple[Target, list[str]]:
    """The target that the words name, and what they say besides: a scan's id stands for its target."""
    if SCAN_ID.fullmatch(words[0].lower()):
        scan_id = words[0].lower().partition("/")[0]
        try:
            one = await front.record(lambda: front.store.scans.get(scan_id))
        except KeyError:
            one = None
        if one is not None and sees(reader, one):
            return one.target, [each.lower() for each in words]
    try:
        return parse(words[0], allow=front.settings.allow_networks), words[1:]
    except NotATarget as error:
        if not SCAN_ID.fullmatch(words[0].lower()):
            raise
        none = tr('There is no scan "{id}" by you or in this channel. See /scan history', id=words[0])
        raise BadQuestion(none) from error
