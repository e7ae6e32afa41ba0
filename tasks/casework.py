"""What cases say by themselves: the reminder of their end, the report when they are closed; and their forgetting."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from core import blocks, clock
from core.blocks import Message
from core.blocks.cases import case_closed, case_due
from core.casefile import Casefile, for_readers
from core.casereport import report
from core.cases import Case, tlp_of
from core.errors import AmbiguousPost, Revoked, SlackDown, SlackError, StoreDown, Throttled
from core.models import Scan
from core.rooms import Room, may_show
from core.slack import Rooms, Slack, Workspaces
from core.store import Store
from tasks import queue
from tasks.choose import titles
from tasks.process import worker

log = structlog.get_logger()

TEND = "tasks.casework.tend"
LATER = (Throttled, SlackDown, Revoked)  # true of Slack as a whole, and not for ever
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Outlet:
    """A place in which a case speaks: its channel or thread, or one member's direct messages; and which of its scans
    may be shown there."""

    channel: str
    thread_ts: str
    may: Callable[[Scan], bool]


async def outlets(rooms: Rooms, case: Case) -> list[Outlet]:
    """Where a case may speak: in its place, or to its members one by one when its label keeps it out of there.

    Raises:
        SlackError: Slack did not tell what kind of place that is.
    """
    room = await rooms.of(case.channel)
    if may_show(case.tlp, room):
        return [Outlet(case.channel, case.thread_ts, partial(shown_in, room))]
    return [personal(user) for user in sorted(case.members) if _PERSON.fullmatch(user)]


def personal(user: str) -> Outlet:
    """The direct messages of somebody who is a member: they may see all of the case."""
    return Outlet(user, "", lambda _scan: True)


def shown_in(room: Room, scan: Scan) -> bool:
    """Whether a scan of the case may be shown in such a room."""
    return may_show(tlp_of(scan.belongs.tlp), room)


async def publish(slack: Slack, outlet: Outlet, message: Message, *, slot: str) -> None:
    """Post a message of a case with its files, each in its thread.

    Raises:
        SlackError: it is not there, or may be (AmbiguousPost).
    """
    posted = await slack.post(outlet.channel, message, slot=slot, thread_ts=outlet.thread_ts)
    root = outlet.thread_ts or posted.ts
    for each in message.files:
        try:
            file = await slack.lay_down(each)
            await slack.share(posted.channel, file, each.title, thread_ts=root)
        except AmbiguousPost:
            raise
        except SlackError as error:
            log.warning("report of a case not attached", slot=slot, code=error.code, why=str(error))
            sentence = f"I could not attach the file {each.name}. {error}"
            said = blocks.notice(sentence, next_step="Ask /case report again.")
            await slack.post(posted.channel, said, slot=f"{slot}/without", thread_ts=root)


async def tend(store: Store, workspaces: Workspaces | None, case_id: str) -> None:
    """Do for a case what is due; what was done is not done again.

    Raises:
        KeyError: there is no such case.
        StoreDown: the record does not answer.
    """
    case = await asyncio.to_thread(store.cases.get, case_id)
    if case.is_open:
        if case.until is not None and case.until <= clock.now():
            await _once(store, workspaces, case, "reminded_at", lambda _file: case_due(case))
        return
    done = await _once(store, workspaces, case, "reported_at", _closing)
    if done and is_over(case):
        forgotten = await asyncio.to_thread(store.casefiles.forget, case_id)
        log.info("case forgotten", case=case_id, scans=forgotten)


def is_over(case: Case) -> bool:
    """Whether a closed case is no longer to be kept."""
    if case.closed_at is None or case.forgotten_at is not None:
        return False
    return case.forgets or (case.keep_days > 0 and case.closed_at + timedelta(days=case.keep_days) <= clock.now())


def _closing(file: Casefile) -> Message:
    return case_closed(file, report(file, titles(), now=file.case.closed_at or clock.now()))


async def _once(
    store: Store, workspaces: Workspaces | None, case: Case, what: str, make: Callable[[Casefile], Message]
) -> bool:
    """Say it where the case may speak, unless somebody has. False: it is to be tried again."""
    if not await asyncio.to_thread(store.cases.take, case.id, what) or workspaces is None:
        return True
    whole = await asyncio.to_thread(store.casefiles.read, case.id)
    slot = f"case/{case.id}/{what}"
    try:
        home = await workspaces.of(case.team)
        for outlet in await outlets(home.rooms, case):
            await publish(home.slack, outlet, make(for_readers(whole, outlet.may)), slot=slot)
    except LATER as error:
        log.warning("case not told", case=case.id, code=error.code, why=str(error))
        await asyncio.to_thread(store.cases.give_back, case.id, what)
        return False
    except SlackError as error:  # the channel is gone, or may have it: whoever opened it is told instead
        log.warning("case not told in its place", case=case.id, code=error.code, why=str(error))
        if not isinstance(error, AmbiguousPost) and _PERSON.fullmatch(case.opened_by):
            await _instead(home.slack, case, make(for_readers(whole, personal(case.opened_by).may)), slot)
    return True


async def _instead(slack: Slack, case: Case, message: Message, slot: str) -> None:
    try:
        await publish(slack, personal(case.opened_by), message, slot=f"{slot}/instead")
    except SlackError as error:
        log.warning("case not told at all", case=case.id, code=error.code, why=str(error))


@queue.app.task(name=TEND)
def _tend(case_id: str, **_: object) -> None:
    loop, process = worker()
    try:
        loop.run(tend(process.store, process.workspaces, case_id))
    except KeyError:
        log.warning("no such case", case=case_id)
    except StoreDown:
        log.warning("the record does not answer; the sweeper will send this case again", case=case_id)
