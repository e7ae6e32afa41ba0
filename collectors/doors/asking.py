"""Asking over HTTP as one run does it: declared hosts, in turn, patiently, with a receipt at the end."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from collectors.declare import Collector
from collectors.doors import counting, verdict
from collectors.doors.address import follow
from collectors.doors.body import Unpacker, unpack
from collectors.doors.naming import told
from collectors.doors.pacing import Turn, covers
from collectors.doors.patience import Deadline, Patience
from collectors.doors.purse import Grant, Purse
from collectors.doors.question import Question, Variants
from collectors.doors.reply import Reply
from collectors.doors.retry import MOST_PATIENT, persist
from collectors.doors.said import exhausted
from collectors.doors.strategies import strategy
from collectors.doors.streaming import StreamReply
from collectors.doors.web import Opened, Web
from core import clock
from core.errors import Changed, RateLimited, SourceError, UndeclaredHost
from core.language import N_
from core.language.noted import noted

MOVED = frozenset({301, 302, 303, 307, 308})
T = TypeVar("T")
SAMPLE_WAIT = 3.0  # seconds for the page of a refusal: its status is known


@dataclass(frozen=True, slots=True)
class Asking:
    """One run's way of asking over HTTP."""

    collector: Collector
    web: Web
    turn: Turn
    purse: Purse
    deadline: Deadline
    patience: Patience
    about: str = ""  # the target's value: what must not be told of a host

    async def get(self, asked: Variants) -> Reply:
        """The whole answer; `truncated` when it is longer than the cap.

        Raises:
            SourceError: the status is not one that was listed, or there was no answer.
        """

        async def ask(grants: list[Grant]) -> Reply:
            async with AsyncExitStack() as stack:
                question, opened = await self._open(asked, stack, grants)
                return await self._read(question, opened, grants[-1].alias)

        return await self._persist(ask, asked.first.tries)

    @asynccontextmanager
    async def stream(self, asked: Variants, *, room: int = 0) -> AsyncIterator[StreamReply]:
        """The answer while it arrives, of which `room` bytes are packed for keeping. Only the opening is tried again:
        what was handed out cannot be taken back.

        Raises:
            SourceError: as `get`.
        """
        async with AsyncExitStack() as kept:

            async def ask(grants: list[Grant]) -> tuple[Question, Opened]:
                async with AsyncExitStack() as stack:
                    question, opened = await self._open(asked, stack, grants)
                    kept.push_async_exit(stack.pop_all())
                    return question, opened

            question, opened = await self._persist(ask, asked.first.tries)
            yield StreamReply(self.collector.name, question, opened, room=room)

    async def _persist(self, ask: Callable[[list[Grant]], Awaitable[T]], tries: int) -> T:
        """Try as the table says; how it ended counts for the breaker of whom was asked last."""
        grants: list[Grant] = []
        try:
            answer = await persist(lambda: ask(grants), deadline=self.deadline, patience=self.patience, tries=tries)
        except SourceError as error:
            if grants:
                await self.purse.failed(grants[-1], error)
            raise
        await self.purse.answered(grants[-1])
        return answer

    async def _open(self, asked: Variants, stack: AsyncExitStack, grants: list[Grant]) -> tuple[Question, Opened]:
        """Ask with the best key; where the table says so, with another one after a refusal."""
        tried: set[int] = set()
        while True:
            try:
                async with self.purse.grant(asked, tried, grants) as granted:
                    grants.append(granted)
                    tried.add(granted.number)
                    return await self._follow(granted, stack)
            except SourceError as error:
                if not tried or not error.asked:
                    raise
                await self.purse.refused(grants[-1], error)
                if not strategy(error).another_key or len(tried) == len(asked.questions):
                    raise

    async def _follow(self, granted: Grant, stack: AsyncExitStack) -> tuple[Question, Opened]:
        """Follow redirects by hand until something answers; each stop is checked and paced like the first."""
        question = granted.question
        while True:
            opened = await self._ask_once(question, granted, stack)
            location = opened.headers.get("location", "")
            if question.answers(opened.status):
                return question, opened
            if opened.status not in MOVED or not location or question.redirects <= 0:
                raise await self._refusal(question, opened, granted)
            question = question.moved(follow(question.address, location))

    async def _ask_once(self, question: Question, granted: Grant, stack: AsyncExitStack) -> Opened:
        host = question.address.host
        if not any(covers(pattern, host) for pattern in self.collector.hosts):
            said = N_("{title} wanted to ask {host}, which it does not declare.")
            raise UndeclaredHost(noted(said, title=self.collector.title, host=host))
        seconds = self.patience.at_most(question.timeout or self.patience.answer)
        turn = seconds if question.tries == 1 else float("inf")
        await self.turn.wait(host, question.source, granted.mark, most=turn)
        wait = self.deadline.allow(seconds, question.source)
        opening = self.web.open(
            question.address,
            question.wire_headers(),
            connect=self.patience.connect,
            wait=wait,
            source=question.source,
            told=told(host, self.collector.hosts, self.about),
        )
        source, began = counting.source_of(self.collector, host), time.monotonic()
        before, granted.sent = granted.sent, True  # also when we are stopped before it answers: it may have counted it
        try:
            opened = await stack.enter_async_context(opening)
        except SourceError as error:
            granted.sent = before or error.sent
            counting.answered(source, began, counting.result_of(error))
            raise
        counting.answered(source, began, counting.of_status(opened.status, answer=question.answers(opened.status)))
        if host == granted.question.address.host:
            await self._hear(granted, opened)
        return opened

    async def _hear(self, granted: Grant, opened: Opened) -> None:
        """A source that says it has nothing left is not asked until it has."""
        await self.purse.hear(granted, opened.headers)
        wait = exhausted(opened.headers, clock.now())
        if wait is not None:
            await self.turn.hold(granted.question.address.host, min(wait, MOST_PATIENT), granted.mark)

    async def _refusal(self, question: Question, opened: Opened, granted: Grant) -> SourceError:
        sample = await _sample(opened, question.source)
        own = question.refusal(opened.status, opened.headers, verdict.said(sample)) if question.refusal else None
        error = own or verdict.judge(opened.status, opened.headers, sample, source=question.source)
        if isinstance(error, RateLimited):
            pause = strategy(error).pauses[0] * self.patience.backoff
            await self.turn.hold(question.address.host, error.retry_after or pause, granted.mark)
        return error

    async def _read(self, question: Question, opened: Opened, key: str) -> Reply:
        body = bytearray()
        sha256 = hashlib.sha256()
        unpacker = Unpacker(_encoding(opened), cap=question.cap, source=question.source)
        async for piece in unpack(opened.pieces, unpacker, seen=sha256.update):
            body += piece
        return Reply(
            collector=self.collector.name,
            source=question.source,
            status=opened.status,
            url=question.show(opened.address.shown),
            fetched_at=clock.now(),
            body=question.blank(bytes(body)),
            sha256=sha256.hexdigest(),
            truncated=unpacker.full,
            headers=opened.headers,
            absent=opened.status in question.absent,
            key=key,
        )


async def _sample(opened: Opened, source: str) -> bytes:
    """The beginning of a refusal's page. One that breaks off, trickles or cannot be unpacked leaves the status true."""
    sample = bytearray()
    with suppress(SourceError, TimeoutError):
        async with asyncio.timeout(SAMPLE_WAIT):
            unpacker = Unpacker(_encoding(opened), cap=verdict.SAMPLE, source=source)
            async for _ in unpack(opened.pieces, unpacker, seen=sample.extend):
                pass
    return bytes(sample)


def check_json(reply: Reply) -> None:
    """Raises:
    Blocked: a wall instead of JSON.
    Changed: not JSON, or cut off.
    """
    error = verdict.not_json(reply.headers, reply.body, source=reply.source)
    if error is not None and not (reply.absent and isinstance(error, Changed)):
        raise error


def _encoding(opened: Opened) -> str:
    return opened.headers.get("content-encoding", "").strip().lower()
