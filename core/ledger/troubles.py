"""What is wrong with accounts, known to all processes: failures in a row, keys set aside, and breakers that are open.

A breaker opens after a number of failures in a row, and opens itself half after a pause: one question goes through,
and what becomes of it closes the breaker or opens it for twice as long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from core.ledger.line import Away, Line, text
from core.ledger.nouns import Account, Trouble

GLANCE = 1.0  # seconds for which what the others wrote is taken as known
FORGOTTEN = 3600.0  # seconds after which failures are no longer "in a row"
PROBE = 60  # seconds that a question may take that is let through to try
MOST = 2000  # accounts in trouble; beyond it the oldest are forgotten


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a cause makes us leave an account alone, and for how long."""

    after: int  # failures in a row
    pause: float  # seconds; twice as many each time it fails again
    longest: float


class Troubles:
    """The accounts in trouble; those that work are not kept at all."""

    def __init__(self, line: Line, *, now: Callable[[], datetime], breakers: bool = True) -> None:
        self._line = line
        self._breakers = breakers
        self._now = now
        self._known: dict[str, Trouble] = {}
        self._looked = -GLANCE
        self._probes: dict[str, float] = {}

    async def all(self) -> dict[str, Trouble]:
        """What is wrong, by account id; what the others wrote in the last second may be missing."""
        await self._look()
        return dict(self._known)

    async def of(self, account: Account) -> Trouble | None:
        await self._look()
        return self._known.get(account.id)

    async def _look(self) -> None:
        if time.monotonic() - self._looked >= GLANCE:
            self._looked = time.monotonic()
            try:
                held = await self._line.ask(self._line.open().hgetall(self._key))
                self._known = {text(name): _read(text(said)) for name, said in held.items()}
            except Away:
                pass  # what this process knows stands
            await self._forget()

    async def failed(
        self,
        account: Account,
        cause: str,
        breaker: Breaker,
        *,
        together: frozenset[str] = frozenset(),
        factor: float = 1.0,
    ) -> Trouble:
        """Count a failure; the account rests when there were so many in a row, of this cause or those that count
        together with it."""
        now = self._stamp()
        before = await self.of(account)
        again = before if before and before.cause in (cause, *together) else None
        fails, since = (again.fails + 1, again.since) if again else (1, now)
        over = fails - breaker.after
        rest = min(breaker.longest, breaker.pause * 2.0 ** min(over, 20)) * factor if over >= 0 else 0.0
        held = before.until if before and before.rests(now) else 0.0
        return await self._write(account, Trouble(cause, fails, since, now, max(now + rest if rest else 0.0, held)))

    async def hold(self, account: Account, cause: str, seconds: float) -> None:
        """Leave an account alone for so many seconds, as its source asked."""
        now = self._stamp()
        before = await self.of(account)
        if before is None or before.until < now + seconds:
            await self._write(account, Trouble(cause, 1, now, now, now + seconds))

    async def worked(self, account: Account) -> None:
        """It answered: whatever was wrong is over."""
        if await self.of(account) is None:
            return
        self._known.pop(account.id, None)
        self._probes.pop(account.id, None)
        try:
            client = self._line.open()
            await self._line.ask(client.hdel(self._key, account.id))
            await self._line.ask(client.delete(self._line.key("probe", account.id)))
        except Away:
            return

    async def may_probe(self, account: Account) -> bool:
        """Whether the rest is over and this caller is the one to try; everybody else waits for what comes of it."""
        now = time.monotonic()
        if self._probes.get(account.id, 0.0) > now:
            return False
        try:
            key = self._line.key("probe", account.id)
            mine = bool(await self._line.ask(self._line.open().set(key, "1", nx=True, ex=PROBE)))
        except Away:
            mine = True
        if mine:
            self._probes[account.id] = now + PROBE
        return mine

    async def end_probe(self, account: Account) -> None:
        """The question that was to try was never sent, or said nothing about the account: the next one may try."""
        if self._probes.pop(account.id, None) is None:
            return
        try:
            await self._line.ask(self._line.open().delete(self._line.key("probe", account.id)))
        except Away:
            return

    async def _write(self, account: Account, trouble: Trouble) -> Trouble:
        if not self._breakers:
            return trouble
        self._known[account.id] = trouble
        await self.end_probe(account)
        try:
            saying = self._line.open().hset(self._key, account.id, json.dumps(asdict(trouble)))
            await self._line.ask(saying)
        except Away:
            pass  # written with the next one; until then this process goes by it alone
        return trouble

    async def _forget(self) -> None:
        now = self._stamp()
        old = [name for name, each in self._known.items() if _is_over(each, now)]
        old += sorted(self._known, key=lambda name: self._known[name].at)[: max(0, len(self._known) - MOST)]
        if not old:
            return
        for name in old:
            self._known.pop(name, None)
        try:
            await self._line.ask(self._line.open().hdel(self._key, *old))
        except Away:
            return

    @property
    def _key(self) -> str:
        return self._line.key("trouble")

    def _stamp(self) -> float:
        return self._now().timestamp()


def _is_over(trouble: Trouble, now: float) -> bool:
    """Long past; or written by a clock that was set back since, and would bind for as long."""
    held_only = trouble.cause == "rate_limited" and not trouble.rests(now)
    return held_only or now - max(trouble.at, trouble.until) > FORGOTTEN or trouble.at > now + 60


def _read(said: str) -> Trouble:
    try:
        return Trouble(**json.loads(said))
    except (ValueError, TypeError):  # of another release
        return Trouble("down", 0, 0.0, 0.0)
