"""What is said of watches: that one looks, that nothing is new, that it cannot look or is over; and lists of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from slackblocks import Block

from core import recorded
from core.blocks.facts import severity_word
from core.blocks.message import Message, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, context, header, lines, paragraph
from core.blocks.text import aim, and_more, listed, moment, person, plain, safe
from core.language import N_, NN_, ntr, ptr, tr
from core.language.noted import heard
from core.schedules import in_words
from core.watches import SAID_AT, Watch

SHOWN = 15
NAMED = 6  # collectors named in a sentence
CHANGES = {  # as `core.watches.counts` writes them into the record
    "new": NN_("{n:,} new", "{n:,} new"),
    "gone": NN_("{n:,} gone", "{n:,} gone"),
    "changed": NN_("{n:,} changed", "{n:,} changed"),
}
COUNTED = re.compile(r"(\d[\d,]*) (new|gone|changed)")
SOME_FROM_HERE = N_(
    "From here on I tell changes of severity {severity} or more, and stay quiet otherwise, but for a line a week."
)
COMMANDS = "/watch pause ID · resume ID · stop ID · edit ID daily threshold=high until=2027-01-31"


def when_words(watch: Watch) -> str:
    """`daily at 07:15 (Europe/Madrid)`."""
    return f"{in_words(watch.schedule)} ({watch.zone})"


def told_from(watch: Watch) -> str:
    """What it is told about."""
    if not watch.threshold:
        return tr("I tell every change, and stay quiet otherwise, but for a line a week.")
    some = N_("I tell changes of severity {severity} or more, and stay quiet otherwise, but for a line a week.")
    return tr(some, severity=severity_word(watch.threshold))


def day_in(watch: Watch, when: datetime) -> str:
    """A day as clocks in the watch's zone show it."""
    return f"{when.astimezone(ZoneInfo(watch.zone)):%Y-%m-%d}"


def watch_made(watch: Watch) -> Message:
    """To who made it."""
    when = when_words(watch)
    said = [
        Line(tr("I watch {target} {when}. The first look starts now.", target=aim(watch.target), when=when), bold=True),
        Line(told_from(watch)),
        Line(_end(watch), tr("Ends")),
        Line(f"/watch pause {watch.id}, /watch stop {watch.id}, /watch list", tr("Commands")),
    ]
    text = tr("I watch {target} {when}.", target=safe(aim(watch.target)), when=safe(when))
    return compose(text, [lines(*said), _small(watch)])


def first_look(watch: Watch, found: int, unseen: Sequence[str], partly: Sequence[str] = ()) -> Message:
    """The baseline, said once."""
    first = NN_(
        "I watch {target} now, {when}. The first look has {n:,} finding.",
        "I watch {target} now, {when}. The first look has {n:,} findings.",
    )
    sentence = ntr(*first, found, target=aim(watch.target), when=when_words(watch))
    told = tr("From here on I tell every change, and stay quiet otherwise, but for a line a week.")
    if watch.threshold:
        told = tr(SOME_FROM_HERE, severity=severity_word(watch.threshold))
    said = [Line(plain(sentence, 600), bold=True), Line(told)]
    return _said(watch, sentence, said + _unseen(unseen) + _partly(partly))


def still_quiet(watch: Watch, looks: int, below: int, unseen: Sequence[str], partly: Sequence[str] = ()) -> Message:
    """The sign of life, once a week."""
    target = aim(watch.target)
    sentence = ntr("{target}: {n:,} run, nothing new.", "{target}: {n:,} runs, nothing new.", looks, target=target)
    if below:
        quiet = NN_(
            "{target}: {n:,} run, nothing of severity {severity} or more;",
            "{target}: {n:,} runs, nothing of severity {severity} or more;",
        )
        sentence = ntr(*quiet, looks, target=target, severity=severity_word(watch.threshold))
        had = ntr("{n:,} of them had a change below that.", "{n:,} of them had changes below that.", below)
        sentence = f"{sentence} {had}"
    return _said(watch, sentence, [Line(plain(sentence, 600)), *_unseen(unseen), *_partly(partly)])


def cannot_look(watch: Watch, why: str, following: datetime | None, failures: int = SAID_AT) -> Message:
    """Said at the third failure in a row, and then once a week."""
    times = N_("I could not look at {target} {failures} times in a row, so I do not know what is new there.")
    sentence = tr(times, target=aim(watch.target), failures=failures)
    again = tr("I try again.")
    if following:
        again = tr("I try less often until it works; next on {day}.", day=day_in(watch, following))
    said = [Line(plain(sentence, 600), bold=True), Line(plain(why, 400), tr("Why")), Line(again)]
    return _said(watch, f"{sentence} {why}", said)


def looks_again(watch: Watch, following: datetime | None) -> Message:
    """After that was said: it works again."""
    sentence, when = tr("I can look at {target} again.", target=aim(watch.target)), when_words(watch)
    again = tr("It is watched {when} as before.", when=when)
    if following:
        again = tr("It is watched {when} as before; next on {day}.", when=when, day=day_in(watch, following))
    return _said(watch, sentence, [Line(plain(sentence, 600), bold=True), Line(again)])


def watch_over(watch: Watch) -> Message:
    """Its end has come, said once."""
    sentence = tr("The watch of {target} has ended, as it was set to.", target=aim(watch.target))
    how = N_("To go on: /watch edit {id} until=2027-01-31, with a day of yours. Nothing looks until then.")
    return _said(watch, sentence, [Line(plain(sentence, 600), bold=True), Line(tr(how, id=watch.id), tr("Next"))])


def watch_rests(watch: Watch) -> Message:
    """Its case was closed, said once."""
    sentence = tr("The watch of {target} rests, as its case was closed.", target=aim(watch.target))
    again = Line(f"/watch resume {watch.id}", tr("To go on"))
    return _said(watch, sentence, [Line(plain(sentence, 600), bold=True), again])


def watches(found: Sequence[Watch], *, elsewhere: int = 0) -> Message:
    """A list."""
    if not found:
        return notice(tr("Nothing is watched here."), next_step=tr("Start with /watch example.com daily"))
    blocks: list[Block] = [header(tr("Watches"))]
    blocks += [paragraph(watch_row(each)) for each in found[:SHOWN]]
    if len(found) > SHOWN:
        blocks.append(lines(Line(ntr("and {n:,} more watch", "and {n:,} more watches", len(found) - SHOWN))))
    if elsewhere:
        yours = NN_(
            "{n:,} watch of yours in other channels not shown", "{n:,} watches of yours in other channels not shown"
        )
        blocks.append(context(ntr(*yours, elsewhere)))
    blocks.append(context(COMMANDS))
    return compose(ntr("{n:,} watch.", "{n:,} watches.", len(found)), blocks)


def watch_row(watch: Watch) -> str:
    """One watch in mrkdwn: what, when, and how it stands."""
    about = f"*{safe(aim(watch.target), 150)}*: {safe(when_words(watch), 120)}, {safe(standing(watch), 300)}"
    least = tr("threshold {severity}", severity=severity_word(watch.threshold))
    ways = [tr("playbook {name}", name=safe(watch.playbook, 40))] * bool(watch.playbook)
    due = watch.due_at if watch.standing == "on" else None
    next_one = [tr("next {when}", when=moment(due))] if due else []
    end = [tr("until {day}", day=day_in(watch, watch.expires_at))] if watch.expires_at else []
    by, told = tr("by {person}", person=person(watch.made_by)), least if watch.threshold else tr("every change")
    small = [f"`{safe(watch.id, 40)}`", by, told, *ways, *next_one, *end]
    return f"{about}\n{' · '.join(small)}"


def standing(watch: Watch) -> str:
    """How it goes, in words."""
    if watch.trouble:
        why = heard(watch.trouble)
        return why if watch.trouble == recorded.PAUSED else f"{_stands(watch)}: {why}"  # it says itself that it rests
    if watch.standing != "on":
        return _stands(watch)
    if watch.failures:
        return ntr("could not look {n:,} time in a row", "could not look {n:,} times in a row", watch.failures)
    if watch.last_at is None:
        return tr("not looked yet")
    if watch.changed_at is not None:
        day = day_in(watch, watch.changed_at)
        return tr("last change {day}: {counts}", day=day, counts=changes_words(watch.changed))
    return tr("nothing new so far")


def _stands(watch: Watch) -> str:
    stands = {
        "on": ptr("watch", "on"),
        "paused": ptr("watch", "paused"),
        "stopped": ptr("watch", "stopped"),
        "expired": ptr("watch", "expired"),
    }
    return stands[watch.standing]


def changes_words(kept: str) -> str:
    """`2 new, 1 gone`, as the record has it, in words for who reads it now."""
    return COUNTED.sub(lambda found: ntr(*CHANGES[found[2]], int(found[1].replace(",", ""))), kept)


def _said(watch: Watch, sentence: str, said: Sequence[Line]) -> Message:
    return compose(safe(sentence, 600), [lines(*said), _small(watch)])


def _small(watch: Watch) -> Block:
    label = f"TLP:{watch.tlp.upper()}" if watch.tlp else ""
    return context(label, tr("Watch {id}", id=f"`{safe(watch.id, 40)}`"), safe(when_words(watch), 120))


def _unseen(titles: Sequence[str]) -> list[Line]:
    said = tr("{names}: what they hold I do not know.", names=_named(titles))
    return [Line(said, tr("Not looked at in the last run"))] if titles else []


def _partly(titles: Sequence[str]) -> list[Line]:
    said = tr("{names}: they may hold more that is new.", names=_named(titles))
    return [Line(said, tr("Compared only in part, or not, in the last run"))] if titles else []


def _named(titles: Sequence[str]) -> str:
    shown = listed([plain(each, 60, spare=(each.lower(),)) for each in titles[:NAMED]])
    return and_more(shown, len(titles) - NAMED)


def _end(watch: Watch) -> str:
    if not watch.expires_at:
        return tr("never, until somebody stops it")
    return tr("on {day}", day=day_in(watch, watch.expires_at))
