"""The form that opens a case, and the shortcut that keeps a message as a note of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot import counting
from bot.casedoors import case_here
from bot.casewords import CaseWords, case_words, spoken, until_of
from bot.casework import LONGEST_NOTE, open_with
from bot.forms import show, tell, words_of
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks, clock
from core.blocks import Message
from core.blocks import cases as said
from core.cases import Note, tlp_of
from core.errors import BadQuestion, GumshoeError, SlackError
from core.language import tr
from core.models import Place
from core.slack import permalink

log = structlog.get_logger()


def wants_form(text: str) -> str | None:
    """The words after `open` when they leave out the purpose: it is asked for in a form. None: they do not."""
    verb, _, rest = text.strip().partition(" ")
    if verb.lower() != "open":
        return None
    try:
        return rest if not case_words(spoken(rest)).purpose else None
    except BadQuestion:
        return None  # the command says what is wrong


async def open_form(front: Front, who: Who, trigger: str, rest: str) -> None:
    """The form that opens a case, with what was typed already."""
    typed = case_words(spoken(rest))
    words = said.FilledCase(
        typed.title,
        "",
        str(typed.tlp or ""),
        typed.until.date() if typed.until else None,
        typed.keep_days,
        typed.forgets,
        who.place.channel,
        who.place.thread_ts,
    )
    view = said.case_modal(typed.title, channel=who.place.channel, thread_ts=who.place.thread_ts, words=words)
    await show(front, who, trigger, view)


async def submit(front: Front, who: Who, view: Mapping[str, Any]) -> dict[str, str]:
    """Open what a filled form describes; returns the errors to show in it, by block id."""
    form = said.filled_case(view)
    who = replace(who, place=Place(who.place.team, form.channel, form.thread_ts))
    if not form.title or not form.purpose:
        return {"purpose" if form.title else "title": tr("This is needed.")}
    until = until_of(form.until.isoformat()) if form.until else None
    words = CaseWords(form.title, form.purpose, tlp_of(form.tlp), until, form.keep_days, form.forgets)
    try:
        with counting.asking("case"):
            opened = await open_with(front, who, words)
    except BadQuestion as error:
        return {"until" if "until" in str(error) else "title": tr(str(error))}
    except GumshoeError as error:
        opened = blocks.notice(tr(str(error)))
    await tell(front, who, opened)
    return {}


async def note_message(front: Front, who: Who, message: Mapping[str, Any]) -> None:
    """The shortcut on a message: keep it as a note, once."""
    try:
        with counting.asking("case"):
            told = await _note_message(front, who, message)
    except GumshoeError as error:
        told = blocks.notice(tr(str(error)))
    await tell(front, who, told)


async def _note_message(front: Front, who: Who, message: Mapping[str, Any]) -> Message:
    ts = str(message.get("ts", ""))
    root = str(message.get("thread_ts") or ts)
    who = replace(who, place=replace(who.place, thread_ts=root))
    case = await case_here(front, who, "case note")
    text = words_of(message).strip()[:LONGEST_NOTE]
    if not text:
        raise BadQuestion(tr("That message has no text that I could keep."))
    slot = (((message.get("metadata") or {}).get("event_payload") or {}).get("slot")) or ""
    words = Note(
        who.user,
        spoken(text),
        clock.now(),
        author=str(message.get("user") or message.get("username") or message.get("bot_id") or ""),
        link=await _link(front, who, ts),
        scan_id=str(slot).partition("/")[0] if message.get("bot_id") == (await front.us(who.place.team)).bot else "",
    )
    key = f"{who.place.channel}:{ts}"
    new = await front.record(lambda: front.store.cases.write_down(case.id, words, key=key), within=AT_LEISURE)
    if not new:
        return blocks.notice(tr("That message is a note of the case {title} already.", title=case.title))
    return blocks.notice(tr("Kept as a note of the case {title}.", title=case.title))


async def _link(front: Front, who: Who, ts: str) -> str:
    try:
        return await permalink(await front.door(who.place.team), who.place.channel, ts)
    except SlackError as error:
        log.info("a note has no link", code=error.code)
        return ""
