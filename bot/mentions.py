"""`@Gumshoe` in a message or thread, where slash commands do not exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot import commands, counting, files, previews
from bot.asking import COMMANDS
from bot.forms import tell
from bot.front import Front
from bot.grammar import MOST_TARGETS, Question, manner_of, read, reason_of
from bot.guard import Who
from core import blocks
from core.errors import GumshoeError, MissingScope, SlackError
from core.language import tr
from core.models import Target
from core.targets import extract

log = structlog.get_logger()
POLITE = ("scan", "please")
THIS = re.compile(r"(?i)\s*(?:please\s+)?scan(?:\s+(?:this|that|it|these|the thread))?[\s.!]*")


async def mentioned(
    front: Front, who: Who, text: str, *, thread_ts: str, keys: tuple[str, ...], attached: tuple[Target, ...] = ()
) -> None:
    """Answer a mention: words of the command, files on it, targets in the text, or "scan this" about the thread's
    start."""
    words = text.replace(f"<@{front.identity.user}>", " ").strip()
    first = words.split()[0].lower() if words else ""
    if first == "case":  # of the thread that the mention stands in; else of the channel
        who = replace(who, place=replace(who.place, thread_ts=thread_ts))
    if (not words and not attached) or first in COMMANDS:
        await tell(front, who, await commands.answer(front, who, words or "help", keys=keys))
        return
    try:
        with counting.asking("scan", ends=False):
            question = await _question(front, who, words, thread_ts, attached)
    except GumshoeError as error:
        step = tr("Write a target after my name, or use /scan.")
        await tell(front, who, blocks.notice(tr(str(error)), next_step=step))
        return
    await tell(front, who, await previews.answer(front, who, replace(question, keys=keys)))


async def _question(front: Front, who: Who, words: str, thread_ts: str, attached: tuple[Target, ...] = ()) -> Question:
    bare, reason = reason_of(words)
    if reason and (attached or THIS.fullmatch(bare.strip()) or extract(bare, allow=front.settings.allow_networks)):
        return replace(await _question(front, who, bare, thread_ts, attached), reason=reason)
    rest, manner = manner_of(words)
    is_this = THIS.fullmatch(" ".join(rest)) is not None
    if attached and (is_this or not rest):
        return Question(attached[:MOST_TARGETS], manner)
    if is_this:
        return Question(_found(front, await _root(front, who, thread_ts)), manner)
    found = extract(words, allow=front.settings.allow_networks)
    if found and len(found) <= MOST_TARGETS:
        asked = [word for word in rest if word.lower() not in POLITE]
        # "Is example.com still active" allows nothing: in a sentence the word is not ours.
        return Question(found, manner if len(asked) <= len(found) else replace(manner, active=False))
    return read(re.sub(r"(?i)^scan\b", "", words), allow=front.settings.allow_networks)


def _found(front: Front, message: Mapping[str, Any]) -> tuple[Target, ...]:
    found = (*files.on(message), *extract(str(message.get("text", "")), allow=front.settings.allow_networks))
    if not found:
        raise GumshoeError(tr("I see nothing in this thread's first message that I can look up."))
    return found[:MOST_TARGETS]


async def _root(front: Front, who: Who, thread_ts: str) -> Mapping[str, Any]:
    """The thread's first message, when we may read it."""
    if not thread_ts:
        raise GumshoeError(tr("Scan what? There is no message above this one."))
    try:
        return await front.slack.first_of(who.place.channel, thread_ts)
    except MissingScope as error:
        sentence = tr("I may not read this thread. Use the message shortcut Scan what this names instead.")
        raise GumshoeError(sentence) from error
    except SlackError as error:
        raise GumshoeError(tr("I could not read this thread: {why}", why=tr(str(error)))) from error
