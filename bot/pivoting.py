"""Pivots: a finding becomes the next target, by whichever door; within the limits, and asked about where it leads
out of the scope."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot import approvals, counting, guard
from bot.asking import Started, begin, wish_of
from bot.commands import reader_of
from bot.forms import show, tell
from bot.front import Front
from bot.grammar import Manner, Question
from bot.guard import Who
from core import blocks
from core.access import sees
from core.blocks import Message
from core.blocks.readers import reads_alone
from core.errors import BadQuestion, GumshoeError, NeedsApproval, NotAllowed, SlackError
from core.language import N_, tr
from core.models import Place, Scan, Target
from core.pivots import Pivot, child_of
from core.scope import pivots_of
from core.slack import House
from core.targets import display
from core.tree import Kin
from tasks.permission import lacks_reason
from tasks.queue import hint_change
from tasks.scan import way_of

log = structlog.get_logger()

GONE = N_("That scan is no longer in my record.")
NOT_FOUND = N_("This finding is no longer among what that scan found, or cannot be looked up.")
PLAIN = Question((), Manner(), lenient=True)
SURE = N_("Say that you want it all the same: it lies outside of what this began with.")


class Beyond(BadQuestion):
    """A pivot that leads out of the scope, and nobody said that it is wanted all the same."""


@dataclass(frozen=True, slots=True)
class Menu:
    """A scan, where its tree began, and what it may be pivoted to."""

    scan: Scan
    root: Target
    pivots: tuple[Pivot, ...]

    def find(self, finding: str) -> Pivot:
        """Raises BadQuestion: it is not among them."""
        for each in self.pivots:
            if each.finding == finding:
                return each
        raise BadQuestion(tr(NOT_FOUND))


async def menu_of(front: Front, scan_id: str, *, user: str, alone: bool = False) -> Menu:
    """What a scan's findings may be pivoted to by this user; `alone` also what only its asker may read.

    Raises:
        KeyError: there is no such scan.
        StoreDown: the record does not answer.
    """

    def work() -> Menu:
        scan = front.store.scans.get(scan_id)
        first = front.store.trees.root(scan_id)
        root = scan.target if first == scan.id else front.store.findings.outline(first).scan.target
        alone_there = alone or reads_alone(scan.place, user, scan)
        return Menu(scan, root, pivots_of(scan, root, allow=front.settings.allow_networks, alone=alone_there))

    return await front.record(work)


async def question_of(
    front: Front, who: Who, menu: Menu, one: Pivot, *, sure: bool = False, asked: Question = PLAIN
) -> Question:
    """The question behind a pivot: its parent's case, label, tag and reason are its own.

    Raises:
        Beyond: it lies outside of the scope, and `sure` does not say that it is wanted all the same.
        BadQuestion: it is a person, and nobody says why.
    """
    parent = menu.scan
    why = parent.reason or asked.reason
    if lacks_reason(front.settings, one.target, why):
        why = N_("{target} is a person, so I need to know why you ask. Say it in the field Why.")
        raise BadQuestion(tr(why, target=display(one.target)))
    if one.beyond and not sure:
        await guard.write(front, who, "pivot", display(one.target), decision="refused", rule="out of scope")
        raise Beyond(f"{one.beyond} {tr(SURE)}")
    return replace(
        asked,
        targets=(one.target,),
        manner=replace(asked.manner, tag=asked.manner.tag or parent.tag),
        repeat_within=0.0,
        reason=why,
        belongs=child_of(parent, one.finding),
        keys=(*asked.keys, f"pivot:{secrets.token_hex(8)}"),  # so that a commit that is cut off is found again
    )


async def pivot(
    front: Front, who: Who, menu: Menu, one: Pivot, *, sure: bool = False, asked: Question = PLAIN
) -> Started:
    """Start the scan of a finding, where its parent stands; a target that the tree has already is not scanned twice.

    Raises:
        Beyond, BadQuestion: as `question_of`.
        GumshoeError: as when a scan is asked.
    """
    question = await question_of(front, who, menu, one, sure=sure, asked=asked)
    return await _begin(front, who, menu.scan, question)


async def _begin(front: Front, who: Who, parent: Scan, question: Question) -> Started:
    started = await begin(front, replace(who, place=parent.place), question)
    for child in started.new:
        log.info("pivoted", scan=parent.id, child=child.id, kind=str(child.target.kind), user=who.user)
    if started.new:
        front.later(hint_change(way_of(parent), parent.id))
    return started


async def open_menu(front: Front, who: Who, value: str, trigger: str, *, view: Mapping[str, Any] | None = None) -> None:
    """The Pivot button: shows what can be looked up next; on `view`, another page of it."""
    try:
        action = front.unseal(value, who.place.team)
        page = action.round if view is not None else 0
        if view is not None:
            who = replace(who, place=_place(who, view))
            await guard.check(front, who, "form")
        menu = await _seen(front, who, action.scan_id)
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))
        return
    place = {"channel": who.place.channel, "thread_ts": who.place.thread_ts}
    chosen = action.subject if view is None else ""
    shown = blocks.pivot_menu(
        menu.scan, menu.pivots, seal=front.seal(who.place.team), page=page, place=place, chosen=chosen
    )
    if view is None:
        await show(front, who, trigger, shown)
        return
    try:
        await front.slack.update_view(str(view["id"]), str(view.get("hash", "")), shown)
    except SlackError as error:
        log.warning("page of the menu not shown", user=who.user, why=str(error), code=error.code)


async def submit(front: Front, who: Who, view: Mapping[str, Any], *, sure: bool) -> dict[str, Any]:
    """Start what a submitted menu chose; returns what Slack is to show instead of closing it: errors by block id, or
    the question whether it is wanted although it lies outside of the scope."""
    said = blocks.chosen(view)
    who = replace(who, place=Place(who.place.team, said.channel, said.thread_ts))
    try:
        with counting.asking("pivot"):
            action = front.unseal(said.value, who.place.team)
            if action.verb != "pivot_one":
                raise BadQuestion(tr("Choose what to look up."))
            menu = await _seen(front, who, action.scan_id)
            one = menu.find(action.subject)
            if one.beyond and not sure:
                place = {"channel": said.channel, "thread_ts": said.thread_ts}
                asked = blocks.pivot_sure(one, menu.root, value=said.value, reason=said.reason, place=place)
                return {"response_action": "update", "view": asked}
            asked_so = replace(PLAIN, reason=said.reason)
            question = await question_of(front, who, menu, one, sure=sure, asked=asked_so)
            started = await _begin(front, who, menu.scan, question)
    except NeedsApproval as need:
        there = replace(who, place=menu.scan.place)
        await tell(front, who, await _approved_first(front, there, question, need))
        return {}
    except GumshoeError as error:
        if sure:
            await tell(front, who, blocks.notice(tr(str(error))))
            return {}
        return {"response_action": "errors", "errors": {"pivot_to": tr(str(error))}}
    await tell(front, who, await receipt(front, menu.scan, started))
    return {}


async def _approved_first(front: Front, who: Who, question: Question, need: NeedsApproval) -> Message:
    try:
        return await approvals.request(front, who, wish_of(who, question), need)
    except GumshoeError as error:
        return blocks.notice(tr(str(error)))


async def receipt(front: Front, parent: Scan, started: Started) -> Message:
    """What the person is told who pivoted, with the way there."""
    new = bool(started.new)
    child = (started.new or started.repeated)[0]
    said = await front.record(lambda: front.store.desk.said(child.id))
    head = said.get("parent")
    kin = Kin(child, head.channel, head.ts) if head and head.ts else Kin(child)
    house = await House(front.slack).address() if kin.ts else ""
    return blocks.pivoted(parent, kin, new=new, house=house)


async def _seen(front: Front, who: Who, scan_id: str) -> Menu:
    """Raises NotAllowed: there is no such scan for this person."""
    try:
        menu = await menu_of(front, scan_id, user=who.user)
    except KeyError:
        raise NotAllowed(tr(GONE), rule="scan gone") from None
    if not sees(reader_of(who), menu.scan):
        raise NotAllowed(tr(GONE), rule="another channel")
    return menu


def _place(who: Who, view: Mapping[str, Any]) -> Place:
    said = blocks.chosen(view)
    return Place(who.place.team, said.channel, said.thread_ts)
