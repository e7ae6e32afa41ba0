"""Verdicts by reaction, where the workspace has agreed on it (JUDGE_BY_REACTION): one on a reply judges what matters in
it."""

from __future__ import annotations

from functools import partial

import structlog

from bot import counting, forms, guard, judging
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks
from core.blocks.judged import worth_judging
from core.blocks.readers import is_direct
from core.errors import GumshoeError
from core.language import tr
from core.models import Scan
from core.targets import display
from core.verdicts import Judgement

log = structlog.get_logger()
MEANS = {
    "white_check_mark": Judgement.CONFIRMED,
    "x": Judgement.FALSE,
    "bust_in_silhouette": Judgement.NOT_THIS_PERSON,
    "dove_of_peace": Judgement.BENIGN,
}


async def reacted(front: Front, who: Who, reaction: str, *, ts: str) -> None:
    """Judge what a reply's message is about. Any other reaction, and any other message, is none of ours."""
    judgement = MEANS.get(reaction.partition("::")[0])  # a skin tone stands behind
    if judgement is None:
        return
    try:
        where = await front.record(
            partial(front.store.verdicts.reply_at, who.place.team, who.place.channel, ts), within=AT_LEISURE
        )
        if where is None:
            return
        with counting.asking("verdict"):
            told = await _judged(front, who, *where, judgement)
    except GumshoeError as error:
        told = blocks.notice(tr(str(error)))
    await forms.tell(front, who, told)


async def _judged(front: Front, who: Who, scan_id: str, collector: str, judgement: Judgement) -> blocks.Message:
    one = await front.record(lambda: front.store.scans.get(scan_id), within=AT_LEISURE)
    await guard.check(front, who, "verdict", f"{display(one.target)} {judgement} by reaction")
    marks = _worth(one, collector, alone=is_direct(one.place))
    if len(marks) != 1:
        step = tr("Press Judge under the scan's first message and choose one.")
        sentence = tr("This reply has {n} findings that matter, so I judged none.", n=len(marks))
        return blocks.notice(sentence, next_step=step)
    return await judging.judge_as(front, who, one, marks[0], str(judgement))


def _worth(one: Scan, collector: str, *, alone: bool) -> list[str]:
    return [each.fingerprint for each in worth_judging(one, {}, alone=alone) if each.collector == collector]
