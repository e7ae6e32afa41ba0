"""Notices changes, once for all who watch through this process: a bell says look now, and a look every few seconds
finds what no bell told."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

import structlog

from bot.front import Front
from bot.web.api.doors import ID, note_read
from bot.web.live.watcher import OVERLAP, REVOKED, STOPPING, Watcher
from bot.web.problems import Problem
from core import clock
from core.broker import connect_for
from core.callers import Caller, Scope
from core.ending import ended
from core.errors import NotAllowed, SlackError, StoreDown
from core.live import HEAR_WITHIN, SCAN, Ears
from core.models import Scan
from core.roles import Role

log = structlog.get_logger()
T = TypeVar("T")

LOOK_EVERY = 2.0  # seconds between two looks at the record when no bell rings
GAP = 0.2  # seconds between two looks when bells ring
CHECK_EVERY = 3.0  # seconds between two looks whether tokens and sessions are still good
MOST = 500  # lines that one process holds
MOST_OF_ONE = 20  # ... for one token or session
FAREWELL = 1.0  # seconds a line gets for its last words when we stop

State = tuple[int, datetime | None]


class Hub:
    """One per bot process; it works while somebody watches."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._watchers: set[Watcher] = set()
        self._known: dict[str, State] = {}  # of scans that are open, changed lately, or are watched
        self._open: frozenset[str] = frozenset()
        self._since = clock.now() - OVERLAP
        self._rung: set[str] = set()
        self._check = False
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopped = False
        self._deserted = asyncio.Event()
        # Threads of their own: many who watch must not keep those waiting who ask something.
        self._hands = ThreadPoolExecutor(2, "live")

    @property
    def watching(self) -> int:
        return len(self._watchers)

    async def read(self, work: Callable[[], T]) -> T:
        """Ask the record.

        Raises:
            StoreDown: it does not answer.
        """
        return await asyncio.get_running_loop().run_in_executor(self._hands, work)

    async def visible(self, caller: Caller, scan_id: str) -> Scan | None:
        """A scan without its runs; None when there is none, or it is not for this caller to see.

        Raises:
            StoreDown: the record does not answer.
        """
        if not ID.fullmatch(scan_id):
            return None
        looks, since = self._front.store.looks, self._since
        found = await self.read(lambda: looks.changed(teams=(), since=since, ids=(scan_id,)))
        if not found or not caller.sees(found[0]):
            return None
        await note_read(self._front, caller, found[0], door="live")
        return found[0]

    def join(self, watcher: Watcher) -> None:
        """Raises Problem: there are too many lines."""
        if self._stopped:
            raise Problem(503, "not-now", "Not now", STOPPING.sentence, headers={"Retry-After": "2"})
        if Counter(each.key for each in self._watchers)[watcher.key] >= MOST_OF_ONE:
            sentence = f"You hold {MOST_OF_ONE} lines open, and more are not given."
            raise Problem(429, "too-many", "Too many lines", sentence, step="Close one.", headers={"Retry-After": "5"})
        if len(self._watchers) >= MOST:
            raise Problem(503, "not-now", "Not now", "Too many watch already.", headers={"Retry-After": "10"})
        self._watchers.add(watcher)
        if not self._tasks:
            self._tasks = [asyncio.create_task(work) for work in (self._listen(), self._look_on())]
            for task in self._tasks:
                task.add_done_callback(self._ended)

    def leave(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)
        if not self._watchers:
            self._deserted.set()

    async def close(self) -> None:
        """Send everybody home, within about a second: a server that stops waits for its open lines."""
        self._stopped = True
        for watcher in self._watchers:
            watcher.close(STOPPING)
        if self._watchers:
            self._deserted.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._deserted.wait(), FAREWELL)
        for watcher in list(self._watchers):
            watcher.hang_up()
        await ended(*self._tasks)
        self._hands.shutdown(wait=False, cancel_futures=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody may wait for what no one looks for any more: they come back, and it is begun anew."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("watching failed on our side", exc_info=error)
        for each in self._tasks:
            each.cancel()
        self._tasks = []
        for watcher in self._watchers:
            watcher.close(STOPPING)

    def _heard(self, kind: str, name: str) -> None:
        if kind == SCAN:
            self._rung.add(name)
        else:
            self._check = True
        self._wake.set()

    async def _listen(self) -> None:
        client = connect_for(self._front.settings, Role.QUEUE, timeout=2 * HEAR_WITHIN)
        try:
            await Ears(client, self._heard).listen()
        finally:
            await client.aclose()

    async def _look_on(self) -> None:
        clock_of = asyncio.get_running_loop().time
        looked = checked = -CHECK_EVERY
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY)
            self._wake.clear()
            whole = clock_of() - looked >= LOOK_EVERY
            try:
                await self._look(whole=whole)
                looked = clock_of() if whole else looked
                if self._check or clock_of() - checked >= CHECK_EVERY:
                    self._check, checked = False, clock_of()
                    await self._check_callers()
            except StoreDown as error:
                log.warning("the record does not answer; nothing is told live", watching=self.watching, why=str(error))
                looked = -CHECK_EVERY
                await asyncio.sleep(LOOK_EVERY)
            await asyncio.sleep(GAP)

    async def _look(self, *, whole: bool) -> None:
        """Mark what changed for those who watch it; the `whole` of it, or what rang."""
        watched = {scan_id for watcher in self._watchers for scan_id in watcher.narrow}
        rung, self._rung = self._rung, set()
        teams = {watcher.caller.team for watcher in self._watchers if watcher.wide}
        ids = watched | self._open if whole else watched & rung
        if not (ids or (teams and (whole or rung))):
            return
        began = clock.now()
        try:
            scans = await self.read(lambda: self._front.store.looks.changed(teams=teams, since=self._since, ids=ids))
        except StoreDown:
            self._rung |= rung
            raise
        found = {scan.id: scan for scan in scans}
        self._mark(found)
        if whole:
            self._known = {scan_id: (scan.version, scan.changed_at) for scan_id, scan in found.items()}
            self._open = frozenset(scan.id for scan in scans if scan.is_open and scan.place.team in teams)
            self._since = began - OVERLAP
            for watcher in self._watchers:
                for scan_id in watched - found.keys():
                    watcher.gone(scan_id)

    def _mark(self, found: dict[str, Scan]) -> None:
        for scan in found.values():
            state = (scan.version, scan.changed_at)
            if self._known.get(scan.id) == state:
                continue
            self._known[scan.id] = state
            for watcher in self._watchers:
                watcher.changed(scan)

    async def _check_callers(self) -> None:
        """Ask again who everybody is; who is nobody any more is sent home."""
        by_key: dict[str, list[Watcher]] = {}
        for watcher in self._watchers:
            by_key.setdefault(watcher.key, []).append(watcher)
        for watchers in by_key.values():
            try:
                caller = await watchers[0].again()
            except (Problem, NotAllowed):
                caller = None
            except SlackError:
                continue  # who somebody is in the workspace is not known now: they may be who they were
            for watcher in watchers:
                if caller is None or not caller.may(Scope.READ):
                    self._send_home(watcher)
                else:
                    watcher.caller = caller

    def _send_home(self, watcher: Watcher) -> None:
        """One whose line is full hears no last words: it is cut all the same."""
        watcher.close(REVOKED)
        asyncio.get_running_loop().call_later(FAREWELL, lambda: watcher in self._watchers and watcher.hang_up())
