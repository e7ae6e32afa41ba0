"""`/scan digest daily|weekly|off`: how often a channel gets its recap."""

from __future__ import annotations

from functools import partial

from bot import guard
from bot.front import Front
from bot.guard import Who
from bot.watch_words import words_of
from core import blocks, clock
from core.blocks import Message
from core.digests import EVERY, Digest
from core.errors import BadQuestion
from core.language import N_, tr
from core.models import Place
from core.schedules import after, easy, in_words, read, zone_of

AT = "09:00"
HOW = N_("Write /scan digest daily or weekly, with at=09:00 tz=Europe/Madrid; or /scan digest off")


async def answer(front: Front, who: Who, rest: str) -> Message:
    """What a typed line gets.

    Raises:
        GumshoeError: the sentence for the person.
    """
    place = Place(who.place.team, who.place.channel)
    words = words_of(rest)
    if not place.channel:
        raise BadQuestion(tr("A digest belongs to a channel; ask for it there."))
    if not words:
        await guard.check(front, who, "digest")
        return await _now(front, place)
    if words == ["off"]:
        await guard.check(front, who, "digest_off")
        stopped = await front.record(partial(front.store.digests.stop, place))
        over, none = N_("This channel gets no digest any more."), N_("This channel has no digest.")
        return blocks.notice(tr(over if stopped else none))
    one = wanted(words, place, who.user)
    await guard.check(front, who, "digest_set", one.every)
    await front.record(partial(front.store.digests.set, one))
    return blocks.digest_set(one)


def wanted(words: list[str], place: Place, user: str) -> Digest:
    """Raises BadQuestion: what is wrong with the line."""
    every, at, zone = words[0].lower(), AT, "UTC"
    if every not in EVERY:
        raise BadQuestion(tr(HOW))
    for word in words[1:]:
        name, _, value = word.lower().partition("=")
        if name == "at":
            at = value
        elif name == "tz":
            zone = zone_of(value).key
        else:
            raise BadQuestion(tr('I do not understand "{word}". {how}', word=word[:40], how=tr(HOW)))
    now = clock.now()
    local = now.astimezone(zone_of(zone))
    schedule = easy(every, local, at=at)
    due = after(read(schedule), zone_of(zone), now)
    return Digest(place, every, schedule, zone, user, now, due, last_at=now)


async def _now(front: Front, place: Place) -> Message:
    one = await front.record(partial(front.store.digests.of, place))
    if one is None:
        return blocks.notice(tr("This channel has no digest."), next_step=tr(HOW))
    often = tr("This channel gets a digest {often} ({zone}).", often=in_words(one.schedule), zone=one.zone)
    return blocks.notice(often, next_step=tr(HOW))
