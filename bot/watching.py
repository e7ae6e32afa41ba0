"""The words of `/watch`, also written `/scan watch ...`: begin a watch, list them, pause, resume, stop, edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot import guard
from bot.front import Front
from bot.guard import Who
from bot.watch_words import HOW, Wanted, end_of, threshold, wanted, words_of
from core import blocks, clock
from core.access import Reader
from core.belongs import Belongs
from core.blanks import hide
from core.blocks import Message
from core.errors import BadQuestion, NeedsApproval
from core.language import N_, tr
from core.models import Asker, Place
from core.schedules import easy, read, zone_of
from core.targets import display
from core.watches import STOPPED, Watch, sees_watch
from tasks import permission, scan
from tasks.belonging import belonging
from tasks.playbooks import applied, find
from tasks.watching import next_of

MOST = 200  # that go on in a workspace for one person
PERSONS_END = timedelta(days=90)  # a watch of a person ends by itself
ZONE = "UTC"
VERBS = ("list", "pause", "resume", "stop", "edit", "help")
NONE = N_("There is no such watch, or it is not yours to see.")
OVER = N_("Its end has passed. Give it another: /watch edit {id} until=2027-01-31")
ALREADY = {
    "paused": N_("This watch is paused already."),
    "stopped": N_("This watch is stopped already."),
    "expired": N_("This watch is expired already."),
}


async def answer(front: Front, who: Who, rest: str) -> Message:
    """What a typed line gets.

    Raises:
        GumshoeError: the sentence for the person.
    """
    words, allow = words_of(rest), front.settings.allow_networks
    verb = words[0].lower() if words else "list"
    if verb == "help":
        step = tr("/watch list, /watch pause ID, resume ID, stop ID, edit ID threshold=low")
        return blocks.notice(tr(HOW), next_step=step)
    if verb == "list":
        return await _list(front, who)
    if verb in VERBS:
        if len(words) < 2:
            raise BadQuestion(tr("Name the watch: /watch {verb} ID. /watch list shows the ids.", verb=verb))
        one = await _named(front, who, verb, words[1].strip("#`").lower())
        if verb == "edit":
            return blocks.watches([await edit(front, who, one, wanted(words[2:], allow=allow, target=False))])
        return blocks.watches([await CHANGES[verb](front, who, one)])
    made = await make(front, who, wanted(words, allow=allow))
    return blocks.watch_made(made)


async def make(front: Front, who: Who, want: Wanted, *, tlp: str = "") -> Watch:
    """Write a watch down; its first look is due now. With a label `tlp` it is marked at least so strictly.

    Raises:
        GumshoeError: why not, as a sentence for the person.
    """
    target = want.target
    if target is None:
        raise BadQuestion(tr("Name what to watch. {how}", how=tr(HOW)))
    if not want.schedule:
        raise BadQuestion(tr("Say how often to look. {how}", how=tr(HOW)))
    if target.is_selector:
        hide(who.name, target.value)
    why = f" ({want.reason})" if want.reason else ""
    await guard.check(front, who, "watch", f"{display(target)}{why}")
    now = clock.now()
    place = Place(who.place.team, who.place.channel)  # the channel: in a thread nobody sees what comes months later
    new = Watch("", place, target, "", ZONE, who.user, now, due_at=now)
    new = await front.record(partial(_changed, front, new, want))
    belongs = await front.record(partial(belonging, front.store, front.settings, place, Belongs(tlp=tlp)))
    new = replace(new, case=belongs.case, tlp=belongs.tlp)
    return await front.record(partial(front.store.watches.add, new, check=partial(_check_mine, new)))


def _check_mine(new: Watch, mine: Sequence[Watch]) -> None:
    """Raises BadQuestion: they have this one already, or as many as somebody may."""
    if len(mine) >= MOST:
        raise BadQuestion(tr("You have {n} watches; stop one first: /watch list", n=MOST))
    what = (new.target, new.place, new.schedule, new.playbook)
    for each in mine:
        if (each.target, each.place, each.schedule, each.playbook) == what:
            same = N_("You watch {target} like that already here: watch {id}.")
            raise BadQuestion(tr(same, target=display(new.target), id=each.id))


async def found(front: Front, them: Reader, watch_id: str) -> Watch:
    """A watch that they may see.

    Raises:
        BadQuestion: there is none.
    """
    try:
        one = await front.record(partial(front.store.watches.get, watch_id))
    except KeyError:
        one = None
    if one is None or not sees_watch(them, one):
        raise BadQuestion(tr(NONE))
    return one


async def _named(front: Front, who: Who, verb: str, watch_id: str) -> Watch:
    """The same, for who typed its id: that there is none for them is written down."""
    try:
        return await found(front, reader(who), watch_id)
    except BadQuestion:
        await guard.write(front, who, f"watch_{verb}", watch_id[:40], decision="refused", rule="no such watch")
        raise


async def visible(front: Front, them: Reader) -> list[Watch]:
    """All that they may see, those due first on top."""
    every = await front.record(partial(front.store.watches.listed, them.team))
    return [each for each in every if sees_watch(them, each)]


async def edit(front: Front, who: Who, one: Watch, want: Wanted) -> Watch:
    """Change what was named. An ended watch goes on when it has an end that lies ahead, or another schedule.

    Raises:
        GumshoeError: why not.
    """
    await guard.check(front, who, "watch_edit", f"{one.id} {display(one.target)}")
    now = clock.now()
    if one.ended == STOPPED:
        raise BadQuestion(tr("This watch was stopped. Take it up first: /watch resume {id}", id=one.id))
    new = await front.record(partial(_changed, front, one, want))
    if new.expires_at is not None and new.expires_at <= now:
        raise BadQuestion(tr(OVER, id=one.id))
    values: dict[str, Any] = {
        "schedule": new.schedule,
        "zone": new.zone,
        "threshold": new.threshold,
        "playbook": new.playbook,
        "collectors": " ".join(new.names),
        "options": " ".join(new.options),
        "reason": new.reason,
        "expires_at": new.expires_at,
        "ended": "",
        "trouble": "",
        "reckoned_at": now,
    }
    if one.paused_at is None:
        values["due_at"] = next_of(new, now) if one.due_at is not None and one.due_at > now else now
    return await _moved(front, one, values)


async def pause(front: Front, who: Who, one: Watch) -> Watch:
    """No look until somebody resumes it."""
    await guard.check(front, who, "watch_pause", f"{one.id} {display(one.target)}")
    if one.standing != "on":
        raise BadQuestion(tr(ALREADY[one.standing]))
    return await _moved(front, one, {"paused_at": clock.now(), "paused_by": who.user, "due_at": None})


async def resume(front: Front, who: Who, one: Watch) -> Watch:
    """It looks again, now and then by its schedule. Whoever resumes it answers for it from here on."""
    await guard.check(front, who, "watch_resume", f"{one.id} {display(one.target)}")
    if one.standing == "on":
        raise BadQuestion(tr("This watch goes on already."))
    now = clock.now()
    if one.expires_at is not None and one.expires_at <= now:
        raise BadQuestion(tr(OVER, id=one.id))
    values = {"paused_at": None, "paused_by": "", "ended": "", "trouble": "", "failures": 0, "case_id": ""}
    return await _moved(front, one, values | {"due_at": now, "reckoned_at": now, "made_by": who.user})


async def stop(front: Front, who: Who, one: Watch) -> Watch:
    """For good; what it found is kept."""
    await guard.check(front, who, "watch_stop", f"{one.id} {display(one.target)}")
    if one.ended:
        raise BadQuestion(tr(ALREADY[one.standing]))
    over = {"ended": STOPPED, "ended_at": clock.now(), "ended_by": who.user, "due_at": None}
    return await _moved(front, one, over)


CHANGES = {"pause": pause, "resume": resume, "stop": stop}


def reader(who: Who) -> Reader:
    """Who reads here, in Slack: other watches may be in rooms one cannot enter."""
    return Reader(who.place.team, who.user, frozenset({who.place.channel} - {""}))


async def _list(front: Front, who: Who) -> Message:
    await guard.check(front, who, "watch_list")
    mine = await visible(front, reader(who))
    here = [each for each in mine if each.place.channel == who.place.channel]
    return blocks.watches(here or mine, elsewhere=len(mine) - len(here) if here else 0)


async def _moved(front: Front, one: Watch, values: dict[str, Any]) -> Watch:
    if not await front.record(partial(front.store.watches.move, one, values)):
        raise BadQuestion(tr("Somebody changed this watch at the same moment. Look at it again: /watch list"))
    return await front.record(partial(front.store.watches.get, one.id))


def _changed(front: Front, one: Watch, want: Wanted) -> Watch:
    """The watch with what was said about it. Blocking: it looks for the playbook.

    Raises:
        BadQuestion: what is wrong with it.
    """
    zone = zone_of(want.zone).key if want.zone is not None else one.zone
    schedule = one.schedule
    if want.schedule:
        local = clock.now().astimezone(zone_of(zone))
        easy_one = len(want.schedule) == 1
        schedule = easy(want.schedule[0], local, at=want.at) if easy_one else " ".join(want.schedule)
    elif want.at:
        raise BadQuestion(tr("at= goes with daily or weekly: /watch example.com daily at=07:30"))
    new = replace(
        one,
        schedule=read(schedule).text,
        zone=zone,
        threshold=threshold(want.threshold) if want.threshold is not None else one.threshold,
        playbook=want.playbook.lower() if want.playbook is not None else one.playbook,
        reason=want.reason.strip()[:400] if want.reason is not None else one.reason,
        names=want.names if want.names is not None else one.names,
        options=want.options if want.options is not None else one.options,
        expires_at=end_of(want.until, zone) if want.until is not None else one.expires_at,
    )
    if new.target.is_selector and not new.reason:
        person = N_('This target is a person, so say why you watch it: reason="..." It is kept and audited.')
        raise BadQuestion(tr(person))
    if new.target.is_selector and new.expires_at is None:
        new = replace(new, expires_at=clock.now() + PERSONS_END)
    _check_asked(front, new)
    return new


def _check_asked(front: Front, new: Watch) -> None:
    """That somebody can be asked: what it would start is worked out, and nothing is written."""
    settings, names, options = front.settings, new.names, new.options
    if new.playbook:
        book = find(front.store, new.place.team, new.playbook)
        theirs = applied(book, [new.target.kind], settings)
        names, options = names or theirs[0], options or theirs[1]
    wish = scan.Wish((new.target,), Asker(new.made_by), new.place, "watch", names=names, options=options)
    wish = permission.permitted(front.store, settings, replace(wish, reason=new.reason))
    chosen = scan.chosen(settings, replace(wish, lenient=bool(new.playbook) and not new.names))
    try:
        permission.check_approval(settings, wish, chosen)
    except NeedsApproval as need:
        alone = N_("{need} A watch asks by itself, so nobody could: ask each time with /scan.")
        raise BadQuestion(tr(alone, need=need)) from need
