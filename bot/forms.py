"""Forms and shortcuts: what opens them, and what happens with a filled one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot import counting, files, guard
from bot.asking import ask
from bot.front import Front
from bot.grammar import Manner, Question, read
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.cases import tlp_of
from core.errors import AmbiguousPost, BadQuestion, GumshoeError, NeedsReason, SlackError, Throttled
from core.language import tr
from core.models import Place
from core.targets import display, extract
from tasks.choose import check_options, fitting_names
from tasks.permission import check_reason

log = structlog.get_logger()

TRIES = 3  # at an address that Slack throttles
DEPTH = 12  # a table of rich text, as other bots and we post it, is eight deep


async def open_scan_form(front: Front, who: Who, trigger: str) -> None:
    """The form behind `/scan` alone and the global shortcut."""
    await show(
        front, who, trigger, blocks.scan_modal(front.offers, channel=who.place.channel, consent=front.asks_consent)
    )


async def open_message_form(front: Front, who: Who, trigger: str, message: Mapping[str, Any]) -> None:
    """What a message names, as checkboxes."""
    found = (*files.on(message), *extract(words_of(message), allow=front.settings.allow_networks))
    thread_ts = str(message.get("thread_ts") or message.get("ts") or "")
    place = {"channel": who.place.channel, "thread_ts": thread_ts}
    view = blocks.extract_modal(found, front.offers, **place, consent=front.asks_consent)
    await show(front, who, trigger, view)


async def show(front: Front, who: Who, trigger: str, view: dict[str, Any]) -> None:
    """Open a form for somebody; they are told when that cannot be done."""
    try:
        await guard.check(front, who, "form")
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))
        return
    try:
        await front.slack.open_view(trigger, view)
    except SlackError as error:  # most often: Slack's three seconds for opening it are over
        if error.code == "exchanged_trigger_id":
            return  # another process was brought a copy of this wish, and opened it
        log.warning("form not opened", user=who.user, why=str(error), code=error.code)
        step = tr("Try again, or type what to look up: /scan example.com")
        await tell(front, who, blocks.notice(tr("Slack did not open the form."), next_step=step))


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
    who = replace(who, place=place_of(who, view))
    try:
        with counting.asking("scan", ends=False):
            question = question_of(front, view, keys=keys)
            if question.manner.plan:
                raise BadQuestion(tr("To see the plan, press Preview. To start, take out the word plan."))
    except GumshoeError as error:
        return {"targets" if "targets" in _inputs(view) else "found_0": tr(str(error))}
    try:
        check_reason(front.settings, question.targets, question.reason)
    except NeedsReason as error:
        return {"reason" if "reason" in _inputs(view) else "targets": tr(str(error))}
    try:
        with counting.asking("scan", ends=False):
            _check_options(front, question)
    except BadQuestion as error:
        return {next((name for name in ("with_0", "targets") if name in _inputs(view)), "found_0"): tr(str(error))}
    receipt = await ask(front, who, question)
    await tell(front, who, receipt)
    return {}


def _inputs(view: Mapping[str, Any]) -> Mapping[str, Any]:
    values: Mapping[str, Any] = view["state"]["values"]
    return values


def _check_options(front: Front, question: Question) -> None:
    kinds, manner = [target.kind for target in question.targets], question.manner
    check_options(kinds, manner.names, manner.options, front.settings, active=manner.active)


def place_of(who: Who, view: Mapping[str, Any]) -> Place:
    """The form opens in one place and may name another; who may ask is decided for the place it names."""
    form = blocks.filled(view)
    return Place(who.place.team, form.channel, form.thread_ts)


def question_of(front: Front, view: Mapping[str, Any], *, keys: tuple[str, ...]) -> Question:
    """What a filled form asks.

    Raises:
        NotATarget, BadQuestion: the sentence for the person.
    """
    form = blocks.filled(view)
    if not form.targets.strip() and not form.chosen:
        raise BadQuestion(tr("Name or tick at least one target."))
    typed = " ".join([form.targets.replace("\n", " "), *form.chosen])
    question = read(typed, allow=front.settings.allow_networks)
    typed_too = question.manner
    options = tuple(dict.fromkeys((*form.options, *typed_too.options)))
    for target in question.targets:
        if form.collectors and not fitting_names(target.kind, front.settings, options).intersection(form.collectors):
            raise BadQuestion(tr("None of the collectors you ticked takes {target}.", target=display(target)))
    manner = Manner(
        names=form.collectors or typed_too.names,
        options=options,
        fresh=form.fresh or typed_too.fresh,
        active=form.active or typed_too.active,
        plan=typed_too.plan,
        depth=typed_too.depth,
        playbook=typed_too.playbook,
        tag=form.tag or typed_too.tag,
        tlp=tlp_of(form.tlp) or typed_too.tlp,
    )
    reason = form.reason or question.reason
    return Question(question.targets, manner, question.ignored, lenient=True, keys=keys, reason=reason)


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
