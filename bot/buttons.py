"""What buttons do. Each click is checked as if it were a command; a second click does nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NoReturn

from bot import (
    approvals,
    changes,
    commands,
    counting,
    exporting,
    forgetting,
    guard,
    judging,
    pictures,
    previews,
)
from bot.commands import reader_of
from bot.front import AT_LEISURE, Front
from bot.grammar import read
from bot.guard import Who
from core import blocks
from core.access import sees
from core.blocks import Message
from core.blocks.approvals import APPROVE, REFUSE
from core.cases import Tlp
from core.errors import GumshoeError, NeedsApproval, NeedsReason, NotAllowed
from core.language import N_, tr
from core.models import Scan
from core.seal import Action
from core.store import TooOften
from core.targets import display
from tasks import permission, scan
from tasks.queue import hint

ONLY = {"rerun": "all", "rerun_failed": "failed", "ask_target": scan.UNCONSENTED}  # what a new round asks
Said = Message | None  # None: the thread itself shows what happened


GONE = N_("That scan is no longer in my record.")
RED = N_("This scan is TLP:RED: only who asked and the members of its case may do that.")
ELSEWHERE = N_("This button belongs to a scan of another channel, so I did nothing.")


async def click(front: Front, who: Who, value: str, *, keys: tuple[str, ...] = ()) -> Said:
    """Do what a button's value says, if it is ours and this person may. Never raises an error of ours."""
    try:
        action = front.unseal(value, who.place.team)
    except NotAllowed as refusal:
        front.later(guard.write(front, who, "click", value[:80], decision="refused", rule=refusal.rule))
        return blocks.notice(tr(str(refusal)))
    if action.verb not in (*VERBS, *ASKED, *KEYED):
        sentence = tr("This button is from another version of me, so I did nothing.")
        return blocks.notice(sentence, next_step=tr("Start a new /scan."))
    try:
        if action.verb in ASKED:
            return await ASKED[action.verb](front, who, action, keys)
        with counting.asking(action.verb):
            one = await scan_of(front, who, action)
            subject = judging.subject_of(action, display(one.target))
            await guard.check(front, who, action.verb, subject, starts=VERBS.get(action.verb) is _rerun)
            keyed = KEYED.get(action.verb)
            act = partial(keyed, keys=keys) if keyed else VERBS[action.verb]
            return await act(front, who, one, action)
    except NotAllowed as refusal:
        step = tr("Start a new /scan.") if refusal.rule == "scan gone" else ""
        return blocks.notice(tr(str(refusal)), next_step=step)
    except GumshoeError as error:
        return blocks.notice(tr(str(error)))


async def scan_of(front: Front, who: Who, action: Action) -> Scan:
    """The scan a button is about.

    Raises:
        NotAllowed: it is gone, or was asked elsewhere by somebody else: its buttons stand there, not here.
    """
    try:
        one = await front.record(lambda: front.store.scans.get(action.scan_id))
    except KeyError:
        one = None
    if one is None or one.place.team != who.place.team:
        await _refuse(front, who, action, NotAllowed(tr(GONE), rule="scan gone"))
    if not sees(reader_of(who), one):
        red = one.belongs.tlp == Tlp.RED
        sentence, rule = tr(RED if red else ELSEWHERE), "tlp" if red else "another channel"
        await _refuse(front, who, action, NotAllowed(sentence, rule=rule))
    return one


async def _refuse(front: Front, who: Who, action: Action, refusal: NotAllowed) -> NoReturn:
    await guard.write(front, who, action.verb, action.scan_id, decision="refused", rule=refusal.rule)
    raise refusal


async def _cancel(front: Front, who: Who, one: Scan, action: Action) -> Said:
    if one.round != action.round:
        begun = N_("This button belonged to round {was}; round {now} has begun since.")
        return blocks.notice(tr(begun, was=action.round, now=one.round))
    one, stopped = await front.record(lambda: scan.cancel(front.store, one.id, by=who.user), within=AT_LEISURE)
    if stopped:
        front.later(hint("tasks.report.deliver", one.id))
        return None
    sentence = tr("Nothing to stop: the scan of {target} has ended.", target=display(one.target))
    return blocks.notice(sentence, by=one.cancelled_by)


async def _rerun(front: Front, who: Who, one: Scan, action: Action) -> Said:
    only = ONLY.get(action.verb, action.subject)
    await front.queue_up()
    rerun = partial(scan.rerun, front.store, front.settings, one.id, by=who.user, after=action.round, only=only)
    try:
        again, opened = await front.record(partial(rerun, rates=guard.rates(front, who)), within=AT_LEISURE)
    except NeedsReason as error:
        step = tr("Start it anew: /scan and the target, then because and why.")
        return blocks.notice(tr(str(error)), next_step=step)
    except NeedsApproval as need:
        return await _approved_first(front, who, one, need, again={"scan": one.id, "after": action.round, "only": only})
    except TooOften as error:
        raise await guard.refuse(front, who, action.verb, error, display(one.target)) from error
    if opened:
        front.later(asyncio.to_thread(scan.announce, again))
        return None
    if scan.round_of(again, only) == action.round:  # nobody ran it again since: it has not ended yet
        sentence = tr("The scan of {target} is still running.", target=display(again.target))
        return blocks.notice(sentence, next_step=tr("Cancel it first."))
    if again.round_by == who.user:
        return blocks.notice(tr("You have already run this again, as round {round}.", round=again.round))
    since = N_("This was run again since, as round {round}. See the newest messages of the thread.")
    sentence = tr(since, round=again.round)
    return blocks.notice(sentence, by=again.round_by)


async def _approved_first(
    front: Front, who: Who, one: Scan, need: NeedsApproval, *, again: dict[str, object]
) -> Message:
    wish = permission.wish_again(one, by=who.user, door=who.door, reason="", approval="")
    return await approvals.request(front, who, wish, need, again=again)


async def _pivot_more(front: Front, _who: Who, one: Scan, _action: Action) -> Said:
    """The next batch of what depth=1 found; the notifier starts it."""
    await front.queue_up()
    if not await front.record(lambda: front.store.pivotings.more(one.id)):
        sentence = tr("These are looked up already, or nothing is left.")
        return blocks.notice(sentence, next_step=tr("See /scan tree."))
    front.later(hint("tasks.pivots.spread", one.id))
    return blocks.notice(tr("Looking up more of what {target} leads to.", target=display(one.target)))


async def _graph(front: Front, who: Who, one: Scan, _action: Action) -> Said:
    return await pictures.post(front, who, one)


async def _tree(front: Front, who: Who, one: Scan, _action: Action) -> Said:
    return await commands.tree(front, who, one.id)


async def _post_again(front: Front, _who: Who, one: Scan, _action: Action) -> Said:
    await front.queue_up()
    await front.record(lambda: front.store.desk.again(one.id))
    front.later(hint("tasks.report.deliver", one.id))
    return blocks.notice(tr("Posting the thread of {target} again.", target=display(one.target)))


async def _diff(front: Front, who: Who, one: Scan, action: Action) -> Said:
    return await changes.clicked(front, who, reader_of(who), one, action)


async def _choose(front: Front, who: Who, action: Action, keys: tuple[str, ...]) -> Message:
    return await previews.answer(front, who, read(action.subject, allow=front.settings.allow_networks, keys=keys))


async def _run_plan(front: Front, who: Who, action: Action, _keys: tuple[str, ...]) -> Message:
    return await previews.run(front, who, action)


async def _decide(front: Front, who: Who, action: Action, _keys: tuple[str, ...]) -> Said:
    return await approvals.decide(front, who, action)


async def _forget(front: Front, who: Who, action: Action, _keys: tuple[str, ...]) -> Message:
    return await forgetting.forget(front, who, action)


# Buttons that ask a question, and those that belong to a scan.
ASKED: dict[str, Callable[[Front, Who, Action, tuple[str, ...]], Awaitable[Said]]] = {
    "choose": _choose,
    previews.RUN: _run_plan,
    APPROVE: _decide,
    REFUSE: _decide,
    forgetting.FORGET: _forget,
}
VERBS: dict[str, Callable[[Front, Who, Scan, Action], Awaitable[Said]]] = {
    "cancel": _cancel,
    "rerun": _rerun,
    "rerun_failed": _rerun,
    "rerun_one": _rerun,
    "ask_target": _rerun,
    "post_again": _post_again,
    "diff": _diff,
    "explain": judging.explain,
    "verdict": judging.judge,
    "undo_verdict": judging.undo,
    "pivot_more": _pivot_more,
    "graph": _graph,
    "tree": _tree,
    "export": exporting.offer,
}
# Those that leave something behind which the click itself must name.
KEYED = {"export_as": exporting.export}
