"""The button Watch of a scan: the small form it opens, and what happens with a filled one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from bot import guard
from bot.buttons import scan_of
from bot.forms import tell
from bot.front import Front
from bot.guard import Who
from bot.homes import show_home
from bot.watch_words import Wanted
from bot.watching import CHANGES, edit, found, make, reader
from core import blocks
from core.errors import BadQuestion, GumshoeError, NotAllowed, SlackError
from core.language import N_, tr
from core.models import Place
from core.seal import Action
from tasks.playbooks import all_of

# Which field a sentence is about, by a word that it has in each language.
EDITED = {"until=": "until", N_("zone"): "zone"}
FIELDS = {"until=": "until", N_("playbook"): "playbook", N_("zone"): "zone", "reason=": "reason"}


async def open_form(front: Front, who: Who, trigger: str, value: str) -> None:
    """Open the form; what is in the way is said to the person."""
    try:
        action = front.unseal(value, who.place.team)
        one = await scan_of(front, who, action)
        await guard.check(front, who, "watch_form", one.id)
        every = await front.record(partial(all_of, front.store, who.place.team))
        fitting = [each.name for each in every.values() if not each.kinds or one.target.kind in each.kinds]
        await front.slack.open_view(trigger, blocks.watch_modal(one, playbooks=fitting))
    except SlackError as error:
        if error.code != "exchanged_trigger_id":  # another process opened it
            await tell(
                front, who, blocks.notice(tr("Slack did not open the form."), next_step=tr("/watch TARGET daily"))
            )
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))


async def submit(front: Front, who: Who, view: Mapping[str, Any]) -> dict[str, str]:
    """Begin the watch a filled form asks for; returns the errors to show in it, by block id."""
    said = blocks.filled_watch(view)
    who = replace(who, place=Place(who.place.team, said.get("channel", ""), said.get("thread_ts", "")))
    try:
        one = await scan_of(front, who, Action("watch", said.get("scan", "")))
        if not one.place.channel:
            raise BadQuestion(tr("That scan was asked outside of any channel. Write /watch in one instead."))
        want = Wanted(
            one.target,
            (said.get("every", ""),),
            zone=said.get("zone") or None,
            threshold=said.get("threshold") or None,
            until=said.get("until") or None,
            playbook=said.get("playbook") or None,
            reason=said.get("reason") or None,
        )
        made = await make(front, who, want, tlp=one.belongs.tlp)  # what it finds is no less secret
    except NotAllowed as error:
        return {"every": tr(str(error))}
    except GumshoeError as error:
        sentence = tr(str(error))
        field = next((name for word, name in FIELDS.items() if tr(word) in sentence), "every")
        return {field: sentence[:150]}
    await tell(front, who, blocks.watch_made(made))
    return {}


async def from_home(front: Front, who: Who, value: str) -> None:
    """Pause or Resume on the Home tab, which shows what came of it."""
    try:
        verb, _, watch_id = front.unseal(value, who.place.team).subject.partition(" ")
        one = await found(front, reader(who), watch_id)
        await CHANGES[verb](front, replace(who, place=one.place), one)
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))
    await show_home(front, who)


async def open_edit(front: Front, who: Who, trigger: str, value: str) -> None:
    """Edit on the Home tab."""
    try:
        one = await found(front, reader(who), front.unseal(value, who.place.team).subject)
        await guard.check(front, replace(who, place=one.place), "watch_form", one.id)
        await front.slack.open_view(trigger, blocks.watch_edit_modal(one))
    except SlackError as error:
        if error.code != "exchanged_trigger_id":
            await tell(front, who, blocks.notice(tr("Slack did not open the form."), next_step=tr("/watch edit ID")))
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))


async def submit_edit(front: Front, who: Who, view: Mapping[str, Any]) -> dict[str, str]:
    """Change what a filled form says; returns the errors to show in it, by block id."""
    said = blocks.filled_watch(view)
    try:
        one = await found(front, reader(who), said.get("watch", ""))
        words = tuple(said.get("every", "").lower().removeprefix("cron ").split())
        want = Wanted(
            schedule=() if " ".join(words) == one.schedule else words,
            zone=said.get("zone") or None,
            threshold=said.get("threshold") or None,
            until=said.get("until") or None,
        )
        await edit(front, replace(who, place=one.place), one, want)
    except GumshoeError as error:
        sentence = tr(str(error))
        return {next((name for word, name in EDITED.items() if tr(word) in sentence), "every"): sentence[:150]}
    front.later(show_home(front, who))
    return {}


OPENERS = {"watch": open_form, "watch_edit": open_edit}
FILLED = {"watch": submit, "watch_edit": submit_edit}
