"""Decides what a scan's thread should say and brings it there: each message once, the newest state first.

Level-triggered: it compares the record with what was said, so a lost or repeated trigger changes nothing.
Whoever holds the scan's desk (a lease with a fencing number) tells; everybody else leaves.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from core import blocks
from core.beside import NOTHING, Beside
from core.blocks import Message
from core.change import Change
from core.clock import span
from core.ending import ended
from core.errors import AmbiguousPost, Revoked, SlackDown, SlackError, StoreDown, Throttled
from core.judged import as_judged
from core.language import speaking, tr
from core.models import ANSWERS, Place, Run, RunState, Scan
from core.rooms import is_bound, may_show
from core.rounds import of_round
from core.seal import Seal, sealer
from core.slack import Workspace, Workspaces
from core.store import Said, Seat, Store
from tasks import past
from tasks.again import when_again
from tasks.apart import apart, recipients
from tasks.belonging import label_of
from tasks.beside import gather
from tasks.choose import titles
from tasks.delay import Delay
from tasks.deserving import asked_in, deserves_reply, is_judged
from tasks.exporting import Attachments, wished
from tasks.insist import insist
from tasks.memory import Memory
from tasks.putting import put
from tasks.thread import LostDesk, Thread
from tasks.traced import hinted, telling

log = structlog.get_logger()
Slots = dict[str, Said]

ATTEND = 0.25  # of the lease: how often it is extended
CALM = 3.0  # seconds between two edits of a running scan's parent
LEAST = 1.0  # seconds to wait whatever Slack says
HOLD_ON = 30.0  # seconds worth waiting at the desk; longer waits leave it


class Reporter:
    """One per process; tells any number of scans at once."""

    def __init__(
        self,
        store: Store,
        workspaces: Workspaces,
        *,
        key: bytes,
        lease: float,
        calm: float = CALM,
        attachments: Attachments | None = None,
    ) -> None:
        self._store = store
        self._workspaces = workspaces
        self._key = key
        self._lease = lease
        self._calm, self._attachments = calm, attachments
        self._edited: dict[str, float] = {}
        self._posted = Memory()
        self._looks: dict[tuple[str, int, Place], Scan | None] = {}
        self._desks: set[asyncio.Task[None]] = set()

    async def deliver(self, scan_id: str) -> None:
        """Bring the thread of a scan to what the record knows. Returns at once when somebody is at it."""
        task = asyncio.create_task(self._sit(scan_id))
        self._desks.add(task)
        try:
            await task
        except (StoreDown, LostDesk) as error:
            log.warning("desk left", scan=scan_id, why=type(error).__name__)
        except KeyError:
            log.warning("no such scan", scan=scan_id)
        finally:
            self._desks.discard(task)

    @property
    def desks(self) -> int:
        """How many threads it writes right now."""
        return len(self._desks)

    async def drain(self) -> None:
        """Stop telling; desks are left so that others may sit down at once."""
        await ended(*self._desks)

    async def _sit(self, scan_id: str) -> None:
        seat = await asyncio.to_thread(self._store.desk.sit, scan_id, lease=self._lease)
        if seat is None:
            hinted(scan_id)
            return
        with telling(scan_id):
            await self._stay_seated(seat)

    async def _stay_seated(self, seat: Seat) -> None:
        telling = asyncio.create_task(self._tell(seat))
        try:
            while not telling.done():
                await asyncio.wait({telling}, timeout=self._lease * ATTEND)
                if not telling.done():
                    await self._hold_on(seat)
            await telling
        finally:
            self._edited = {key: at for key, at in self._edited.items() if not key.startswith(seat.scan_id)}
            self._looks = {key: was for key, was in self._looks.items() if key[0] != seat.scan_id}
            if not telling.done():
                telling.cancel()
                await asyncio.to_thread(self._store.desk.put_off, seat, seconds=0)

    async def _hold_on(self, seat: Seat) -> None:
        """Keep the desk. While the record is away nothing can be posted, but what is being posted is seen to its
        end and noted when the record is back, if nobody else sat down meanwhile."""
        try:
            stayed = await asyncio.to_thread(self._store.desk.stay, seat, lease=self._lease)
        except StoreDown:
            log.warning("the record does not answer; the desk is not extended", scan=seat.scan_id)
            return
        if stayed is None:
            raise LostDesk(seat.scan_id)

    async def _stay(self, seat: Seat) -> Seat:
        stayed = await insist(self._store.desk.stay, seat, lease=self._lease)
        if stayed is None:
            raise LostDesk(seat.scan_id)
        return stayed

    async def _tell(self, seat: Seat) -> None:
        """Tell until the thread says what the record knows, or until Slack stops us."""
        delay: Delay | None = None
        while True:
            scan = await insist(self._store.scans.get, seat.scan_id, all_rounds=True)
            said = await insist(self._store.desk.said, seat.scan_id)
            try:
                home = await self._workspaces.of(scan.place.team)
            except SlackError as error:
                await self._put_off(seat, scan, error)
                return
            thread = Thread(self._store, home.slack, seat, scan, said, memory=self._posted, delay=delay)
            with speaking(scan.asker.language):
                rest = await self._say_or_leave(home, thread, seat, scan, said)
            if rest is None:
                return
            delay = thread.delay
            if rest:
                await asyncio.sleep(rest)
            elif await insist(self._store.desk.leave, seat):
                return
            seat = await self._stay(seat)

    async def _say_or_leave(self, home: Workspace, thread: Thread, seat: Seat, scan: Scan, said: Slots) -> float | None:
        try:
            label = label_of(scan.belongs)
            if is_bound(label) and not may_show(label, await home.rooms.of(scan.place.channel)):
                return await self._say_apart(home, thread, seat, scan, said)
            rest = await self._say_all(thread, scan)
            for each in wished(said):
                await put(thread, self._attachments, scan, each)
        except SlackError as error:
            return await self._trouble(thread, seat, scan, error)
        return rest

    async def _say_apart(self, home: Workspace, thread: Thread, seat: Seat, scan: Scan, said: Slots) -> float:
        """Tell those who may know in direct messages, and the channel only that this was done."""
        rests, failed = [], None
        for user in recipients(scan):
            one, seen = apart(scan, user, said)
            aside = Thread(self._store, home.slack, seat, one.scan, seen, memory=self._posted, prefix=one.prefix)
            try:
                rests.append(await self._say_all(aside, one.shown, key=f"{scan.id}/{user}"))
                for each in (each for each in wished(said) if each.digest == user):
                    await put(aside, self._attachments, one.shown, each)
                    await insist(self._store.desk.note, seat, each.slot, state="said")
            except SlackError as error:
                if isinstance(error, (Throttled, SlackDown, AmbiguousPost, Revoked)):
                    raise  # true of Slack as a whole
                log.warning("not told apart", scan=scan.id, user=user, why=str(error), code=error.code)
                failed = error if user == scan.asker.user else failed
        stub = blocks.stub(scan)
        await thread.say("parent", stub)
        if not thread.says("parent", stub):
            await thread.edit("parent", stub, patient=True)
        if failed is not None:
            raise failed
        return max(rests, default=0.0)

    async def _say_all(self, thread: Thread, scan: Scan, *, key: str = "") -> float:
        """Say what is missing; returns the seconds after which an edit that was put off is due."""
        seal = self._seal(scan)
        current, beside = await self._now(scan)
        parent = blocks.parent(current, titles=titles(), seal=seal, delayed=thread.delayed, beside=beside)
        await thread.say("parent", parent)
        for number in range(1, scan.round + 1):
            view = as_judged(of_round(scan, number), beside.verdicts)
            told = beside if number == scan.round else replace(NOTHING, verdicts=beside.verdicts, judged=beside.judged)
            await self._say_round(thread, scan, view, seal, told)
        return await self._refresh(thread, current, seal, beside, key or scan.id)

    async def _now(self, scan: Scan) -> tuple[Scan, Beside]:
        """The scan as it stands, weighed by what people judged; and what else is to be said of it."""
        current = of_round(scan, scan.round)
        beside = await insist(gather, self._store, current)
        if beside.trail or beside.children:
            beside = replace(beside, house=await (await self._workspaces.of(scan.place.team)).house.address())
        return as_judged(current, beside.verdicts), beside

    async def _since(self, scan: Scan, view: Scan, run: Run) -> Change | None:
        """What a collector's answer changes against the last look, which is read once while we sit."""
        if run.outcome not in ANSWERS:
            return None
        key = (scan.id, view.round, scan.place)  # in direct messages the asker may know more than others
        if key not in self._looks:
            self._looks[key] = await insist(past.baseline, self._store, scan, view.round)
        was = self._looks[key]
        return await asyncio.to_thread(past.of_run, was, view, run) if was is not None else None

    async def _say_round(self, thread: Thread, scan: Scan, view: Scan, seal: Seal, beside: Beside) -> None:
        if view.round > 1:
            opening = blocks.opening(asked_in(view), titles=titles())
            await thread.say(f"round/{view.round}", opening, thread_ts=thread.root)
        for run in view.runs:
            if run.round == view.round and run.state is RunState.CLOSED and deserves_reply(run):
                where = f"{view.round}/{run.collector}"
                title = titles().get(run.collector, run.collector)
                judged = is_judged(beside, run)
                since = None if thread.has(f"reply/{where}") and not judged else await self._since(scan, view, run)
                message = blocks.reply(view, run, title=title, seal=seal, since=since, verdicts=beside.verdicts)
                await self._say(thread, f"reply/{where}", message, judged=judged)
                for number, attachment in enumerate(message.files):
                    await thread.attach(f"file/{where}/{number}", attachment)
        if all(run.state is RunState.CLOSED for run in view.runs):
            message = blocks.summary(view, titles=titles(), seal=seal, beside=beside)
            judged = any(is_judged(beside, run) for run in view.runs)
            await self._say(thread, f"summary/{view.round}", message, judged=judged)

    async def _say(self, thread: Thread, slot: str, message: Message, *, judged: bool) -> None:
        """Say it once. What somebody has judged since, or taken a verdict back, is edited to say so."""
        await thread.say(slot, message, thread_ts=thread.root)
        if judged and not thread.says(slot, message):
            await thread.edit(slot, message, patient=True)

    async def _refresh(self, thread: Thread, current: Scan, seal: Seal, beside: Beside, key: str) -> float:
        message = blocks.parent(current, titles=titles(), seal=seal, delayed=thread.delayed, beside=beside)
        if thread.says("parent", message):
            return self._calm if thread.unsettled("parent") else 0.0
        final = current.finished_at is not None
        now = asyncio.get_running_loop().time()
        rest = self._edited.get(key, 0.0) + self._calm - now
        if rest > 0 and not final:
            return rest
        self._edited[key] = now
        done = await thread.edit("parent", message, patient=final)
        return 0.0 if done and not thread.unsettled("parent") else self._calm  # an older edit may still undo this one

    async def _show_delay(self, thread: Thread, scan: Scan, error: Throttled) -> None:
        """Say that Slack asks for a long pause, where Slack lets us."""
        sentence = tr("Slack's limits make me wait {time} before I can post.", time=span(error.retry_after))
        await thread.warn(error.retry_after, blocks.notice(sentence, next_step=tr("The scan goes on meanwhile.")))
        if error.method == "chat.update" or not thread.has("parent") or is_bound(label_of(scan.belongs)):
            return
        seal = self._seal(scan)
        current, beside = await self._now(scan)
        message = blocks.parent(current, titles=titles(), seal=seal, delayed=thread.delayed, beside=beside)
        try:
            if not thread.says("parent", message):
                await thread.edit("parent", message, patient=False)
        except SlackError as refusal:
            log.warning("delay not shown", scan=scan.id, why=str(refusal), code=refusal.code)

    def _seal(self, scan: Scan) -> Seal:
        """Buttons age from when their round began: a time that each look at the record gives again."""
        return sealer(self._key, scan.place.team, made=scan.round_at or scan.created_at)

    async def _trouble(self, thread: Thread, seat: Seat, scan: Scan, error: SlackError) -> float | None:
        """Seconds to wait at the desk; None when it was left: the record says when to come back, and why."""
        if isinstance(error, Throttled) and error.retry_after <= HOLD_ON:
            wait = max(error.retry_after, LEAST)  # 0 would read as "all is said"
            await thread.held(wait)
            return wait
        if isinstance(error, Throttled):
            await self._show_delay(thread, scan, error)
        if when_again(seat.tries, error)[1]:
            await thread.tell_asker(blocks.cannot_post(scan, tr(str(error)), seal=self._seal(scan)))
        await self._put_off(seat, scan, error)
        return None

    async def _put_off(self, seat: Seat, scan: Scan, error: SlackError) -> None:
        log.warning("thread not told", scan=scan.id, why=str(error), code=error.code, method=error.method)
        await insist(self._store.desk.put_off, seat, seconds=when_again(seat.tries, error)[0], why=str(error))
