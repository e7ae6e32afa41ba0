"""What cases say by themselves: the reminder of their end, the report when they are closed; and their forgetting."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import structlog

from core import blocks, clock
from core.blocks import Message
from core.blocks.cases import case_closed, case_due
from core.casefile import Casefile, for_readers
from core.casereport import report
from core.cases import Case, tlp_of
from core.errors import AmbiguousPost, MissingScope, NoExport, Revoked, SlackDown, SlackError, StoreDown, Throttled
from core.exports.formats import FORMATS
from core.language import tr
from core.models import Scan
from core.rooms import Room, may_show
from core.settings import Settings
from core.slack import Rooms, Slack, Workspaces
from core.store import Store
from tasks import queue
from tasks.choose import titles
from tasks.exporting import case_attachment
from tasks.insist import insist
from tasks.posting import SETTLE, SKEW, standing
from tasks.process import worker
from tasks.tongue import as_read_by

log = structlog.get_logger()

TEND = "tasks.casework.tend"
LEASE = 120.0  # seconds for one try
SELDOM = 3600.0  # seconds between tries where nobody can be told
MOST_TRIES = 24
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


async def publish(
    slack: Slack,
    outlet: Outlet,
    message: Message,
    *,
    slot: str,
    keep: Callable[[str, str], None],
    since: float | None = None,
) -> None:
    """Post a message of a case with its files, each in its thread. `since`: an earlier try may have done so, at that
    time or later; what stands there already is not posted again. `keep` writes down which file stands in which channel,
    before it does: what it tells of may have to be forgotten.

    Raises:
        SlackError: it is not there, or may be (AmbiguousPost).
        StoreDown: the record does not answer.
    """
    channel, ts = outlet.channel, ""
    if since is not None:
        ts, sure = await standing(slack, channel, slot, thread_ts=outlet.thread_ts, since=since)
        message = message if sure else blocks.maybe_repeated(message)
    if not ts:
        posted = await slack.post(channel, message, slot=slot, thread_ts=outlet.thread_ts)
        channel, ts = posted.channel, posted.ts
    root = outlet.thread_ts or ts
    for each in message.files:
        try:
            if since is not None and await _shows(slack, channel, each.name, root, since):
                continue
            file = await slack.lay_down(each)
            await asyncio.to_thread(keep, channel, file)
            await slack.share(channel, file, each.title, thread_ts=root)
        except (AmbiguousPost, *LATER):
            raise
        except SlackError as error:
            log.warning("report of a case not attached", slot=slot, code=error.code, why=str(error))
            sentence = tr("I could not attach the file {name}. {why}", name=each.name, why=tr(str(error)))
            said = blocks.notice(sentence, next_step=tr("Ask /case report again."))
            if since is None:
                await slack.post(channel, said, slot=f"{slot}/without", thread_ts=root)
            raise


async def _shows(slack: Slack, channel: str, name: str, root: str, since: float) -> bool:
    try:
        return await slack.shows(channel, name, thread_ts=root, since=since)
    except MissingScope:
        return False


async def tend(store: Store, settings: Settings, workspaces: Workspaces | None, case_id: str) -> None:
    """Do for a case what is due; what was done is not done again. It is said in the language of who opened it.

    Raises:
        KeyError: there is no such case.
        StoreDown: the record does not answer.
    """
    case = await asyncio.to_thread(store.cases.get, case_id)
    with await asyncio.to_thread(as_read_by, store, case.team, case.opened_by, fallback=settings.slack_language):
        await _tend_one(store, settings, workspaces, case)


async def _tend_one(store: Store, settings: Settings, workspaces: Workspaces | None, case: Case) -> None:
    if case.is_open:
        if case.until is not None and case.until <= clock.now():
            await _once(store, workspaces, case, "reminded_at", lambda _file: case_due(case))
        return
    if case.forgets and await asyncio.to_thread(store.cases.is_running, case.id):
        return  # the report is the last that is seen of it: it waits for what is still asked
    closing = partial(_closing, store, settings)
    if await _once(store, workspaces, case, "reported_at", closing) and is_over(case):
        forgotten = await asyncio.to_thread(store.casefiles.forget, case.id)
        log.info("case forgotten", case=case.id, scans=forgotten)


def is_over(case: Case) -> bool:
    """Whether a closed case is no longer to be kept."""
    if case.closed_at is None or case.forgotten_at is not None:
        return False
    return case.forgets or (case.keep_days > 0 and case.closed_at + timedelta(days=case.keep_days) <= clock.now())


def _closing(store: Store, settings: Settings, file: Casefile) -> Message:
    """The report; of what will be forgotten also all of it, as the report holds so many findings of a run alone."""
    case = file.case
    made = case_closed(file, report(file, titles(), now=case.closed_at or clock.now()))
    if not (case.forgets or case.keep_days):
        return made
    try:
        whole = case_attachment(store, settings, file, FORMATS["json"], by=case.closed_by)
    except NoExport as refusal:
        log.warning("a case is closed without all of it", case=case.id, why=str(refusal))
        return made
    return replace(made, files=(*made.files, whole))


async def _once(
    store: Store, workspaces: Workspaces | None, case: Case, what: str, make: Callable[[Casefile], Message]
) -> bool:
    """Say it where the case may speak, unless somebody has: what was begun and not noted as done is looked for first.
    False: it is to be tried again."""
    if await asyncio.to_thread(store.cases.is_done, case.id, what):
        return True
    attempt = await asyncio.to_thread(partial(store.cases.take, case.id, what, lease=LEASE))
    if attempt is None:
        return False
    told = workspaces is None or await _say(store, workspaces, case, make, what=what, attempt=attempt)
    if told:
        await insist(store.cases.done, case.id, what, attempt)
    return told


async def _say(
    store: Store, workspaces: Workspaces, case: Case, make: Callable[[Casefile], Message], *, what: str, attempt: int
) -> bool:
    whole = await asyncio.to_thread(store.casefiles.read, case.id)
    keep = partial(store.casefiles.posted, case.id)
    slot, since = f"case/{case.id}/{what}", case.opened_at.timestamp() - SKEW if attempt > 1 else None
    try:
        home = await workspaces.of(case.team)
        for outlet in await outlets(home.rooms, case):
            message = await asyncio.to_thread(make, for_readers(whole, outlet.may))
            await publish(home.slack, outlet, message, slot=slot, keep=keep, since=since)
    except LATER as error:
        log.warning("case not told", case=case.id, code=error.code, why=str(error))
        await insist(store.cases.put_off, case.id, attempt, 0.0)
        return False
    except AmbiguousPost as error:
        log.warning("case not told", case=case.id, code=error.code, why=str(error))
        await insist(store.cases.put_off, case.id, attempt, SETTLE)
        return False
    except SlackError as error:  # the channel is gone, or may have it: whoever opened it is told instead
        log.warning("case not told in its place", case=case.id, code=error.code, why=str(error))
        made = await asyncio.to_thread(make, for_readers(whole, personal(case.opened_by).may))
        if not await _instead(home.slack, case, made, slot, since, keep=keep) and attempt < MOST_TRIES:
            await insist(store.cases.put_off, case.id, attempt, SELDOM)
            return False
    return True


async def _instead(
    slack: Slack, case: Case, message: Message, slot: str, since: float | None, *, keep: Callable[[str, str], None]
) -> bool:
    """Tell whoever opened it. False: nobody has been told."""
    if not _PERSON.fullmatch(case.opened_by):
        return False
    try:
        await publish(slack, personal(case.opened_by), message, slot=f"{slot}/instead", keep=keep, since=since)
    except SlackError as error:
        log.warning("case not told at all", case=case.id, code=error.code, why=str(error))
        return False
    return True


@queue.app.task(name=TEND)
def _tend(case_id: str, **_: object) -> None:
    loop, process = worker()
    try:
        loop.run(tend(process.store, process.settings, process.workspaces, case_id))
    except KeyError:
        log.warning("no such case", case=case_id)
    except StoreDown:
        log.warning("the record does not answer; the sweeper will send this case again", case=case_id)
