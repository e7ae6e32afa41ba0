"""Looks after watches: begins looks that are due, decides what came of those that ended, ends what is over.

Level-triggered and blocking: each step reads the record, decides, and writes behind the watch's fence. Any number of
processes may do this at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from collectors.doors.strategies import OutOfQuota
from core import blocks, clock
from core.belongs import Belongs
from core.blocks import Message
from core.change import Change
from core.errors import BadQuestion, GumshoeError, NotAllowed, StoreDown
from core.language import tr
from core.language.noted import heard
from core.models import ANSWERS, Asker, Outcome, Place, Priority, Run, Scan, ScanStatus
from core.recorded import CASE_CLOSED, NOBODY_FOR, NOBODY_LOOKED
from core.schedules import after, gap, read, zone_of
from core.settings import Settings
from core.store import Notice, Rates, Store, TooOften
from core.watches import EXPIRED, SAID_AT, STOPPED, Watch, counts, reaches, severity_of
from tasks import scan
from tasks.choose import titles
from tasks.compared import since_before
from tasks.playbooks import applied, find
from tasks.tongue import as_read_by

log = structlog.get_logger()

WEEK = timedelta(days=7)
RARE = timedelta(hours=6)  # who looks so rarely or more rarely takes no kept answers


@dataclass(slots=True)
class Round:
    """What came of one round over all watches: looks that were begun, and scans whose thread is to be written now."""

    begun: list[Scan] = field(default_factory=list)
    told: list[Scan] = field(default_factory=list)


def look_after(store: Store, settings: Settings) -> Round:
    """One round over all watches.

    Raises:
        StoreDown: the record does not answer; the next round goes on from there.
    """
    came = Round()
    for one in store.watches.over():
        with as_read_by(store, one.place.team, one.made_by, fallback=settings.slack_language):
            end(store, one)
    for one in store.watches.looked():
        with as_read_by(store, one.place.team, one.made_by, fallback=settings.slack_language):
            news = judge(store, one)
        came.told += [news] if news is not None else []
    full: set[Place] = set()
    for one in store.watches.due():
        if one.place in full:
            continue
        try:
            with as_read_by(store, one.place.team, one.made_by, fallback=settings.slack_language):
                look = begin(store, settings, one)
        except TooOften:  # the rest of this place waits with it, for a round that finds room
            full.add(one.place)
            continue
        came.begun += [look] if look is not None else []
    return came


def begin(store: Store, settings: Settings, one: Watch) -> Scan | None:
    """Open the look that is due, and return it if this process did. All that was missed meanwhile is this one look.

    Raises:
        TooOften: the rates leave no room.
        StoreDown: the record does not answer.
    """
    now = clock.now()
    try:
        following = next_of(one, now)
        misreckoned = one.due_at is None or one.due_at > now  # by a clock that was wrong
        if misreckoned or one.running:  # the look before it has not ended: this one is left out
            store.watches.move(one, _due(following))
            return None
        if _its_case_is_closed(store, one):
            rests = {"paused_at": now, "due_at": None, "trouble": CASE_CLOSED}
            store.watches.move(one, rests, notices=[note(one, "rests", blocks.watch_rests(one))])
            return None
        _check_allowed(settings, one)
        ((look, new, _),) = scan.start(store, settings, wish_of(store, settings, one))
    except StoreDown:
        raise
    except GumshoeError as error:
        _failed(store, one, tr(str(error)), {})
        return None
    if not new and look.id == one.last_scan:  # that time had its look, before the clock was set back
        store.watches.move(one, _due(following))
        return None
    began = {"running": look.id, "last_scan": look.id, "last_at": now, "trouble": ""}
    began |= {"case_id": look.belongs.case, "tlp": look.belongs.tlp}
    if not store.watches.move(one, _due(following) | began):
        return None  # somebody else began the same one, or the watch was changed: then it is begun again, as the same
    log.info("watch looks", watch=one.id, scan=look.id)
    return look


def wish_of(store: Store, settings: Settings, one: Watch) -> scan.Wish:
    """What a look asks. Its key is the time it was due, so that two who begin it begin one.

    Raises:
        BadQuestion: the playbook is gone, or what it names.
    """
    due = one.due_at or one.made_at
    playbook = find(store, one.place.team, one.playbook) if one.playbook else None
    names, options = applied(playbook, [one.target.kind], settings) if playbook else ((), ())
    names, options = one.names or names, one.options or options
    return scan.Wish(
        (one.target,),
        Asker(one.made_by, language=store.mine.language(one.place.team, one.made_by)),
        one.place,
        "watch",
        names=names,
        options=options,
        fresh=gap(read(one.schedule), zone_of(one.zone), due) >= RARE,
        reason=one.reason,
        priority=Priority.SCHEDULED,
        # And its place's case, as of now. Its label only grows stricter: that its case is over makes nothing public.
        belongs=Belongs(watch=one.id, playbook=playbook.versioned if playbook else "", tlp=one.tlp),
        keys=(f"watch:{one.id}:{due.isoformat()}",),
        lenient=playbook is not None and not one.names,
        rates=Rates(one.made_by, one.place, settings.user_scans_per_minute, settings.channel_scans_per_minute),
    )


def judge(store: Store, one: Watch) -> Scan | None:
    """Decide what came of a look that ended. Returns its scan when its thread is to be written."""
    try:
        look = store.scans.get(one.running)
    except KeyError:  # forgotten meanwhile
        store.watches.move(one, {"running": ""})
        return None
    # Somebody stopped it, or the watch: that says nothing about the target.
    # It stays unjudged, so that what some of its collectors saw is still news to the next one.
    if look.status is ScanStatus.CANCELLED or one.ended == STOPPED:
        store.watches.move(one, {"running": ""})
        return None
    if not any(run.outcome in ANSWERS for run in look.runs):
        _failed(store, one, _why(look.runs), {"running": ""}, hush=look.id)
        return None
    found = since_before(store, look)
    severity = severity_of(found) if found is not None else None
    if found is not None and severity is not None and reaches(one.threshold, severity):
        return _tell(store, one, look, found)
    _stay_quiet(store, one, look, found, below=severity is not None)
    return None


def end(store: Store, one: Watch) -> None:
    """Its day has come: said once."""
    over = {"ended": EXPIRED, "ended_at": clock.now(), "due_at": None}
    store.watches.move(one, over, notices=[note(one, "over", blocks.watch_over(one))])


def next_of(one: Watch, moment: datetime) -> datetime:
    """When it is due after a moment.

    Raises:
        BadQuestion: its schedule or zone is not known any more.
    """
    return after(read(one.schedule), zone_of(one.zone), moment)


def note(one: Watch, kind: str, message: Message) -> Notice:
    """What is said of a watch outside of a thread; the fence makes each step's own."""
    return Notice(
        f"watch/{one.id}/{kind}/{one.fence}", one.place, message.text, message.blocks, one.id, one.tlp, one.made_by
    )


def _tell(store: Store, one: Watch, look: Scan, found: Change) -> Scan | None:
    now = clock.now()
    said = {"told_at": now, "quiet": 0, "below": 0, "changed_at": now, "changed_scan": look.id}
    values = {"running": "", "failures": 0, "changed": counts(found)} | said
    moved = store.watches.move(one, values | _mended(one)[0], notices=_mended(one)[1], tell=look.id)
    if not moved:
        return None
    log.info("watch tells a change", watch=one.id, scan=look.id)
    return replace(look, hushed=False)


def _stay_quiet(store: Store, one: Watch, look: Scan, change: Change | None, *, below: bool) -> None:
    now = clock.now()
    values: dict[str, Any] = {"running": "", "failures": 0}
    due, notices = _mended(one)
    unseen, partly = _unseen(look.runs), _partly(look.runs, change)
    quiet, smaller = one.quiet + 1, one.below + below
    if change is None:
        found = sum(len(run.findings) for run in look.runs)
        notices.append(note(one, "first", blocks.first_look(one, found, unseen, partly)))
        quiet, smaller = 0, 0
    elif not notices and _is_long_ago(one.told_at):
        notices.append(note(one, "quiet", blocks.still_quiet(one, quiet, smaller, unseen, partly)))
        quiet, smaller = 0, 0
    spoke = {"told_at": now} if notices else {}
    values |= due | spoke | {"quiet": quiet, "below": smaller}
    store.watches.move(one, values, notices=notices, hush=look.id)


def _failed(store: Store, one: Watch, why: str, values: dict[str, Any], *, hush: str = "") -> None:
    """It could not look: said at the third time in a row, and from there on it tries ever more rarely; once a week
    that is said again, as silence would look like no news."""
    now, failures = clock.now(), one.failures + 1
    following = _later(one, failures, now)
    is_said = failures == SAID_AT or (failures > SAID_AT and _is_long_ago(one.told_at))
    notices = [note(one, "failing", blocks.cannot_look(one, why, following, failures))] if is_said else []
    log.warning("watch could not look", watch=one.id, failures=failures)
    values |= {"told_at": now, "quiet": 0, "below": 0} if notices else {}
    store.watches.move(one, values | _due(following) | {"failures": failures}, notices=notices, hush=hush)


def _later(one: Watch, failures: int, now: datetime) -> datetime | None:
    """Twice as long with each failure from the third on, a week at most, and always at a time of the schedule."""
    if one.paused_at is not None or one.ended:
        return None
    try:
        schedule, zone = read(one.schedule), zone_of(one.zone)
        step = gap(schedule, zone, now)
        longer = step * 2 ** min(max(0, failures - SAID_AT + 1), 20)
        return after(schedule, zone, now + max(step, min(longer, WEEK)) - step)
    except BadQuestion:  # what it says is not understood any more
        return now + WEEK


def _mended(one: Watch) -> tuple[dict[str, Any], list[Notice]]:
    """It looked, after it was said that it cannot: back to its schedule, and that is said."""
    if one.failures < SAID_AT:
        return {}, []
    following = None if one.paused_at is not None or one.ended else next_of(one, clock.now())
    return _due(following), [note(one, "again", blocks.looks_again(one, following))]


def _due(following: datetime | None) -> dict[str, Any]:
    return {"due_at": following, "reckoned_at": clock.now()}


def _its_case_is_closed(store: Store, one: Watch) -> bool:
    try:
        return bool(one.case) and not store.cases.get(one.case).is_open
    except KeyError:  # forgotten: nobody looks for it any more
        return True


def _check_allowed(settings: Settings, one: Watch) -> None:
    """That its maker may still ask there, as far as the settings say."""
    team = one.place.team
    if settings.allow_users and not settings.names(settings.allow_users, team, one.made_by):
        raise NotAllowed(tr("Who made this watch is not on the list of people who may ask me."), rule="user")
    allowed = one.place.channel.startswith("D") or settings.names(settings.allow_channels, team, one.place.channel)
    if settings.allow_channels and not allowed:
        raise NotAllowed(tr("I may not be asked in this channel any more."), rule="channel")


def _why(runs: Sequence[Run]) -> str:
    said = [run.message.splitlines()[0] for run in runs if run.message]
    return tr(NOBODY_FOR, why=heard(said[0])) if said else tr(NOBODY_LOOKED)


def _is_long_ago(told_at: datetime | None) -> bool:
    """Whether a week has passed since something was said; so it counts when a clock was wrong then."""
    return told_at is None or clock.now() - told_at >= WEEK or told_at > clock.soon()


def _unseen(runs: Sequence[Run]) -> list[str]:
    """Who could not look; what waits for consent, or lacks a key, is not news each time."""
    return _titled(
        run.collector
        for run in runs
        if run.outcome is Outcome.FAILED or (run.outcome is Outcome.SKIPPED and run.reason == OutOfQuota.reason)
    )


def _partly(runs: Sequence[Run], change: Change | None) -> list[str]:
    """Who answered, but only in part, or in a way that cannot be held against what was known."""
    alone = change.incomparable if change is not None else ()
    return _titled(
        run.collector
        for run in runs
        if run.outcome is Outcome.PARTIAL or (run.outcome in ANSWERS and run.collector in alone)
    )


def _titled(names: Iterable[str]) -> list[str]:
    return [titles().get(each, each) for each in names]
