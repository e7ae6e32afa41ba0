"""Asking over HTTP as one run does it: declared hosts, in turn, patiently, with a receipt at the end."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from collectors.declare import Collector
from collectors.doors import verdict
from collectors.doors.address import follow
from collectors.doors.body import Unpacker, unpack
from collectors.doors.pacing import Turn, covers
from collectors.doors.patience import Deadline, Patience
from collectors.doors.question import Question
from collectors.doors.reply import Reply
from collectors.doors.retry import PAUSES, persist
from collectors.doors.streaming import StreamReply
from collectors.doors.web import Opened, Web
from core import clock
from core.errors import Changed, RateLimited, SourceError, UndeclaredHost

MOVED = frozenset({301, 302, 303, 307, 308})
SAMPLE_WAIT = 3.0  # seconds for the page of a refusal: its status is known


@dataclass(frozen=True, slots=True)
class Asking:
    """One run's way of asking over HTTP."""

    collector: Collector
    web: Web
    turn: Turn
    deadline: Deadline
    patience: Patience

    async def get(self, question: Question) -> Reply:
        """The whole answer; `truncated` when it is longer than the cap.

        Raises:
            SourceError: the status is not one that was listed, or there was no answer.
        """

        async def ask() -> Reply:
            async with AsyncExitStack() as stack:
                asked, opened = await self._open(question, stack)
                return await self._read(asked, opened)

        return await persist(ask, deadline=self.deadline, patience=self.patience, tries=question.tries)

    @asynccontextmanager
    async def stream(self, question: Question) -> AsyncIterator[StreamReply]:
        """The answer while it arrives. Only the opening is tried again: what was handed out cannot be taken back.

        Raises:
            SourceError: as `get`.
        """
        async with AsyncExitStack() as kept:

            async def ask() -> tuple[Question, Opened]:
                async with AsyncExitStack() as stack:
                    asked, opened = await self._open(question, stack)
                    kept.push_async_exit(stack.pop_all())
                    return asked, opened

            asked, opened = await persist(ask, deadline=self.deadline, patience=self.patience)
            yield StreamReply(self.collector.name, asked, opened)

    async def _open(self, question: Question, stack: AsyncExitStack) -> tuple[Question, Opened]:
        """Follow redirects by hand until something answers; each stop is checked and paced like the first."""
        while True:
            opened = await self._ask_once(question, stack)
            location = opened.headers.get("location", "")
            if question.answers(opened.status):
                return question, opened
            if opened.status not in MOVED or not location or question.redirects <= 0:
                raise await self._refusal(question, opened)
            question = question.moved(follow(question.address, location))

    async def _ask_once(self, question: Question, stack: AsyncExitStack) -> Opened:
        host = question.address.host
        if not any(covers(pattern, host) for pattern in self.collector.hosts):
            raise UndeclaredHost(f"{self.collector.title} wanted to ask {host}, which it does not declare.")
        seconds = self.patience.at_most(question.timeout or self.patience.answer)
        await self.turn.wait(host, question.source, most=seconds if question.tries == 1 else float("inf"))
        wait = self.deadline.allow(seconds, question.source)
        return await stack.enter_async_context(
            self.web.open(
                question.address,
                question.wire_headers(),
                connect=self.patience.connect,
                wait=wait,
                source=question.source,
            )
        )

    async def _refusal(self, question: Question, opened: Opened) -> SourceError:
        sample = await _sample(opened, question.source)
        error = verdict.judge(opened.status, opened.headers, sample, source=question.source)
        if isinstance(error, RateLimited):
            await self.turn.hold(question.address.host, error.retry_after or PAUSES[0] * self.patience.backoff)
        return error

    async def _read(self, question: Question, opened: Opened) -> Reply:
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
