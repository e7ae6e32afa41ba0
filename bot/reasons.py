"""Say Why: asks for the reason of a question that has none, and then asks the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot import guard
from bot.asking import ask
from bot.carried import carried
from bot.forms import tell
from bot.front import Front
from bot.guard import Who
from core import blocks
from core.blocks.approvals import WHY
from core.errors import GumshoeError, NotAllowed, SlackError
from core.language import tr
from core.models import Place

log = structlog.get_logger()


async def open_form(front: Front, who: Who, trigger: str, value: str) -> None:
    """The form behind the button Say Why."""
    try:
        front.unseal(value, who.place.team)
    except NotAllowed as refusal:
        await guard.write(front, who, "click", value[:80], decision="refused", rule=refusal.rule)
        await tell(front, who, blocks.notice(tr(str(refusal))))
        return
    try:
        await guard.check(front, who, "form")
        modal = blocks.why_modal(value, channel=who.place.channel, thread_ts=who.place.thread_ts)
        await front.slack.open_view(trigger, modal)
    except SlackError as error:
        if error.code == "exchanged_trigger_id":
            return  # another process was brought a copy of this wish, and opened it
        log.warning("form not opened", user=who.user, why=str(error), code=error.code)
        step = tr('Try again, or add reason="..." to your command.')
        await tell(front, who, blocks.notice(tr("Slack did not open the form."), next_step=step))
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))


async def submit(front: Front, who: Who, view: Mapping[str, Any]) -> dict[str, str]:
    """Ask the question that the form carries, with the reason that was typed; returns the errors to show in it."""
    reason, value, channel, thread_ts = blocks.why_filled(view)
    if not reason:
        return {WHY: tr("Say in a few words why you ask.")}
    who = replace(who, place=Place(who.place.team, channel, thread_ts))
    try:
        who, question = carried(front, who, front.unseal(value, who.place.team))
    except GumshoeError as error:
        return {WHY: tr(str(error))}
    await tell(front, who, await ask(front, who, replace(question, reason=reason)))
    return {}
