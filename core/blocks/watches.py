"""What is said of watches: that one looks, that nothing is new, that it cannot look or is over; and lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, context, header, lines, paragraph
from core.blocks.text import aim, counted, listed, moment, person, plain, safe
from core.schedules import in_words
from core.watches import SAID_AT, Watch

SHOWN = 15
NAMED = 6  # collectors named in a sentence


def when_words(watch: Watch) -> str:
    """`daily at 07:15 (Europe/Madrid)`."""
    return f"{in_words(watch.schedule)} ({watch.zone})"


def told_from(watch: Watch) -> str:
    """What it is told about."""
    least = f"changes of severity {watch.threshold} or more" if watch.threshold else "every change"
    return f"I tell {least}, and stay quiet otherwise, but for a line a week"


def day_in(watch: Watch, when: datetime) -> str:
    """A day as clocks in the watch's zone show it."""
    return f"{when.astimezone(ZoneInfo(watch.zone)):%Y-%m-%d}"


def watch_made(watch: Watch) -> Message:
    """To who made it."""
    said = [
        Line(f"I watch {aim(watch.target)} {when_words(watch)}. The first look starts now.", bold=True),
        Line(f"{told_from(watch)}."),
        Line(_end(watch), "Ends"),
        Line(f"/watch pause {watch.id}, /watch stop {watch.id}, /watch list", "Commands"),
    ]
    return compose(f"I watch {safe(aim(watch.target))} {safe(when_words(watch))}.", [lines(*said), _small(watch)])


def first_look(watch: Watch, found: int, unseen: Sequence[str], partly: Sequence[str] = ()) -> Message:
    """The baseline, said once."""
    sentence = f"I watch {aim(watch.target)} now, {when_words(watch)}. The first look has {counted(found, 'finding')}."
    said = [Line(plain(sentence, 600), bold=True), Line(f"From here on {told_from(watch)}.")]
    return _said(watch, sentence, said + _unseen(unseen) + _partly(partly))


def still_quiet(watch: Watch, looks: int, below: int, unseen: Sequence[str], partly: Sequence[str] = ()) -> Message:
    """The sign of life, once a week."""
    sentence = f"{aim(watch.target)}: {counted(looks, 'run')}, nothing new."
    if below:
        had = "had changes" if below > 1 else "had a change"
        sentence = f"{aim(watch.target)}: {counted(looks, 'run')}, nothing of severity {watch.threshold} or more;"
        sentence += f" {below:,} of them {had} below that."
    return _said(watch, sentence, [Line(plain(sentence, 600)), *_unseen(unseen), *_partly(partly)])


def cannot_look(watch: Watch, why: str, following: datetime | None, failures: int = SAID_AT) -> Message:
    """Said at the third failure in a row, and then once a week."""
    sentence = f"I could not look at {aim(watch.target)} {failures} times in a row, so I do not know what is new there."
    again = f"I try less often until it works; next on {day_in(watch, following)}." if following else ""
    said = [Line(plain(sentence, 600), bold=True), Line(plain(why, 400), "Why"), Line(again or "I try again.")]
    return _said(watch, f"{sentence} {why}", said)


def looks_again(watch: Watch, following: datetime | None) -> Message:
    """After that was said: it works again."""
    sentence = f"I can look at {aim(watch.target)} again."
    again = f"It is watched {when_words(watch)} as before"
    said = [Line(plain(sentence, 600), bold=True)]
    said += [Line(f"{again}; next on {day_in(watch, following)}." if following else f"{again}.")]
    return _said(watch, sentence, said)


def watch_over(watch: Watch) -> Message:
    """Its end has come, said once."""
    sentence = f"The watch of {aim(watch.target)} has ended, as it was set to."
    again = f"To go on: /watch edit {watch.id} until=2027-01-31, with a day of yours. Nothing looks until then."
    return _said(watch, sentence, [Line(plain(sentence, 600), bold=True), Line(again, "Next")])


def watch_rests(watch: Watch) -> Message:
    """Its case was closed, said once."""
    sentence = f"The watch of {aim(watch.target)} rests, as its case was closed."
    return _said(
        watch, sentence, [Line(plain(sentence, 600), bold=True), Line(f"/watch resume {watch.id}", "To go on")]
    )


def watches(found: Sequence[Watch], *, elsewhere: int = 0) -> Message:
    """A list."""
    if not found:
        return notice("Nothing is watched here.", next_step="Start with /watch example.com daily")
    blocks: list[Block] = [header("Watches")]
    blocks += [paragraph(watch_row(each)) for each in found[:SHOWN]]
    if len(found) > SHOWN:
        blocks.append(lines(Line(f"and {counted(len(found) - SHOWN, 'more watch', 'more watches')}")))
    if elsewhere:
        blocks.append(context(f"{counted(elsewhere, 'watch', 'watches')} of yours in other channels not shown"))
    blocks.append(context("/watch pause ID · resume ID · stop ID · edit ID daily threshold=high until=2027-01-31"))
    return compose(f"{counted(len(found), 'watch', 'watches')}.", blocks)


def watch_row(watch: Watch) -> str:
    """One watch in mrkdwn: what, when, and how it stands."""
    about = f"*{safe(aim(watch.target), 150)}*: {safe(when_words(watch), 120)}, {safe(standing(watch), 300)}"
    least = f"threshold {watch.threshold}" if watch.threshold else "every change"
    ways = [f"playbook {safe(watch.playbook, 40)}"] * bool(watch.playbook)
    next_one = [f"next {moment(watch.due_at)}"] if watch.due_at and watch.standing == "on" else []
    end = [f"until {day_in(watch, watch.expires_at)}"] if watch.expires_at else []
    small = [f"`{safe(watch.id, 40)}`", f"by {person(watch.made_by)}", least, *ways, *next_one, *end]
    return f"{about}\n{' · '.join(small)}"


def standing(watch: Watch) -> str:
    """How it goes, in words."""
    if watch.trouble:
        return f"{watch.standing}: {watch.trouble}"
    if watch.standing != "on":
        return watch.standing
    if watch.failures:
        return f"could not look {counted(watch.failures, 'time')} in a row"
    if watch.last_at is None:
        return "not looked yet"
    if watch.changed_at is not None:
        return f"last change {day_in(watch, watch.changed_at)}: {watch.changed}"
    return "nothing new so far"


def _said(watch: Watch, sentence: str, said: Sequence[Line]) -> Message:
    return compose(safe(sentence, 600), [lines(*said), _small(watch)])


def _small(watch: Watch) -> Block:
    label = f"TLP:{watch.tlp.upper()}" if watch.tlp else ""
    return context(label, f"Watch `{safe(watch.id, 40)}`", safe(when_words(watch), 120))


def _unseen(titles: Sequence[str]) -> list[Line]:
    said = f"{_named(titles)}: what they hold I do not know."
    return [Line(said, "Not looked at in the last run")] if titles else []


def _partly(titles: Sequence[str]) -> list[Line]:
    said = f"{_named(titles)}: they may hold more that is new."
    return [Line(said, "Compared only in part, or not, in the last run")] if titles else []


def _named(titles: Sequence[str]) -> str:
    shown = listed([plain(each, 60, spare=(each.lower(),)) for each in titles[:NAMED]])
    return shown + (f" and {len(titles) - NAMED} more" if len(titles) > NAMED else "")


def _end(watch: Watch) -> str:
    return f"on {day_in(watch, watch.expires_at)}" if watch.expires_at else "never, until somebody stops it"
