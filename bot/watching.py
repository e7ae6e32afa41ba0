"""The words of `/watch`, also written `/scan watch ...`: begin a watch, list them, pause, resume, stop, edit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from bot import guard
from bot.front import Front
from bot.grammar import listed
from bot.guard import Who
from core import blocks, clock
from core.access import Reader
from core.blanks import hide
from core.blocks import Message
from core.errors import BadQuestion
from core.models import Target
from core.schedules import EASY, easy, read, zone_of
from core.targets import display, parse
from core.watches import STOPPED, THRESHOLDS, Watch, sees_watch
from tasks import scan
from tasks.playbooks import applied, find
from tasks.watching import next_of

MOST = 200  # that go on in a workspace for one person
PERSONS_END = timedelta(days=90)  # a watch of a person ends by itself
ZONE = "UTC"
WORD = re.compile(r'[A-Za-z]+=(?:"[^"]*"|\S*)|"[^"]*"|\S+')
CURLY = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"})
OPTIONS = ("tz", "threshold", "until", "playbook", "reason", "at", "collectors", "collector", "with")
VERBS = ("list", "pause", "resume", "stop", "edit", "help")
HOW = 'Write /watch example.com daily, or weekly, hourly, cron "0 7 * * 1-5"; then tz=Europe/Madrid threshold=high.'
NONE = "There is no such watch, or it is not yours to see."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was said about a watch; what is none was not said."""

    target: Target | None = None
    schedule: tuple[str, ...] = ()  # hourly, daily, weekly, or five fields
    at: str = ""
    zone: str | None = None
    threshold: str | None = None
    until: str | None = None
    playbook: str | None = None
    reason: str | None = None
    names: tuple[str, ...] | None = None
    options: tuple[str, ...] | None = None


async def answer(front: Front, who: Who, rest: str) -> Message:
    """What a typed line gets.

    Raises:
        GumshoeError: the sentence for the person.
    """
    words = words_of(rest)
    verb = words[0].lower() if words else "list"
    if verb == "help":
        return blocks.notice(HOW, next_step="/watch list, /watch pause ID, resume ID, stop ID, edit ID threshold=low")
    if verb == "list":
        return await _list(front, who)
    if verb in VERBS:
        if len(words) < 2:
            raise BadQuestion(f"Name the watch: /watch {verb} ID. /watch list shows the ids.")
        one = await found(front, reader(who), words[1].strip("#`").lower())
        if verb == "edit":
            return blocks.watches([await edit(front, who, one, wanted(front, words[2:], target=False))])
        return blocks.watches([await CHANGES[verb](front, who, one)])
    made = await make(front, who, wanted(front, words))
    return blocks.watch_made(made)


def words_of(text: str) -> list[str]:
    """The words of a line; quotes keep some together."""
    return [word.strip('"') if word.startswith('"') else word for word in WORD.findall(text.translate(CURLY))]


def wanted(front: Front, words: Sequence[str], *, target: bool = True) -> Wanted:
    """Read `<target> hourly|daily|weekly|cron ... [at=] [tz=] [threshold=] [until=] [playbook=] [reason=]`.

    Raises:
        BadQuestion, NotATarget: what is wrong with it.
    """
    said, others = _options(words)
    aims = []
    schedule: tuple[str, ...] = ()
    while others:
        word = others.pop(0)
        if word.lower() in EASY:
            schedule = (word.lower(),)
        elif word.lower() == "cron":
            schedule, others = _cron(others)
        else:
            aims.append(word)
    if not target and aims:
        raise BadQuestion(f'I do not understand "{aims[0][:60]}". {HOW}')
    if len(aims) > 1:
        raise BadQuestion(f'One watch has one target, and I read "{aims[1][:60]}" as another. {HOW}')
    aimed = parse(aims[0], allow=front.settings.allow_networks) if aims else None
    names = said.get("collectors", said.get("collector"))
    return Wanted(
        aimed,
        schedule,
        said.get("at", ""),
        said.get("tz"),
        said.get("threshold"),
        said.get("until"),
        said.get("playbook"),
        said.get("reason"),
        None if names is None else listed(names),
        None if "with" not in said else listed(said["with"]),
    )


async def make(front: Front, who: Who, want: Wanted) -> Watch:
    """Write a watch down; its first look is due now.

    Raises:
        GumshoeError: why not, as a sentence for the person.
    """
    target = want.target
    if target is None:
        raise BadQuestion(f"Name what to watch. {HOW}")
    if not want.schedule:
        raise BadQuestion(f"Say how often to look. {HOW}")
    if target.is_selector:
        hide(who.name, target.value)
    await guard.check(front, who, "watch", display(target))
    now = clock.now()
    new = Watch("", who.place, target, "", ZONE, who.user, now, due_at=now)
    new = await front.record(partial(_changed, front, new, want))
    mine = [each for each in await front.record(partial(front.store.watches.listed, who.place.team)) if _is_of(each, who)]
    if len(mine) >= MOST:
        raise BadQuestion(f"You have {MOST} watches; stop one first: /watch list")
    for each in mine:
        if (each.target, each.place, each.schedule, each.playbook) == (target, who.place, new.schedule, new.playbook):
            raise BadQuestion(f"You watch {display(target)} like that already here: watch {each.id}.")
    made = await front.record(partial(front.store.watches.add, new))
    return made


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
        raise BadQuestion(NONE)
    return one


async def visible(front: Front, them: Reader) -> list[Watch]:
    """All that they may see, those due first on top."""
    every = await front.record(partial(front.store.watches.listed, them.team))
    return [each for each in every if sees_watch(them, each)]


async def edit(front: Front, who: Who, one: Watch, want: Wanted) -> Watch:
    """Change what was named. An ended watch goes on when it has an end that lies ahead, or another schedule.

    Raises:
        GumshoeError: why not.
    """
    await guard.check(front, who, "watch edit", f"{one.id} {display(one.target)}")
    now = clock.now()
    if one.ended == STOPPED:
        raise BadQuestion(f"This watch was stopped. Take it up first: /watch resume {one.id}")
    new = await front.record(partial(_changed, front, one, want))
    if new.expires_at is not None and new.expires_at <= now:
        raise BadQuestion(f"Its end has passed. Give it another: /watch edit {one.id} until=2027-01-31")
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
    await guard.check(front, who, "watch pause", f"{one.id} {display(one.target)}")
    if one.standing != "on":
        raise BadQuestion(f"This watch is {one.standing} already.")
    return await _moved(front, one, {"paused_at": clock.now(), "paused_by": who.user, "due_at": None})


async def resume(front: Front, who: Who, one: Watch) -> Watch:
    """It looks again, now and then by its schedule. Whoever resumes it answers for it from here on."""
    await guard.check(front, who, "watch resume", f"{one.id} {display(one.target)}")
    if one.standing == "on":
        raise BadQuestion("This watch goes on already.")
    now = clock.now()
    if one.expires_at is not None and one.expires_at <= now:
        raise BadQuestion(f"Its end has passed. Give it another: /watch edit {one.id} until=2027-01-31")
    values = {"paused_at": None, "paused_by": "", "ended": "", "trouble": "", "failures": 0}
    return await _moved(front, one, values | {"due_at": now, "reckoned_at": now, "made_by": who.user})


async def stop(front: Front, who: Who, one: Watch) -> Watch:
    """For good; what it found is kept."""
    await guard.check(front, who, "watch stop", f"{one.id} {display(one.target)}")
    if one.ended:
        raise BadQuestion(f"This watch is {one.standing} already.")
    over = {"ended": STOPPED, "ended_at": clock.now(), "ended_by": who.user, "due_at": None}
    return await _moved(front, one, over)


CHANGES = {"pause": pause, "resume": resume, "stop": stop}


def reader(who: Who) -> Reader:
    """Who reads here, in Slack: other watches may be in rooms one cannot enter."""
    return Reader(who.place.team, who.user, frozenset({who.place.channel} - {""}))


async def _list(front: Front, who: Who) -> Message:
    await guard.check(front, who, "watch list")
    mine = await visible(front, reader(who))
    here = [each for each in mine if each.place.channel == who.place.channel]
    return blocks.watches(here or mine, elsewhere=len(mine) - len(here) if here else 0)


async def _moved(front: Front, one: Watch, values: dict[str, Any]) -> Watch:
    if not await front.record(partial(front.store.watches.move, one, values)):
        raise BadQuestion("Somebody changed this watch at the same moment. Look at it again: /watch list")
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
        raise BadQuestion("at= goes with daily or weekly: /watch example.com daily at=07:30")
    new = replace(
        one,
        schedule=read(schedule).text,
        zone=zone,
        threshold=_threshold(want.threshold) if want.threshold is not None else one.threshold,
        playbook=want.playbook.lower() if want.playbook is not None else one.playbook,
        reason=want.reason.strip()[:400] if want.reason is not None else one.reason,
        names=want.names if want.names is not None else one.names,
        options=want.options if want.options is not None else one.options,
        expires_at=_end(want.until, zone) if want.until is not None else one.expires_at,
    )
    if new.target.is_selector and not new.reason:
        raise BadQuestion('This target is a person, so say why you watch it: reason="..." It is kept and audited.')
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
    wish = scan.Wish((new.target,), scan.Asker(new.made_by), new.place, "watch", names=names, options=options)
    scan.chosen(settings, replace(wish, lenient=bool(new.playbook)))


def _threshold(word: str) -> str:
    if word.lower() not in THRESHOLDS:
        raise BadQuestion(f"threshold= is one of {', '.join(THRESHOLDS)}, and yours is not: {word[:20]}")
    return "" if word.lower() == "any" else word.lower()


def _end(text: str, zone: str) -> datetime | None:
    """The end of that day in the zone; none for `never`."""
    if text.lower() in ("never", ""):
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a day; its zone follows
    except ValueError:
        raise BadQuestion(f"until= is a day such as 2027-01-31, and yours is not: {text[:20]}") from None
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone_of(zone))
    if end <= clock.now():
        raise BadQuestion(f"until= lies in the past: {text[:20]}")
    return end


def _is_of(one: Watch, who: Who) -> bool:
    return one.made_by == who.user


def _options(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options that were named, and the other words. A reason without quotes goes on to the end."""
    said: dict[str, str] = {}
    others: list[str] = []
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if not equals or not name.isalpha() or "://" in name:
            others.append(word)
            continue
        if name.lower() not in OPTIONS:
            raise BadQuestion(f'A watch has no option "{name[:20]}=". It has: {", ".join(OPTIONS[:6])}, collectors, with.')
        if name.lower() == "reason" and not value.startswith('"'):
            said["reason"] = " ".join([value, *words[number + 1 :]])
            break
        said[name.lower()] = value.strip('"')
    return said, others


def _cron(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The five fields after `cron`: as one quoted word, or as five."""
    if words and len(words[0].split()) == 5:
        return tuple(words[0].split()), words[1:]
    if len(words) < 5:
        raise BadQuestion(f"cron needs five fields. {HOW}")
    return tuple(words[:5]), words[5:]
