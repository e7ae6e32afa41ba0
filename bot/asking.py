"""From typed words to started scans: one path for commands, mentions, forms and buttons."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from bot import files, guard
from bot.front import ANSWER_WITHIN, Front, Gate
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.errors import Ambiguous, BadQuestion, GumshoeError, NotATarget, StoreUnsure
from core.models import Asker, Scan, Target
from core.store import TooOften
from core.targets import display, parse, split
from tasks import scan

log = structlog.get_logger()

MOST_TARGETS = 10  # per question; more would be a list for the API
MOST_WORDS = 100  # reading thousands would take longer than Slack waits
REPEAT_WITHIN = 3.0  # seconds in which the same question by the same person is a repeat, not a wish
MANY = 30  # threads that are not told yet: from there on a new one waits noticeably
OPTIONS = ("collectors", "fresh")
COMMANDS = ("help", "status", "cancel", "collectors", "history")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know."""

    targets: tuple[Target, ...]
    names: tuple[str, ...] = ()  # collectors; empty: all that fit
    fresh: bool = False
    tag: str = ""
    ignored: tuple[str, ...] = ()  # sentences about words that were left out
    lenient: bool = False  # collectors that do not fit a target are left out instead of refused
    keys: tuple[str, ...] = ()  # name the delivery that asks, so that its repeat starts nothing


@dataclass(slots=True)
class Started:
    """What came of a question."""

    new: list[Scan] = field(default_factory=list)
    repeated: list[Scan] = field(default_factory=list)
    late: str = ""


def read(text: str, front: Front, *, keys: tuple[str, ...] = ()) -> Question:
    """Parse `<target> [target ...] [collectors=dns,whois] [fresh] [#tag]`.

    Raises:
        NotATarget, Ambiguous: no word names a target; the first word's sentence.
        BadQuestion: an option that does not exist.
    """
    words, names, fresh, tag = options(text)
    if len(words) > MOST_WORDS:
        raise BadQuestion(f"That is {len(words)} words; at most {MOST_TARGETS} targets can be asked at once.")
    for word in words:
        if _is_option(word.lower()):
            raise BadQuestion(_no_such_option(word.lower().partition("=")[0]))
    targets, ignored = _targets(words, front)
    return Question(targets, names, fresh, tag, ignored, keys=keys)


def options(text: str) -> tuple[list[str], tuple[str, ...], bool, str]:
    """Part the options that we know from the other words: those words, collectors, fresh, tag."""
    names: list[str] = []
    tags: list[str] = []
    words: list[str] = []
    fresh = False
    for word in split(text):
        lowered = word.lower()
        if lowered.startswith(("collectors=", "collector=")):
            names += [name for name in lowered.partition("=")[2].split(",") if name]
        elif lowered == "fresh":
            fresh = True
        elif word.startswith("#") and len(word) > 1:
            tags.append(word[1:])
        else:
            words.append(word)
    return words, tuple(names), fresh, " ".join(tags)[:100]


def spelled(text: str) -> str:
    """The options of a question, written so that they are read the same again."""
    _, names, fresh, tag = options(text)
    tags = [f"#{word}" for word in tag.split()]
    return " ".join([f"collectors={','.join(names)}"] * bool(names) + ["fresh"] * fresh + tags)


def _is_option(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isalpha()


def _no_such_option(name: str) -> str:
    close = difflib.get_close_matches(name, [*OPTIONS], n=1)
    hint = f" Did you mean {close[0]}=?" if close else " I know collectors=dns,whois and fresh."
    return f'There is no option "{name}=".{hint}'


def _targets(words: Sequence[str], front: Front) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    found: dict[Target, None] = {}
    trouble: list[NotATarget] = []
    for word in words:
        try:
            found[parse(word, allow=front.settings.allow_networks)] = None
        except NotATarget as error:
            trouble.append(error)
    if trouble and not found:
        raise trouble[0]
    if not found:
        raise BadQuestion("Name what to look up: /scan example.com")
    if len(found) > MOST_TARGETS:
        raise BadQuestion(f"That is {len(found)} targets; at most {MOST_TARGETS} can be asked at once.")
    return tuple(found), tuple(str(error) for error in trouble)


async def ask(front: Front, who: Who, question: Question) -> Message:
    """Start a scan for each target and return the receipt; in a bounded time, or refuse with nothing half-done."""
    gate = Gate()
    work = asyncio.create_task(_start(front, who, question, gate))
    try:
        done, _ = await asyncio.wait({work}, timeout=ANSWER_WITHIN)
    except asyncio.CancelledError:
        gate.close()  # whoever asked is told that nothing came of it
        raise
    if not done:
        if gate.close():
            work.cancel()
            return blocks.notice("I could not write this down in time, so nothing was started.", next_step=AGAIN)
        done, _ = await asyncio.wait({work}, timeout=0.4)
    if not done:
        front.keep(work)
        return blocks.notice(MAYBE, next_step=LOOK)
    try:
        return _receipt(front, question, work.result())
    except Ambiguous as error:
        return blocks.choose(str(error), error.choices, seal=front.seal(who.place.team))
    except StoreUnsure as error:
        # The thread that writes may still wait for a lock: closing the gate makes the refusal true for good.
        return blocks.notice(str(error)) if gate.close() else blocks.notice(MAYBE, next_step=LOOK)
    except GumshoeError as error:
        return blocks.notice(str(error))


AGAIN = "Try again in a minute."
MAYBE = "This may have started: the database is slow."
LOOK = "See /scan status in a minute."


async def _start(front: Front, who: Who, question: Question, gate: Gate) -> Started:
    await guard.check(front, who, "scan", starts=True)
    await files.check(front, who, question.targets)
    await front.queue_up()
    wish = scan.Wish(
        question.targets,
        Asker(who.user, who.name),
        who.place,
        who.door,
        names=question.names,
        fresh=question.fresh,
        tag=question.tag,
        keys=question.keys,
        lenient=question.lenient,
        repeat_within=REPEAT_WITHIN,
        rates=guard.rates(front, who),
    )
    try:
        opened = await front.record(lambda: scan.start(front.store, front.settings, wish, willing=gate.passes))
    except TooOften as error:
        raise await guard.refuse(front, who, "scan", error) from error
    for each in opened:
        if each.new:
            front.later(asyncio.to_thread(scan.announce, each.scan.id))
    # To a delivery that came again, its receipt is given again: the first one was most likely lost.
    new = [each.scan for each in opened if each.new or each.delivered]
    lag = await front.lagging()
    late = f"{lag} threads wait to be posted, so yours may come late: Slack limits how much I may post in a minute."
    repeated = [each.scan for each in opened if not (each.new or each.delivered)]
    return Started(new, repeated, late if lag >= MANY else "")


def _receipt(front: Front, question: Question, started: Started) -> Message:
    notes = {target: target.notes for target in question.targets}
    scans = [_with_notes(one, notes) for one in started.new]
    repeats = [_repeat(one) for one in started.repeated]
    return blocks.receipt(scans, titles=front.titles, ignored=question.ignored, joined=repeats, late=started.late)


def _repeat(one: Scan) -> str:
    done = "was scanned for you just now" if one.finished_at else "is being scanned for you already"
    return f"{display(one.target)} {done} (scan {one.id})."


def _with_notes(one: Scan, notes: dict[Target, tuple[str, ...]]) -> Scan:
    """The record keeps a target's identity; what the parser had to say about it is for the asker, now."""
    return replace(one, target=Target(one.target.kind, one.target.value, notes.get(one.target, ())))
