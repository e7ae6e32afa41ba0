"""Playbooks as people use them: the word playbook= in a question, lists, one in full, and the form that edits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from bot import guard
from bot.front import Front
from bot.grammar import Question, listed
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.errors import BadQuestion, GumshoeError, SlackError
from core.playbooks import Playbook, check_name
from core.seal import Action
from tasks.playbooks import all_of, applied, find, missing, next_version

EDIT = "edit_playbook"


async def settled(front: Front, who: Who, question: Question) -> Question:
    """The question with whom its playbook says to ask; words of one's own go before. A scan that runs keeps its
    version.

    Raises:
        BadQuestion: there is no such playbook, or it is for other kinds of target.
        StoreDown: the record does not answer.
    """
    manner = question.manner
    if not manner.playbook:
        return question
    book = await front.record(partial(find, front.store, who.place.team, manner.playbook))
    names, options = applied(book, [target.kind for target in question.targets], front.settings)
    settled_manner = replace(
        manner, names=manner.names or names, options=manner.options or options, playbook=book.versioned
    )
    left_out = missing(book, front.settings)
    said = (f"{', '.join(left_out)}, which the playbook names and this bot does not offer",) * bool(left_out)
    return replace(question, manner=settled_manner, ignored=(*question.ignored, *said), lenient=True)


async def answer(front: Front, who: Who, rest: str) -> Message:
    """`/scan playbooks` and `/scan playbook NAME`.

    Raises:
        GumshoeError: the sentence for the person.
    """
    words = rest.lower().split()
    if not words:
        every = await front.record(partial(all_of, front.store, who.place.team))
        return blocks.playbooks(list(every.values()))
    if words[0] == "new":
        check_name(words[1] if len(words) > 1 else "")
        known = await front.record(partial(all_of, front.store, who.place.team))
        if words[1] in known:
            raise BadQuestion(f"There is one of that name: /scan playbook {words[1]}")
        return blocks.playbook_page(Playbook(words[1], 0, ""), (), seal=front.seal(who.place.team))
    book = await front.record(partial(find, front.store, who.place.team, words[0]))
    return blocks.playbook_page(book, missing(book, front.settings), seal=front.seal(who.place.team))


async def open_form(front: Front, who: Who, trigger: str, value: str) -> None:
    """The Edit button: a form with the newest version. What cannot be opened is said to the person."""
    try:
        action: Action = front.unseal(value, who.place.team)
        await guard.check(front, who, "playbook edit", action.subject)
        known = await front.record(partial(all_of, front.store, who.place.team))
        book = known.get(action.subject) or Playbook(action.subject, 0, "")
        view = blocks.playbook_modal(book, front.offers, channel=who.place.channel)
        await front.slack.open_view(trigger, view)
    except SlackError as error:
        if error.code != "exchanged_trigger_id":  # another process opened it
            await _tell(front, who, "Slack did not open the form. Try again.")
    except GumshoeError as error:
        await _tell(front, who, str(error))


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
        await guard.check(front, who, "playbook save", form.name)
        made = await front.record(save)
    except GumshoeError as error:
        return {"about": str(error)[:140]}
    await _tell(front, who, f"{made.name} is at version {made.version} now. Scans that run keep theirs.")
    return {}


async def _tell(front: Front, who: Who, sentence: str) -> None:
    message = blocks.notice(sentence)
    if who.place.channel:
        await front.slack.whisper(who.place.channel, who.user, message, thread_ts=who.place.thread_ts)
    else:
        await front.slack.post(who.user, message, slot=f"notice/{who.user}")
