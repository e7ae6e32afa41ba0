"""What is counted of people: what they ask and how it is answered, and how long they wait for an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.errors import BadQuestion, GumshoeError, NotAllowed, NotATarget
from core.metrics import count, observe

INTERACTIONS = {
    "block_actions": "button",
    "view_submission": "form",
    "view_closed": "form",
    "shortcut": "shortcut",
    "message_action": "shortcut",
}
EVENTS = {"app_mention": "mention", "app_home_opened": "home"}


def answered(payload: Mapping[str, Any], began: float, *, status: int) -> None:
    """Count the answer to a delivery that arrived at `began`, by `time.monotonic`; one of another status than 200 is
    none."""
    door = door_of(payload)
    if status == 200:
        observe("gumshoe_ack_seconds", time.monotonic() - began, door=door)
    else:
        count("gumshoe_deliveries_unanswered_total", door=door)


def door_of(payload: Mapping[str, Any]) -> str:
    """What a delivery brought."""
    if payload.get("command"):
        return "command"
    kind, event = payload.get("type"), payload.get("event")
    if kind == "event_callback" and isinstance(event, dict):
        return EVENTS.get(str(event.get("type")), "other")
    return INTERACTIONS.get(str(kind), "other")


@contextmanager
def asking(verb: str, *, ends: bool = True) -> Iterator[None]:
    """What is asked with a verb is counted by what becomes of it inside; one that only begins there (`ends` is
    False) only when it fails."""
    try:
        yield
    except GumshoeError as error:
        asked(verb, outcome_of(error))
        raise
    else:
        if ends:
            asked(verb, "done")


def asked(verb: str, outcome: str) -> None:
    count("gumshoe_commands_total", verb=verb, outcome=outcome)


def outcome_of(error: GumshoeError) -> str:
    """What an error of ours means for who asked."""
    if isinstance(error, NotAllowed):
        return "refused"
    return "misread" if isinstance(error, NotATarget | BadQuestion) else "failed"
