"""One who watches: what they want, what of it changed since they were told, and why they must go.

A watcher holds no events. It marks which scans changed, and the record is read when its line can take more: so a slow
line costs a mark for each scan, and gets the newest state when it is ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.web.live.cursor import Told, moment_of
from bot.web.live.events import Event, news_of, summary
from core import clock
from core.callers import Caller
from core.models import Scan
from core.store import Look, Looks

PAGE = 100  # findings read at once; what one line may hold in memory
MOST_MARKS = 1000  # scans marked as changed; beyond that the record is read from the earliest change on
OVERLAP = timedelta(seconds=15)  # a change is written down with its time, and may be seen later than that

T = TypeVar("T")


class Read(Protocol):
    """Asks the record, without holding up anything else."""

    async def __call__(self, work: Callable[[], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Over:
    """Why a line is closed, in the words of the WebSocket protocol and for people. Codes from 4000 on are ours."""

    code: int
    kind: str
    sentence: str


REVOKED = Over(4401, "unknown-caller", "Your token or sign-in is good no more.")
FULL = Over(4408, "too-slow", "You did not read for too long. Come back with the last event id.")
STOPPING = Over(1001, "going-away", "I am being restarted. Come back with the last event id.")
IDLE = Over(4408, "idle", "You subscribed to nothing for too long.")
FLOODING = Over(4429, "too-much", "You send messages faster than I read them.")


@dataclass(eq=False)
class Wide:
    """What somebody wants besides single scans: all they may see, or those asked in channels."""

    everything: bool = False
    channels: set[str] = field(default_factory=set)
    marks: dict[str, datetime] = field(default_factory=dict)  # changed scans, and when: not told yet
    begins: bool = False  # what is open now is still to be read
    behind: tuple[datetime, str] | None = None  # what changed after this is still to be read
    low: datetime | None = None  # all until then was told

    def __bool__(self) -> bool:
        return self.everything or bool(self.channels)

    def wants(self, scan: Scan) -> bool:
        return self.everything or scan.place.channel in self.channels

    def narrow_down(self, *, channel: str, everything: bool) -> None:
        """That is not wanted any more."""
        self.channels.discard(channel)
        self.everything = self.everything and not everything
        if not self:
            self.marks.clear()
            self.behind = self.low = None
            self.begins = False

    def mark(self, scan: Scan) -> None:
        when = scan.changed_at or scan.created_at
        self.marks.setdefault(scan.id, when)  # the earliest: the event id must not run ahead of it
        if len(self.marks) > MOST_MARKS:
            first = min(self.marks.values())
            self.behind = (min(first, self.behind[0]) if self.behind else first) - OVERLAP, ""
            self.marks.clear()

    def take(self) -> tuple[str, datetime]:
        """The scan that changed first, to be told next, and when."""
        scan_id = min(self.marks, key=lambda each: self.marks[each])
        return scan_id, self.marks.pop(scan_id)

    def was_told(self, changed: datetime) -> None:
        self.low = max(self.low, changed) if self.low else changed

    def cursor(self) -> str:
        """The event id: everything that changed until then was told."""
        waiting = [*self.marks.values(), *([self.behind[0]] if self.behind else [])]
        return moment_of(min([*waiting, self.low] if self.low else waiting))


class Watcher:
    """`again` finds out who this is by now; `key` is the same for all that would get the same answer. `hang_up` cuts
    the line, whatever is still to be sent."""

    def __init__(
        self,
        caller: Caller,
        looks: Looks,
        read: Read,
        *,
        again: Callable[[], Awaitable[Caller | None]],
        key: str,
        hang_up: Callable[[], None],
    ) -> None:
        self.caller = caller
        self.again = again
        self.key = key
        self.hang_up = hang_up
        self.narrow: dict[str, Told] = {}
        self.wide = Wide()
        self.over: Over | None = None
        self.wake = asyncio.Event()
        self._stale: dict[str, None] = {}  # of the single scans; in order, so that each gets its turn
        self._looks = looks
        self._read = read

    def watch(self, told: Told) -> None:
        """Tell of this scan from where `told` says."""
        self.narrow[told.scan_id] = told
        self._stale[told.scan_id] = None
        self.wake.set()

    def unwatch(self, scan_id: str) -> None:
        self.narrow.pop(scan_id, None)
        self._stale.pop(scan_id, None)

    def widen(self, *, channel: str = "", everything: bool = False, after: datetime | None = None) -> None:
        """Tell of all scans, or of those asked in a channel: what is open now, and what changes from now on; with
        `after`, what changed since then."""
        self.wide.everything = self.wide.everything or everything
        self.wide.channels |= {channel} if channel else set()
        self.wide.begins = True
        if after is not None:
            since = after - OVERLAP
            self.wide.behind = (min(since, self.wide.behind[0]) if self.wide.behind else since), ""
        self.wake.set()

    def changed(self, scan: Scan) -> None:
        """Somebody noticed that this scan changed."""
        if scan.id in self.narrow:
            self._stale[scan.id] = None
            self.wake.set()
        if self.wide and self.wide.wants(scan) and self.caller.sees(scan):
            self.wide.mark(scan)
            self.wake.set()

    def gone(self, scan_id: str) -> None:
        """That scan is not in the record any more."""
        if scan_id in self.narrow:
            self._stale[scan_id] = None
            self.wake.set()

    def close(self, why: Over) -> None:
        self.over = self.over or why
        self.wake.set()

    async def news(self, *, within: float) -> list[Event]:
        """The next few events; none when nothing changed for so many seconds, or the line is over.

        Raises:
            StoreDown: the record does not answer; what is to be told stays marked.
        """
        while self.over is None:
            self.wake.clear()
            if found := await self._next():
                return found
            if self._waiting():
                continue  # what changed last was nothing to tell
            try:
                await asyncio.wait_for(self.wake.wait(), within)
            except TimeoutError:
                return []
        return []

    def _waiting(self) -> bool:
        return bool(self._stale or self.wide.marks or self.wide.behind or self.wide.begins)

    async def _next(self) -> list[Event]:
        if self._stale:
            return await self._of_one(next(iter(self._stale)))
        if self.wide.begins:
            await self._begin()
        if self.wide.behind is not None and len(self.wide.marks) < PAGE:
            await self._catch_up(self.wide.behind)
        return await self._of_many() if self.wide.marks else []

    async def _of_one(self, scan_id: str) -> list[Event]:
        told = self.narrow[scan_id]
        del self._stale[scan_id]  # before the look: what changes meanwhile marks it again
        look: Look | None = None
        known = False
        try:
            look = await self._look(scan_id, told, PAGE)
            known = True
        finally:
            if (not known or (look and look.more)) and scan_id in self.narrow:
                self._stale[scan_id] = None
        if look is None:
            self.unwatch(scan_id)
            return [Event("gone", {"scan": scan_id})]
        return list(news_of(look, told, self.caller))

    async def _of_many(self) -> list[Event]:
        scan_id, changed = self.wide.take()
        look: Look | None = None
        known = False
        try:
            look = await self._look(scan_id, Told(scan_id), 0)
            known = True
        finally:
            if not known:
                self.wide.marks.setdefault(scan_id, changed)
        self.wide.was_told(changed)
        return [Event("scan", summary(look.scan, self.caller), self.wide.cursor())] if look else []

    async def _look(self, scan_id: str, told: Told, limit: int) -> Look | None:
        """None: it is not there, or not for this caller to see."""
        try:
            look = await self._read(lambda: self._looks.look(scan_id, dict(told.reached), limit=limit))
        except KeyError:
            return None
        return look if self.caller.sees(look.scan) else None

    async def _begin(self) -> None:
        now, teams = clock.now(), {self.caller.team}
        scans = await self._read(lambda: self._looks.changed(teams=teams, since=now, ids=()))
        self.wide.begins = False
        self.wide.low = self.wide.low or now
        for scan in scans:
            if self.wide.wants(scan) and self.caller.sees(scan):
                self.wide.mark(scan)

    async def _catch_up(self, behind: tuple[datetime, str]) -> None:
        page = await self._read(lambda: self._looks.after(self.caller.team, *behind, limit=PAGE))
        if self.wide.behind == behind:
            last = page[-1] if len(page) == PAGE else None
            self.wide.behind = (last.changed_at, last.id) if last and last.changed_at else None
        for scan in page:
            if self.wide.wants(scan) and self.caller.sees(scan):
                self.wide.mark(scan)
