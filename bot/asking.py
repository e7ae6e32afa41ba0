"""From typed words to started scans: one path for commands, mentions, forms and buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from bot import approvals, changes, counting, files, guard, playbooks
from bot.carried import carry
from bot.front import ANSWER_WITHIN, RECORD_WITHIN, Front, Gate
from bot.grammar import Question
from bot.guard import Who
from core import blocks, traces
from core.access import Reader
from core.blanks import hide
from core.blocks import Message
from core.blocks.approvals import SAY_WHY
from core.cases import strictest, tlp_of
from core.change import Before
from core.errors import Ambiguous, GumshoeError, NeedsApproval, NeedsReason, StoreUnsure
from core.language import N_, spoken, tr
from core.models import Asker, Scan, Target
from core.store import Room, TooFar, TooOften
from core.targets import display
from tasks import scan

log = structlog.get_logger()

SPARE = ANSWER_WITHIN - RECORD_WITHIN  # seconds for what else is to be found out before a scan is written
SAID = 3  # targets of one question of which the receipt says who looked before
MANY = 30  # threads that are not told yet: from there on a new one waits noticeably
COMMANDS = (
    *("help", "status", "cancel", "collectors", "history", "diff", "explain", "tree", "export", "quota"),
    *("case", "watch", "playbooks", "playbook", "digest", "deny", "role", "forget"),
)


@dataclass(slots=True)
class Started:
    """What came of a question."""

    new: list[Scan] = field(default_factory=list)
    repeated: list[Scan] = field(default_factory=list)
    late: str = ""
    targets: tuple[Target, ...] = ()  # with what there is to say of them


class NotInTime(StoreUnsure):
    """The record did not answer in time; `str(error)` says whether something may have been started."""

    def __init__(self, sentence: str, step: str) -> None:
        super().__init__(sentence)
        self.step = step


async def ask(front: Front, who: Who, question: Question) -> Message:
    """Start a scan for each target and return the receipt; in a bounded time, or refuse with nothing half-done."""
    try:
        started = await begin(front, who, question)
        reader = Reader(who.place.team, who.user, frozenset({who.place.channel} - {""}))
        seen = await changes.before(front, reader, started.new[:SAID])
        return _receipt(front, question, started, seen)
    except Ambiguous as error:
        return blocks.choose(tr(str(error)), error.choices, seal=front.seal(who.place.team))
    except NeedsReason as error:
        return blocks.say_why(tr(str(error)), seal=front.seal(who.place.team), action=carry(who, question, SAY_WHY))
    except NeedsApproval as need:
        return await _approved_first(front, who, question, need)
    except NotInTime as error:
        return blocks.notice(tr(str(error)), next_step=tr(error.step))
    except GumshoeError as error:
        return blocks.notice(tr(str(error)))


async def _approved_first(front: Front, who: Who, question: Question, need: NeedsApproval) -> Message:
    try:
        return await approvals.request(front, who, wish_of(who, question), need)
    except GumshoeError as error:
        return blocks.notice(tr(str(error)))


async def begin(front: Front, who: Who, question: Question, *, within: float = ANSWER_WITHIN) -> Started:
    """Start a scan for each target; within so many seconds, or refuse with nothing half-done.

    Raises:
        NotInTime: nothing was started, or nobody knows; its sentence says which.
        GumshoeError: why nothing was started, as a sentence for the person.
    """
    hide(who.name, *(each.value for each in question.targets if each.is_selector))
    gate = Gate()
    work = asyncio.create_task(_start(front, who, question, gate, within))
    try:
        done, _ = await asyncio.wait({work}, timeout=within)
    except asyncio.CancelledError:
        gate.close()  # whoever asked is told that nothing came of it
        raise
    if not done:
        if gate.close():
            work.cancel()
            counting.asked("scan", "late")
            raise NotInTime(N_("I could not write this down in time, so nothing was started."), AGAIN)
        done, _ = await asyncio.wait({work}, timeout=0.4)
    if not done:
        front.keep(work)
        counting.asked("scan", "late")
        raise NotInTime(MAYBE, LOOK)
    try:
        with counting.asking("scan", ends=False):
            started = work.result()
    except StoreUnsure as error:
        if gate.close():  # the thread that writes may still wait for a lock: this makes the refusal true for good
            raise
        raise NotInTime(MAYBE, LOOK) from error
    counting.asked("scan", "done" if started.new else "repeated")
    return started


AGAIN = N_("Try again in a minute.")
MAYBE = N_("This may have started: the database is slow.")
LOOK = N_("See /scan status in a minute.")


async def _start(front: Front, who: Who, question: Question, gate: Gate, within: float) -> Started:
    await guard.check(front, who, "scan", starts=True)
    await files.check(front, who, question.targets)
    question = await playbooks.settled(front, who, question)
    await front.queue_up()
    wish = replace(wish_of(who, question), rates=guard.rates(front, who, question.priority), room=room(front))
    start = partial(scan.start, front.store, front.settings, wish, willing=gate.passes)
    try:
        opened = await front.record(start, within=within - SPARE)
    except TooOften as error:
        raise await guard.refuse(front, who, "scan", error) from error
    except TooFar as error:
        await guard.write(front, who, "pivot", question.belongs.parent, decision="refused", rule=error.rule)
        raise
    written = [each.scan for each in opened if each.new]
    for one in written:
        log.info("scan asked", scan=one.id, kind=str(one.target.kind), user=who.user, door=who.door)
    if written:
        front.later(asyncio.to_thread(scan.announce_all, written))
    traces.note(scans=len(opened), scan=opened[0].scan.id if len(opened) == 1 else "")
    # To a delivery that came again, its receipt is given again: the first one was most likely lost.
    new = [each.scan for each in opened if each.new or each.delivered]
    lag = await front.lagging()
    late = N_("{n} threads wait to be posted, so yours may come late: Slack limits how much I may post in a minute.")
    repeated = [each.scan for each in opened if not (each.new or each.delivered)]
    return Started(new, repeated, tr(late, n=lag) if lag >= MANY else "", question.targets)


def room(front: Front) -> Room:
    """How far a tree of pivots may grow."""
    return Room(front.settings.pivot_hops, front.settings.pivot_scans)


def wish_of(who: Who, question: Question) -> scan.Wish:
    """What this person wants scanned, here."""
    manner = question.manner
    return scan.Wish(
        question.targets,
        Asker(who.user, who.name, spoken() if who.door == "slack" else ""),
        who.place,
        who.door,
        names=manner.names,
        options=manner.options,
        fresh=manner.fresh,
        active=manner.active,
        tag=manner.tag,
        priority=question.priority,
        reason=question.reason,
        callback=question.callback,
        token=question.token,
        belongs=replace(question.belongs, tlp=_label(question), playbook=manner.playbook),
        depth=manner.depth,
        keys=question.keys,
        lenient=question.lenient,
        repeat_within=question.repeat_within,
    )


def _label(question: Question) -> str:
    """What was said; for a pivot no looser than its parent, whose finding it is about."""
    return str(strictest(question.manner.tlp, tlp_of(question.belongs.tlp)) or "")


def _receipt(front: Front, question: Question, started: Started, seen: Mapping[str, Before]) -> Message:
    notes = {target: target.notes for target in started.targets}
    scans = [_with_notes(one, notes) for one in started.new]
    repeats = [_repeat(one) for one in started.repeated]
    return blocks.receipt(
        scans, titles=front.titles, ignored=question.ignored, joined=repeats, late=started.late, seen=seen
    )


def _repeat(one: Scan) -> str:
    done = N_("{target} was scanned for you just now (scan {id}).")
    running = N_("{target} is being scanned for you already (scan {id}).")
    return tr(done if one.finished_at else running, target=display(one.target), id=one.id)


def _with_notes(one: Scan, notes: dict[Target, tuple[str, ...]]) -> Scan:
    """The record keeps a target's identity; what the parser had to say about it is for the asker, now."""
    return replace(one, target=Target(one.target.kind, one.target.value, notes.get(one.target, ())))
