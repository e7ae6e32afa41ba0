"""What a run was answered, handed on byte for byte: the same bytes that the digests in its findings are of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from collectors.declare import Collector
from collectors.doors.notes import Notes
from collectors.doors.reply import Reply
from collectors.doors.streaming import StreamReply
from core.answers import OVER_CAP, Answer

OnAnswer = Callable[[Answer], Awaitable[None]]


class Evidence:
    """One run's. `take` gets each answer; nobody does when there is none. `most` are the bytes kept of one."""

    def __init__(self, collector: Collector, notes: Notes, take: OnAnswer | None, *, most: int) -> None:
        self._collector = collector
        self._notes = notes
        self._take = take
        self._most = most

    @property
    def room(self) -> int:
        """Bytes of one answer that are kept; 0: none are."""
        return self._most if self._take is not None else 0

    async def answered(self, reply: Reply, *, beginning: bool = False) -> None:
        """Count an answer, and hand on what it said."""
        self._notes.answered(reply, beginning=beginning)
        await self.shown(reply)

    async def shown(self, reply: Reply) -> None:
        """Hand on what a reply says without counting it: a table or a rule that ships with us is no source's answer."""
        if self._take is None:
            return
        body = reply.raw()
        answer = self._receipt(reply, len(body))
        if len(body) > self._most:
            await self._take(answer.without(OVER_CAP.format(most=self._most)))
        else:
            await self._take(self._with(answer, body))

    async def streamed(self, stream: StreamReply) -> None:
        """The same for an answer that was read piece by piece."""
        self._notes.answered(stream.reply)
        if self._take is not None and stream.packing is not None:
            answer = self._receipt(stream.reply, stream.packing.size)
            if stream.packing.left_out:
                await self._take(answer.without(stream.packing.left_out))
            else:
                await self._take(self._with(answer, stream.packing.end(), packed=True))

    def _receipt(self, reply: Reply, size: int) -> Answer:
        return Answer(
            sha256=reply.sha256,
            size=size,
            source=reply.source,
            url=reply.url,
            status=str(reply.status),
            fetched_at=reply.fetched_at,
            media_type=reply.headers.get("content-type", "").partition(";")[0].strip().lower()[:100],
            truncated=reply.truncated,
            version=self._collector.version,
            key=reply.key,
        )

    @staticmethod
    def _with(answer: Answer, body: bytes, *, packed: bool = False) -> Answer:
        return replace(answer, body=body, packed=packed)
