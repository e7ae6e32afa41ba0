"""Day and month budgets: one count over all processes in Redis; while it is away, each takes its part of the rest."""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from core.ledger.line import Away, Line, text
from core.ledger.nouns import NOBODY, Account, Count, Drawer, Period, Spent, Window, windows
from core.ledger.scripts import GIVE_BACK, HEAR, TAKE

log = structlog.get_logger()

SHARING = 120  # seconds since it last took something that a process counts as one of those who share
STRANGERS = 4  # how many may share a budget of which nothing was learnt yet
LATELY = 3600  # seconds since they last asked that somebody counts as one of those who want a share
SCARCE = 0.5  # of a budget: when less is left, nobody gets more than their share
KEPT = 3600  # seconds that a window is kept beyond its end
LIMITS_KEPT = 40 * 86400  # seconds that what a source said of its limits is kept
NEARLY = 0.8  # of a budget: from there on it is said
MOST_ENTRIES = 64  # of other processes, handed over to a Redis that forgot; beyond it only their sum


@dataclass(slots=True)
class Known:
    """What this process knows of one window: its own count, and those of the others as it last heard them."""

    window: Window
    mine: int = 0
    others: dict[str, int] = field(default_factory=dict)
    floor: int = 0  # what the source itself said was used
    room: int | None = None  # what may be taken until Redis is back

    @property
    def used(self) -> int:
        return max(self.mine + sum(self.others.values()), self.floor)

    def add(self, units: int) -> None:
        self.mine = max(0, self.mine + units)
        self.floor += units if self.floor else 0

    def told(self) -> dict[str, int]:
        """What to hand over."""
        if len(self.others) > MOST_ENTRIES:
            return {"floor": self.used}
        return self.others | ({"floor": self.floor} if self.floor else {})


@dataclass(frozen=True, slots=True)
class Taken:
    """Units of an account that a question may use, or gives back when it is never sent."""

    account: Account
    units: int
    drawer: Drawer
    windows: tuple[Window, ...]


class Windows:
    """The counts of all accounts."""

    def __init__(self, line: Line, *, now: Callable[[], datetime]) -> None:
        self._line = line
        self._now = now
        self._name = secrets.token_hex(4)
        self._known: dict[tuple[str, str], Known] = {}
        self._limits: dict[tuple[str, Period], int] = {}  # what sources said, where that is not what was declared
        self._sharers = 1 if line.alone else STRANGERS
        self._apart_at = -math.inf  # when something was last taken without Redis
        self._turns: dict[str, asyncio.Lock] = {}
        self._asked: dict[str, int] = {}  # by this process, of each key: those without a budget take turns by it

    def limits(self, account: Account) -> list[tuple[Window, int]]:
        """The windows in which this account is limited now, and to how much."""
        day, month = windows(self._now())
        declared: tuple[tuple[Window, int], ...] = ((day, account.day), (month, account.month))
        said = [(each, self._limits.get((account.id, each.period), limit)) for each, limit in declared]
        return [(each, limit) for each, limit in said if limit > 0]

    def left_of(self, account: Account) -> float:
        """The part of the tightest window that is left, as far as this process knows; where nothing is limited, the
        less was asked the more."""
        known = [(self._of(account, window).used, limit) for window, limit in self.limits(account)]
        return min(((limit - used) / limit for used, limit in known), default=-float(self._asked.get(account.id, 0)))

    async def take(self, account: Account, units: int, drawer: Drawer = NOBODY) -> Taken:
        """Use so many units in every window of the account, or in none.

        Raises:
            Spent: a window has not so many left, or this asker has had their share of it.
        """
        limits = self.limits(account) if units > 0 else []
        if account.print:
            self._asked[account.id] = self._asked.get(account.id, 0) + 1
        taken = Taken(account, units, drawer, tuple(window for window, _ in limits))
        if limits:
            async with self._turns.setdefault(account.id, asyncio.Lock()):  # our own count is always sent as a whole
                try:
                    await self._take_shared(account, units, drawer, limits)
                except Away:
                    self._take_alone(account, units, limits)
        return taken

    async def give_back(self, taken: Taken) -> None:
        """The question was never sent."""
        if not taken.windows:
            return
        account, who = taken.account, taken.drawer
        async with self._turns.setdefault(account.id, asyncio.Lock()):
            known = [self._of(account, window) for window in taken.windows]
            for each in known:
                each.add(-taken.units)
            keys = [key for window in taken.windows for key in self._keys(account, window)]
            args: list[Any] = [self._name, taken.units, who.user, who.channel, *(each.mine for each in known)]
            try:
                await self._line.run(GIVE_BACK, keys, args)
            except Away:
                return  # our own count is handed over as a whole with what is taken next

    async def hear(self, account: Account, period: Period, *, left: int | None, limit: int | None = None) -> None:
        """The source itself says what is left, or what it grants: it knows best what others used of it."""
        if limit is not None and limit > 0:
            await self._learn(account, period, limit)
        found = [(window, most) for window, most in self.limits(account) if window.period == period]
        if left is None or not found:
            return
        window, most = found[0]
        known, used = self._of(account, window), max(0, most - left)
        if used <= known.used:
            return
        known.floor = used
        keep = window.left(self._now()) + KEPT
        try:
            await self._line.run(HEAR, self._keys(account, window)[:1], [used, keep])
        except Away:
            return

    async def counts(self, account: Account, drawer: Drawer = NOBODY) -> tuple[Count, ...]:
        """What is used of each window, without using anything."""
        await self.refresh()
        found = []
        for window, limit in self.limits(account):
            known = self._of(account, window)
            try:
                client = self._line.open()
                entries, asked = self._keys(account, window)
                held = await self._line.ask(client.hgetall(entries))
                self._learn_entries(known, {text(name): int(number) for name, number in held.items()})
                taken = await self._line.ask(client.hgetall(asked))
            except Away:
                found.append(Count(window, limit, known.used, known=self._line.alone))
                continue
            people = {text(name): int(number) for name, number in taken.items() if text(name).startswith("u:")}
            asking, yours = {name: n for name, n in people.items() if n > 0}, people.get(drawer.user, 0)
            found.append(Count(window, limit, known.used, yours, max(asking.values(), default=0), len(asking)))
        return tuple(found)

    async def refresh(self) -> None:
        """Hear what the others learnt of limits."""
        try:
            held = await self._line.ask(self._line.open().hgetall(self._line.key("limits")))
        except Away:
            return
        for name, number in held.items():
            account, _, period = text(name).rpartition("|")
            self._limits[account, "month" if period == "month" else "day"] = int(number)

    async def _learn(self, account: Account, period: Period, limit: int) -> None:
        if self._limits.get((account.id, period), getattr(account, period)) == limit:
            return
        self._limits[account.id, period] = limit
        try:
            field_name = f"{account.id}|{period}"
            saying = self._line.open().hset(self._line.key("limits"), field_name, str(limit))
            await self._line.ask(saying)
            await self._line.ask(self._line.open().expire(self._line.key("limits"), LIMITS_KEPT))
        except Away:
            return

    async def _take_shared(self, account: Account, units: int, who: Drawer, limits: list[tuple[Window, int]]) -> None:
        known = [self._of(account, window) for window, _ in limits]
        await self._check_room(known, units)
        now = self._now()
        keys = [self._line.key("recent", account.id), self._line.key("sharers")]
        args: list[Any] = [self._name, units, now.timestamp(), who.user, who.channel, LATELY, SHARING, SCARCE]
        for (window, limit), each in zip(limits, known, strict=True):
            keys += self._keys(account, window)
            args += [limit, window.left(now) + KEPT, each.mine, json.dumps(each.told())]
        answer = json.loads(await self._line.run(TAKE, keys, args))
        self._sharers = int(answer["sharers"])
        for (window, limit), each, entries in zip(limits, known, answer["windows"], strict=True):
            self._learn_entries(each, entries)
            each.mine += units if answer["granted"] else 0
            if each.room is not None:
                each.room -= units if answer["granted"] else 0
            if answer["granted"] and each.used - units < NEARLY * limit <= each.used:
                log.warning("budget nearly used up", source=account.source, window=window.name, left=limit - each.used)
        if not answer["granted"]:
            window = limits[int(answer["window"]) - 1][0]
            wait = float(answer["wait"]) if answer["why"] == "share" else window.left(now)
            raise Spent(answer["why"], window.period, max(1.0, min(wait, window.left(now))))

    async def _check_room(self, known: list[Known], units: int) -> None:
        """For a while after Redis was away everybody keeps to their part: the others may not have told yet what they
        used meanwhile."""
        if self._apart_at == -math.inf:
            return
        await self._line.ask(self._line.open().ping())
        careful = self._apart_at + SHARING - time.monotonic()
        if careful <= 0:
            self._apart_at = -math.inf
            for each in self._known.values():
                each.room = None
        for each in known:
            if each.room is not None and units > each.room:
                raise Spent("apart", each.window.period, max(1.0, careful))

    def _take_alone(self, account: Account, units: int, limits: list[tuple[Window, int]]) -> None:
        """Each process takes its part of what was left when it last heard of the others."""
        self._apart_at = time.monotonic()
        known = [(self._of(account, window), limit) for window, limit in limits]
        for each, limit in known:
            if each.room is None or self._line.alone:
                each.room = max(0, limit - each.used) // self._sharers
            if units > each.room:
                raise Spent("limit", each.window.period, max(1.0, each.window.left(self._now())))
        for each, _ in known:
            each.add(units)
            each.room = (each.room or 0) - units

    def _learn_entries(self, known: Known, entries: dict[str, int]) -> None:
        known.floor = int(entries.get("floor", 0))
        known.others = {name: int(n) for name, n in entries.items() if name not in ("floor", "-", self._name)}

    def _of(self, account: Account, window: Window) -> Known:
        key = (account.id, window.name)
        if key not in self._known:
            now = self._now()
            self._known = {name: each for name, each in self._known.items() if each.window.left(now) > -KEPT}
            self._known[key] = Known(window)
        return self._known[key]

    def _keys(self, account: Account, window: Window) -> tuple[str, str]:
        return self._line.key("used", account.id, window.name), self._line.key("askers", account.id, window.name)
