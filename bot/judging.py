"""Judging and explaining in Slack: the menu that explains, the buttons and the form that judge, and taking it back."""

from __future__ import annotations

from functools import partial

import structlog

from bot.commands import reader_of
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks
from core.access import sees
from core.blocks import Message
from core.blocks.explained import explained
from core.blocks.facts import is_direct_only
from core.blocks.headlines import RULE
from core.blocks.judged import judged_notice
from core.blocks.readers import reads_alone
from core.errors import NotAllowed
from core.judged import among
from core.language import N_, tr
from core.models import Finding, Scan
from core.seal import Action
from core.verdicts import WORDS, Judgement, Verdict
from tasks.explained import explain as explanation
from tasks.queue import hint_change
from tasks.scan import way_of

log = structlog.get_logger()
GONE = N_("That is no longer among the findings of this scan.")


def subject_of(action: Action, target: str) -> str:
    """What the audit says of a verdict besides its target: what was judged of which finding."""
    return f"{target} {action.subject}" if action.verb in ("verdict", "undo_verdict") else target


async def explain(front: Front, who: Who, one: Scan, action: Action) -> Message:
    """To who asked, alone."""
    whole = await _whole(front, who, one)
    subject = action.subject.removeprefix(RULE)
    told = await front.record(
        partial(explanation, front.store, whole, subject, reader_of(who), alone=reads_alone(who.place, who.user, one)),
        within=AT_LEISURE,
    )
    if told is None:
        return blocks.notice(tr(GONE), next_step=tr("It may have been judged, or asked again since."))
    return explained(whole, told, front.seal(who.place.team))


async def judge(front: Front, who: Who, one: Scan, action: Action) -> Message:
    """A button says what, of which finding: `false:<fingerprint>`."""
    word, _, mark = action.subject.partition(":")
    return await judge_as(front, who, one, mark, word)


async def judge_as(front: Front, who: Who, one: Scan, mark: str, word: str) -> Message:
    """Write a verdict down; the thread is told anew by whoever is at its desk."""
    if word not in set(Judgement):
        known = tr("There are: {names}.", names=", ".join(map(tr, WORDS.values())))
        return blocks.notice(tr("I do not know this verdict."), next_step=known)
    whole = await _whole(front, who, one)
    finding = found(whole, mark, alone=reads_alone(who.place, who.user, one))
    if finding is None:
        return blocks.notice(tr(GONE), next_step=tr("Run the scan again to see what is there now."))
    verdict, new = await pronounce(front, who, whole, mark, Judgement(word))
    return judged_notice(whole, finding, verdict, front.seal(who.place.team), new=new)


async def undo(front: Front, who: Who, one: Scan, action: Action) -> Message:
    """Take a verdict back. Anybody who may judge may: it is written down who did."""
    await _whole(front, who, one)
    number = int(action.subject) if action.subject.isdecimal() else 0
    try:
        verdict, done = await take_back(front, who, one, number)
    except KeyError:
        return blocks.notice(tr("That verdict is no longer in my record."))
    if not done:
        return blocks.notice(tr("That verdict was taken back already."))
    word = tr(WORDS[verdict.judgement])
    return blocks.notice(tr("Taken back: it is no longer judged {verdict}.", verdict=word))


async def pronounce(front: Front, who: Who, whole: Scan, mark: str, judgement: Judgement) -> tuple[Verdict, bool]:
    """Write down what somebody judged who was let in, and have it told; False when the same stands already. The verb
    of every door."""
    judging = partial(front.store.verdicts.judge, whole, mark, judgement, user=who.user)
    verdict, new = await front.record(judging, within=AT_LEISURE)
    if new:
        log.info("finding judged", scan=whole.id, user=who.user, verdict=str(judgement))
        front.later(hint_change(way_of(whole), whole.id))
    return verdict, new


async def take_back(front: Front, who: Who, one: Scan, number: int) -> tuple[Verdict, bool]:
    """The same for taking one back; False when it was taken back already.

    Raises:
        KeyError: there is no such verdict on this target.
    """
    taking = partial(front.store.verdicts.undo, one, number, user=who.user)
    verdict, done = await front.record(taking, within=AT_LEISURE)
    if done:
        log.info("verdict taken back", scan=one.id, user=who.user)
        front.later(hint_change(way_of(one), one.id))
    return verdict, done


def found(scan: Scan, mark: str, *, alone: bool) -> Finding | None:
    """The finding with this fingerprint, for somebody who may read it: `alone` is whether that is who asked."""
    held = next((each for run in scan.runs for _, each in among(run, {mark})), None)
    return None if held is None or (is_direct_only(held) and not alone) else held


async def _whole(front: Front, who: Who, one: Scan) -> Scan:
    """The scan with what was found, for somebody who may see it.

    Raises:
        NotAllowed: it is not theirs to see.
    """
    if not sees(reader_of(who), one):
        raise NotAllowed(tr("That scan is not yours to see."), rule="not seen")
    return await front.record(lambda: front.store.scans.get(one.id), within=AT_LEISURE)
