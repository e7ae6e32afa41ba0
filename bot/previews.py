"""Plans: what a question would do, shown to the asker alone, with a button that runs it; in words and in the form."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot import counting, files, guard, playbooks
from bot.asking import ask, wish_of
from bot.carried import carried, carry
from bot.forms import place_of, question_of
from bot.front import Front
from bot.grammar import Question
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.errors import Ambiguous, GumshoeError, SlackError
from core.language import tr
from core.previews import Left, Preview
from core.seal import Action
from core.targets import display
from tasks.preview import left, preview

log = structlog.get_logger()

RUN = "run_plan"
LEFT_WITHIN = 0.5  # seconds to find out what is left of budgets


async def answer(front: Front, who: Who, question: Question) -> Message:
    """Start what a question asks for; or only show what it would do, when it asks for its plan."""
    if not question.manner.plan:
        return await ask(front, who, question)
    try:
        with counting.asking("plan"):
            found = await plans(front, who, question)
    except Ambiguous as error:
        return blocks.choose(tr(str(error)), error.choices, seal=front.seal(who.place.team))
    except GumshoeError as error:
        return blocks.notice(tr(str(error)))
    action = carry(who, question, RUN)
    return blocks.preview(found, seal=front.seal(who.place.team), run=action)


async def run(front: Front, who: Who, action: Action) -> Message:
    """The Run button of a plan. Pressed twice it starts one scan: both name the same plan."""
    try:
        who, question = carried(front, who, action)
    except GumshoeError as error:
        return blocks.notice(tr(str(error)))
    return await ask(front, who, question)


async def fill_in(front: Front, who: Who, view: Mapping[str, Any]) -> None:
    """The Preview button of a form: shows the plan inside it."""
    who = replace(who, place=place_of(who, view))
    try:
        shown = blocks.previewed(view, await plans(front, who, question_of(front, view, keys=())))
    except GumshoeError as error:
        shown = blocks.previewed(view, [], trouble=tr(str(error)))
    try:
        await front.slack.update_view(str(view["id"]), str(view.get("hash", "")), shown)
    except SlackError as error:
        log.warning("plan not shown in the form", user=who.user, why=str(error), code=error.code)


async def plans(front: Front, who: Who, question: Question) -> list[Preview]:
    """What a question would do, target by target.

    Raises:
        NotAllowed, BadQuestion, StoreDown: as when it is asked.
    """
    await guard.check(front, who, "plan", ", ".join(display(target) for target in question.targets)[:200])
    await files.check(front, who, question.targets)
    question = await playbooks.settled(front, who, question)
    wish = wish_of(who, question)
    remains = await left_now(front)
    return await front.record(lambda: preview(front.store, front.settings, wish, left=remains))


async def left_now(front: Front) -> dict[str, Left]:
    """What is left of each collector's budgets, as far as that can be found out in time."""
    try:
        return await asyncio.wait_for(left(front.ledger, front.settings), LEFT_WITHIN)
    except TimeoutError:
        return {}
