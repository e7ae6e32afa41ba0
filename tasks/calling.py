"""Tells a URL that a round of a scan has ended: signed, at least once, and by its id known when it comes twice."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import structlog

from collectors.doors.courier import WHOLE, Courier, Delivered
from core import clock
from core.access import Reader
from core.beside import Beside
from core.callbacks import signed
from core.document import as_document
from core.ending import ended
from core.errors import NotATarget, SourceError, StoreDown, UnsafeAddress
from core.metrics import count
from core.models import Scan
from core.progress import progress
from core.rounds import of_round
from core.settings import Settings
from core.store import Callback, Store
from tasks.insist import insist
from tasks.judged import judged_for

log = structlog.get_logger()

LEASE = WHOLE + 10.0  # seconds for one try: longer than the courier takes
PAUSES = (10.0, 60.0, 300.0, 900.0, 1800.0)  # seconds after each try that did not do: all within an hour
JITTER = 0.2  # ... more or less, so that what failed together does not come back together
LONGEST = 3600.0  # seconds that a receiver may ask us to wait
AT_ONCE = 16
MOST_BYTES = 4_000_000  # of one callback; beyond it the findings are left to be fetched
LAST_WORDS = 3.0  # seconds for what is under way when we stop
GONE = 410  # the receiver wants none of it any more


class CallingBack:
    """One per process."""

    def __init__(self, store: Store, courier: Courier, settings: Settings) -> None:
        self._store = store
        self._courier = courier
        self._settings = settings
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()

    async def call(self, scan_id: str) -> None:
        """Tell what is due of a scan. Safe to call twice, late, or for a scan that has nothing to tell."""
        task = asyncio.create_task(self._call(scan_id))
        self._under_way.add(task)
        try:
            await task
        except StoreDown as error:
            log.warning("callback left", scan=scan_id, why=str(error))
        finally:
            self._under_way.discard(task)

    async def drain(self) -> None:
        """Stop. What is cut off is given back, and told by the next one under the same id."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST_WORDS)
        await ended(*self._under_way)

    async def _call(self, scan_id: str) -> None:
        async with self._slots:
            for one in await asyncio.to_thread(self._store.callbacks.take, scan_id, lease=LEASE):
                await self._tell(one)

    async def _tell(self, one: Callback) -> None:
        scan = await asyncio.to_thread(self._store.scans.get, one.scan_id, all_rounds=True)
        if not await asyncio.to_thread(self._may_be_told, scan, one):
            await self._give_up(scan, one, "The token that asked for it is good no more.")
            return
        view = of_round(scan, one.round)
        reader = Reader(scan.place.team, scan.asker.user, frozenset({scan.place.channel}))
        beside = await asyncio.to_thread(judged_for, self._store, view, reader, alone=True)
        message, body = message_id(one), body_of(view, one, beside)
        headers = signed(self._settings, scan.token, message=message, at=int(clock.now().timestamp()), body=body)
        try:
            delivered = await self._courier.post(scan.callback, body, headers | {"Content-Type": "application/json"})
        except asyncio.CancelledError:
            await asyncio.to_thread(self._store.callbacks.put_off, one, 0.0, error="I was stopped meanwhile.")
            raise
        except (SourceError, NotATarget) as error:
            never = isinstance(error, UnsafeAddress | NotATarget)
            await self._failed(scan, one, str(error), never=never)
            return
        await self._answered(scan, one, delivered)

    def _may_be_told(self, scan: Scan, one: Callback) -> bool:
        """What a revoked token asked for is nobody's to receive, nor what a workspace asked for that removed us; a
        token that expired may hear of what began before."""
        home = self._store.installations.get(scan.place.team)
        if home is not None and not home.is_here:
            return False
        if not scan.token:
            return True
        try:
            token = self._store.tokens.get(scan.token)
        except KeyError:
            return False
        began = scan.round_at if one.round == scan.round and scan.round_at is not None else scan.created_at
        return token.revoked_at is None and (token.expires_at is None or began < token.expires_at)

    async def _answered(self, scan: Scan, one: Callback, delivered: Delivered) -> None:
        if delivered.is_taken:
            await insist(self._store.callbacks.told, one)
            count("gumshoe_callbacks_total", outcome="told")
            log.info("callback told", scan=scan.id, round=one.round, status=delivered.status, tries=one.tries)
            return
        sentence = f"The receiver answered {delivered.status}."
        await self._failed(scan, one, sentence, never=delivered.status == GONE, wait=delivered.retry_after or 0.0)

    async def _failed(self, scan: Scan, one: Callback, why: str, *, never: bool, wait: float = 0.0) -> None:
        if never or one.tries > len(PAUSES):
            await self._give_up(scan, one, why)
            return
        spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  no secret
        pause = PAUSES[one.tries - 1] * spread * self._settings.sources_pace
        await insist(self._store.callbacks.put_off, one, max(pause, min(wait, LONGEST)), error=why)
        count("gumshoe_callbacks_total", outcome="again")
        log.warning("callback not taken", scan=scan.id, round=one.round, why=why, tries=one.tries)

    async def _give_up(self, scan: Scan, one: Callback, why: str) -> None:
        if await insist(self._store.callbacks.give_up, one, error=why):
            count("gumshoe_callbacks_total", outcome="given_up")
            log.error("callback given up", scan=scan.id, round=one.round, why=why, tries=one.tries)
            await insist(
                self._store.audit.write,
                user=scan.asker.user,
                place=scan.place,
                door=scan.door,
                verb="callback",
                subject=why,
                decision="refused",
                rule="given up",
                scan_id=scan.id,
            )


def message_id(one: Callback) -> str:
    """The same for every try, so that a receiver can drop what it has."""
    return f"{one.scan_id}-{one.round}"


def body_of(scan: Scan, one: Callback, beside: Beside) -> bytes:
    """The scan as it stood when that round had ended, as JSON."""
    status = str(progress(scan))
    head: dict[str, Any] = {"id": message_id(one), "task_id": scan.id, "round": one.round, "status": status}
    whole = head | {"complete": True} | as_document(scan, beside=beside)
    body = json.dumps(whole).encode()
    if len(body) <= MOST_BYTES:
        return body
    for each in whole["runs"]:
        each["findings"] = []
    return json.dumps(whole | {"complete": False, "next": f"GET /api/v1/scan/{scan.id}"}).encode()
