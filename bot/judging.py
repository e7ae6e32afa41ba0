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
from core.verdicts import WORDS, Judgement
from tasks.explained import explain as explanation
from tasks.queue import hint

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
    finding = found(whole, mark)
    if finding is None or (is_direct_only(finding) and not reads_alone(who.place, who.user, one)):
        return blocks.notice(tr(GONE), next_step=tr("Run the scan again to see what is there now."))
    judging = partial(front.store.verdicts.judge, whole, mark, Judgement(word), user=who.user)
    verdict, new = await front.record(judging, within=AT_LEISURE)
    if new:
        log.info("finding judged", scan=one.id, user=who.user, verdict=word)
        front.later(hint("tasks.report.deliver", one.id))
    return judged_notice(whole, finding, verdict, front.seal(who.place.team), new=new)


async def undo(front: Front, who: Who, one: Scan, action: Action) -> Message:
    """Take a verdict back. Anybody who may judge may: it is written down who did."""
    await _whole(front, who, one)
    number = int(action.subject) if action.subject.isdecimal() else 0
    try:
        verdict, done = await front.record(
            partial(front.store.verdicts.undo, one, number, user=who.user), within=AT_LEISURE
        )
    except KeyError:
        return blocks.notice(tr("That verdict is no longer in my record."))
    if not done:
        return blocks.notice(tr("That verdict was taken back already."))
    log.info("verdict taken back", scan=one.id, user=who.user)
    front.later(hint("tasks.report.deliver", one.id))
    word = tr(WORDS[verdict.judgement])
    return blocks.notice(tr("Taken back: it is no longer judged {verdict}.", verdict=word))


def found(scan: Scan, mark: str) -> Finding | None:
    """The finding with this fingerprint."""
    return next((each for run in scan.runs for _, each in among(run, {mark})), None)


async def _whole(front: Front, who: Who, one: Scan) -> Scan:
    """The scan with what was found, for somebody who may see it.

    Raises:
        NotAllowed: it is not theirs to see.
    """
    if not sees(reader_of(who), one):
        raise NotAllowed(tr("That scan is not yours to see."), rule="not seen")
    return await front.record(lambda: front.store.scans.get(one.id), within=AT_LEISURE)
