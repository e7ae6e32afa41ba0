"""`@Gumshoe` in a message or thread, where slash commands do not exist."""

from __future__ import annotations

import re
from dataclasses import replace

import structlog

from bot import commands, previews
from bot.asking import COMMANDS
from bot.forms import tell
from bot.front import Front
from bot.grammar import MOST_TARGETS, Question, manner_of, read
from bot.guard import Who
from core import blocks
from core.errors import GumshoeError, MissingScope, SlackError
from core.models import Target
from core.targets import extract

log = structlog.get_logger()
THIS = re.compile(r"(?i)\s*(?:please\s+)?scan(?:\s+(?:this|that|it|these|the thread))?[\s.!]*")


async def mentioned(front: Front, who: Who, text: str, *, thread_ts: str, keys: tuple[str, ...]) -> None:
    """Answer a mention: words of the command, targets in the text, or "scan this" about the thread's start."""
    words = text.replace(f"<@{front.identity.user}>", " ").strip()
    first = words.split()[0].lower() if words else ""
    if not words or first in COMMANDS:
        await tell(front, who, await commands.answer(front, who, words or "help", keys=keys))
        return
    try:
        question = await _question(front, who, words, thread_ts)
    except GumshoeError as error:
        await tell(front, who, blocks.notice(str(error), next_step="Write a target after my name, or use /scan."))
        return
    await tell(front, who, await previews.answer(front, who, replace(question, keys=keys)))


async def _question(front: Front, who: Who, words: str, thread_ts: str) -> Question:
    rest, manner = manner_of(words)
    if THIS.fullmatch(" ".join(rest)):
        return Question(_found(front, await _root_text(front, who, thread_ts)), manner)
    found = extract(words, allow=front.settings.allow_networks)
    if found and len(found) <= MOST_TARGETS:
        return Question(found, manner)
    return read(re.sub(r"(?i)^scan\b", "", words), allow=front.settings.allow_networks)


def _found(front: Front, text: str) -> tuple[Target, ...]:
    found = extract(text, allow=front.settings.allow_networks)
    if not found:
        raise GumshoeError("I see nothing in this thread's first message that I can look up.")
    return found[:MOST_TARGETS]


async def _root_text(front: Front, who: Who, thread_ts: str) -> str:
    """The thread's first message, when we may read it."""
    if not thread_ts:
        raise GumshoeError("Scan what? There is no message above this one.")
    try:
        return await front.slack.text_of(who.place.channel, thread_ts)
    except MissingScope as error:
        sentence = "I may not read this thread. Use the message shortcut Scan what this names instead."
        raise GumshoeError(sentence) from error
    except SlackError as error:
        raise GumshoeError(f"I could not read this thread: {error}") from error
