"""The form that writes a playbook's next version: what opens it, and what happens with a filled one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from bot import guard
from bot.forms import tell
from bot.front import Front
from bot.grammar import listed
from bot.guard import Who
from core import blocks
from core.errors import BadQuestion, GumshoeError, SlackError
from core.language import N_, tr
from core.playbooks import Playbook
from core.seal import Action
from tasks.playbooks import all_of, next_version


async def open_form(front: Front, who: Who, trigger: str, value: str) -> None:
    """The Edit button: a form with the newest version. What cannot be opened is said to the person."""
    try:
        action: Action = front.unseal(value, who.place.team)
        await guard.check(front, who, "playbook_edit", action.subject)
        known = await front.record(partial(all_of, front.store, who.place.team))
        book = known.get(action.subject) or Playbook(action.subject, 0, "")
        view = blocks.playbook_modal(book, front.offers, channel=who.place.channel)
        await (await front.door(who.place.team)).open_view(trigger, view)
    except SlackError as error:
        if error.code != "exchanged_trigger_id":  # another process opened it
            await tell(front, who, blocks.notice(tr("Slack did not open the form."), next_step=tr("Try again.")))
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))


async def submit(front: Front, who: Who, view: Mapping[str, Any]) -> dict[str, str]:
    """Write the next version from a filled form; returns the errors to show in it, by block id."""
    form = blocks.filled_playbook(view)
    who = replace(who, place=replace(who.place, channel=form.channel))
    save = partial(
        next_version,
        front.store,
        front.settings,
        who.place.team,
        form.name,
        about=form.about,
        names=listed(form.collectors),
        options=listed(form.options),
        kinds=listed(form.kinds),
        rules=listed(form.rules),
        after=form.version,
        by=who.user,
    )
    try:
        await guard.check(front, who, "playbook_save", form.name)
        made = await front.record(save)
    except GumshoeError as error:
        field = error.field if isinstance(error, BadQuestion) else ""
        return {field or "about": tr(str(error))[:140]}
    said = N_("{name} is at version {version} now. Scans that run keep theirs.")
    await tell(front, who, blocks.notice(tr(said, name=made.name, version=made.version)))
    return {}
