"""The form in which a finding is judged: who opens it and what a filled one does are checked as a click is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from bot import counting, forms, guard, judging
from bot.buttons import scan_of
from bot.commands import reader_of
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks
from core.blocks.judged import filled_verdict, judge_modal, worth_judging
from core.blocks.readers import reads_alone
from core.errors import GumshoeError, SlackError
from core.judged import as_judged
from core.language import tr
from core.models import Place, Scan
from core.seal import Action
from core.targets import display
from tasks.judged import verdicts_for

log = structlog.get_logger()


async def open_form(front: Front, who: Who, trigger: str, value: str) -> None:
    """Open it for whoever pressed Judge, or tell them why not."""
    try:
        action = front.unseal(value, who.place.team)
        one = await scan_of(front, who, action)
        await guard.check(front, who, "judge", display(one.target))
        view = await front.record(partial(_view, front, who, one), within=AT_LEISURE)
        await front.slack.open_view(trigger, view)
    except SlackError as error:
        if error.code != "exchanged_trigger_id":  # else another process opened it
            log.warning("form not opened", user=who.user, why=str(error), code=error.code)
            step = tr("Try again; or choose the finding in Explain and press a verdict there.")
            await forms.tell(front, who, blocks.notice(tr("Slack did not open the form."), next_step=step))
    except GumshoeError as error:
        await forms.tell(front, who, blocks.notice(tr(str(error))))


def _view(front: Front, who: Who, one: Scan) -> dict[str, Any]:
    whole = front.store.scans.get(one.id)
    verdicts, _ = verdicts_for(front.store, whole, reader_of(who))
    worth = worth_judging(as_judged(whole, verdicts), verdicts, alone=reads_alone(who.place, who.user, one))
    subject = f"{who.place.channel}|{who.place.thread_ts}"
    place = front.seal(who.place.team)(Action("judge", one.id, one.round, subject))
    return judge_modal(one, worth, place=place)


async def submit(front: Front, who: Who, view: Mapping[str, Any]) -> dict[str, str]:
    """Write down what a filled form says; returns the errors to show in it, by block id."""
    mark, word = filled_verdict(view)
    if not mark or not word:
        return {"finding" if not mark else "judgement": tr("Choose one.")}
    try:
        action = front.unseal(str(view.get("private_metadata", "")), who.place.team)
        channel, _, thread_ts = action.subject.partition("|")
        who = replace(who, place=Place(who.place.team, channel, thread_ts))
        with counting.asking("verdict"):
            one = await scan_of(front, who, action)
            await guard.check(front, who, "verdict", f"{display(one.target)} {word}:{mark}")
            told = await judging.judge_as(front, who, one, mark, word)
    except GumshoeError as error:
        return {"finding": tr(str(error))}
    await forms.tell(front, who, told)
    return {}
