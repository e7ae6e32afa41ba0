"""Questions that a button carries until somebody presses it: typed words, sealed, for an hour."""

from __future__ import annotations

import secrets
from dataclasses import replace

from bot.front import Front
from bot.grammar import Question, read, written
from bot.guard import Who
from core import clock
from core.errors import BadQuestion
from core.language import tr
from core.seal import Action

LASTS = 60  # minutes: after that the times and budgets of a plan are no longer true, and a wish is no longer fresh


def carry(who: Who, question: Question, verb: str) -> Action:
    """A button's action that asks this question. The click may come without the thread it belongs to, so the button
    carries it."""
    minute = int(clock.now().timestamp() // 60)
    return Action(verb, secrets.token_hex(6), minute, f"{who.place.thread_ts or '-'} {written(question)}")


def carried(front: Front, who: Who, action: Action) -> tuple[Who, Question]:
    """Who asks what, where. Pressed twice it is asked once: both presses have the same keys.

    Raises:
        BadQuestion: it is too old.
    """
    if clock.now().timestamp() // 60 - action.round > LASTS:
        raise BadQuestion(tr("This is more than an hour old, so I did nothing. Ask again with /scan."))
    thread_ts, _, typed = action.subject.partition(" ")
    who = replace(who, place=replace(who.place, thread_ts="" if thread_ts == "-" else thread_ts))
    keys = (f"plan:{who.user}:{action.scan_id}",)
    return who, read(typed, allow=front.settings.allow_networks, keys=keys)
