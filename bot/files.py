"""Files on messages: which there are, and who may have one looked into."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from bot.front import Front
from bot.guard import Who
from core.errors import NotAllowed, NotATarget, SlackError
from core.language import N_, tr
from core.models import Kind, Target
from core.targets import parse

MOST = 10
WITHIN = 1.5  # seconds for what Slack says of them


def on(message: Mapping[str, Any]) -> tuple[Target, ...]:
    """The files on a message, each with its name as a note; those that Slack no longer has are left out."""
    found = []
    listed = message.get("files")
    for file in (listed if isinstance(listed, list) else [])[:MOST]:
        if not isinstance(file, dict) or file.get("mode") in ("tombstone", "hidden_by_limit"):
            continue
        try:
            target = parse(f"file:{file.get('id', '')}")
        except NotATarget:
            continue
        name = str(file.get("name") or file.get("title") or tr("a file"))
        found.append(Target(target.kind, target.value, (name[:100],)))
    return tuple(found)


async def check(front: Front, who: Who, targets: Iterable[Target]) -> None:
    """Let a file be looked into where it is shared, or by whoever shared it: I see files of more rooms than the asker.

    Raises:
        NotAllowed: it is not shared here.
        SlackError: Slack does not have it, does not let us see it, or does not answer in time.
    """
    for target in targets:
        if target.kind is Kind.FILE:
            await _check_one(front, who, target.value)


async def _check_one(front: Front, who: Who, file: str) -> None:
    try:
        shared = await asyncio.wait_for(front.slack.file(file), WITHIN)
    except TimeoutError as error:
        sentence = N_("Slack did not tell me in time about that file. Try again.")
        raise SlackError(sentence, method="files.info") from error
    shared.check(front.identity.team)
    if who.place.channel not in shared.places and who.user != shared.user:
        sentence = tr("That file is not shared here. Ask where it is shared, or share it here.")
        raise NotAllowed(sentence, rule="file")
