"""Forms and shortcuts: what opens them, and what happens with a filled one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from bot import files, guard
from bot.asking import Question, ask, read
from bot.front import Front
from bot.guard import Who
from core import blocks
from core.blocks import Filled, Message
from core.errors import AmbiguousPost, BadQuestion, GumshoeError, SlackError, Throttled
from core.models import Place
from core.targets import display, extract
from tasks.choose import fitting_names

log = structlog.get_logger()

TRIES = 3  # at an address that Slack throttles
DEPTH = 12  # a table of rich text, as other bots and we post it, is eight deep


async def open_scan_form(front: Front, who: Who, trigger: str) -> None:
    """The form behind `/scan` alone and the global shortcut."""
    await _open(front, who, trigger, blocks.scan_modal(front.offers, channel=who.place.channel))


async def open_message_form(front: Front, who: Who, trigger: str, message: Mapping[str, Any]) -> None:
    """What a message names, as checkboxes."""
    found = (*files.on(message), *extract(words_of(message), allow=front.settings.allow_networks))
    thread_ts = str(message.get("thread_ts") or message.get("ts") or "")
    view = blocks.extract_modal(found, front.offers, channel=who.place.channel, thread_ts=thread_ts)
    await _open(front, who, trigger, view)


async def _open(front: Front, who: Who, trigger: str, view: dict[str, Any]) -> None:
    try:
        await guard.check(front, who, "form")
    except GumshoeError as error:
        await tell(front, who, blocks.notice(str(error)))
        return
    try:
        await front.slack.open_view(trigger, view)
    except SlackError as error:  # most often: Slack's three seconds for opening it are over
        if error.code == "exchanged_trigger_id":
            return  # another process was brought a copy of this wish, and opened it
        log.warning("form not opened", user=who.user, why=str(error), code=error.code)
        step = "Try again, or type what to look up: /scan example.com"
        await tell(front, who, blocks.notice("Slack did not open the form.", next_step=step))


def words_of(message: Mapping[str, Any]) -> str:
    """All text of a message: its own, and that of its attachments and blocks, which other bots use alone."""
    texts = [str(message.get("text", ""))]
    for part in (*message.get("attachments", ()), *message.get("blocks", ())):
        texts += _texts(part, depth=DEPTH)
    return "\n".join(dict.fromkeys(texts))[:100_000]


def _texts(part: object, *, depth: int) -> list[str]:
    if depth == 0:
        return []
    if isinstance(part, list):
        return [text for each in part for text in _texts(each, depth=depth - 1)]
    if not isinstance(part, dict):
        return []
    own = [str(part[name]) for name in ("text", "value", "fallback", "url") if isinstance(part.get(name), str)]
    return own + [
        text for each in part.values() if isinstance(each, dict | list) for text in _texts(each, depth=depth - 1)
    ]


async def submit(front: Front, who: Who, view: Mapping[str, Any], *, keys: tuple[str, ...]) -> dict[str, str]:
    """Start what a filled form asks for; returns the errors to show in it, by block id."""
    form = blocks.filled(view)
    # The form opens in one place and may name another; who may ask is decided for the place it names.
    who = Who(who.user, Place(who.place.team, form.channel, form.thread_ts), who.team, who.door)
    try:
        question = _question(front, form, keys)
    except GumshoeError as error:
        return {"targets" if "targets" in _inputs(view) else "found_0": str(error)}
    receipt = await ask(front, who, question)
    await tell(front, who, receipt)
    return {}


def _inputs(view: Mapping[str, Any]) -> Mapping[str, Any]:
    values: Mapping[str, Any] = view["state"]["values"]
    return values


def _question(front: Front, form: Filled, keys: tuple[str, ...]) -> Question:
    if not form.targets.strip() and not form.chosen:
        raise BadQuestion("Name or tick at least one target.")
    typed = " ".join([form.targets.replace("\n", " "), *form.chosen])
    question = read(typed, front)
    for target in question.targets:
        if form.collectors and not fitting_names(target.kind).intersection(form.collectors):
            raise BadQuestion(f"None of the collectors you ticked takes {display(target)}.")
    return Question(
        question.targets,
        form.collectors or question.names,
        form.fresh or question.fresh,
        form.tag or question.tag,
        question.ignored,
        lenient=True,
        keys=keys,
    )


async def answer(front: Front, who: Who, message: Message, *, response_url: str) -> None:
    """Answer a click at the address that came with it; where Slack does not take it there, as `tell` does."""
    for _ in range(TRIES if response_url else 0):
        try:
            await front.slack.answer(response_url, message)
        except AmbiguousPost as error:
            log.warning("person perhaps not answered", user=who.user, code=error.code)
            return
        except Throttled as error:  # the next try waits its turn, if that is not long
            log.warning("answer delayed", user=who.user, why=str(error))
        except SlackError as error:
            log.warning("answer not taken", user=who.user, why=str(error), code=error.code)
            break
        else:
            return
    await tell(front, who, message)


async def tell(front: Front, who: Who, message: Message) -> None:
    """Show a message to the person alone: where they asked, or in their own conversation with me."""
    try:
        if who.place.channel:
            await front.slack.whisper(who.place.channel, who.user, message, thread_ts=who.place.thread_ts)
            return
    except AmbiguousPost as error:  # it may stand there: a second copy elsewhere would be said twice
        log.warning("person perhaps not told", user=who.user, code=error.code)
        return
    except SlackError as error:
        log.warning("person not told in place", user=who.user, why=str(error), code=error.code)
    try:  # where I am no member, Slack lets me show nothing to anybody
        await front.slack.post(who.user, message, slot=f"notice/{who.user}")
    except SlackError as error:
        log.warning("person not told", user=who.user, why=str(error), code=error.code)
