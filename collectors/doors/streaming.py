"""JSON lists too long to hold, read element by element while they arrive, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import ijson

from collectors.doors import verdict
from collectors.doors.body import Unpacker, unpack
from collectors.doors.parse import DEEPEST, MOST_PARTS, TOO_DEEP
from collectors.doors.question import Question
from collectors.doors.reply import Reply
from collectors.doors.web import Opened
from core import clock
from core.answers import Packing
from core.errors import Changed, TooLarge
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind

MOST_ELEMENTS = 50_000  # of one list: at crt.sh, which spends 300 bytes and more on each, the cap comes first
LONGEST_ELEMENT = 8 * 1024 * 1024  # bytes of one, or of what lies between two
BOM = b"\xef\xbb\xbf"


class StreamReply:
    """An answer that is still arriving. After the loop over `items` it is a Reply like any other, without its body."""

    def __init__(self, collector: str, question: Question, opened: Opened, *, room: int = 0) -> None:
        self.status = opened.status
        self.absent = opened.status in question.absent
        self.headers = opened.headers
        self.source = question.source
        self.url = question.show(opened.address.shown)
        self._collector = collector
        self._fetched_at = clock.now()
        self._opened = opened
        self._cap = question.cap
        self._sha256 = hashlib.sha256()
        self.packing = Packing(room, question.hidden) if room else None
        self._reply: Reply | None = None

    async def items(self, prefix: str = "item") -> AsyncIterator[Any]:
        """Each element of the list at `prefix` ("item": the outermost list; "rows.item": the list under "rows").

        Over the cap, or after 50,000 elements, it stops, sets `truncated` and raises nothing.

        Raises:
            Changed: not JSON, cut short by the sender, too deep, no such list, or a number beyond 64 bits.
            TooLarge: one element is longer than any we know.
            Blocked: a wall instead of JSON.
        """
        encoding = self.headers.get("content-encoding", "").strip().lower()
        unpacker = Unpacker(encoding, cap=self._cap, source=self.source)
        elements = Elements(prefix, self.source)
        first = True
        async for piece in unpack(self._opened.pieces, unpacker, seen=self._seen):
            if first and (error := verdict.not_json(self.headers, piece, source=self.source)):
                raise error
            for element in elements.feed(piece.removeprefix(BOM) if first else piece):
                yield element
            first = False
            if elements.full:
                break
        truncated = unpacker.full or elements.full
        if not truncated:
            elements.end()
        self._reply = self._close(truncated=truncated)

    @property
    def reply(self) -> Reply:
        """The receipt, once everything was read."""
        if self._reply is None:
            raise RuntimeError("read the stream to its end before using its receipt")
        return self._reply

    @property
    def finished(self) -> bool:
        return self._reply is not None

    @property
    def truncated(self) -> bool:
        return self.reply.truncated

    @property
    def sha256(self) -> str:
        return self.reply.sha256

    @property
    def fetched_at(self) -> datetime:
        return self.reply.fetched_at

    def finding(
        self, kind: Kind | Fact, value: str, *, confidence: Confidence = Confidence.MODERATE, **rest: Any
    ) -> Finding:
        """See `Reply.finding`."""
        return self.reply.finding(kind, value, confidence=confidence, **rest)

    def _seen(self, piece: bytes) -> None:
        self._sha256.update(piece)
        if self.packing is not None:
            self.packing.add(piece)

    def _close(self, *, truncated: bool) -> Reply:
        return Reply(
            collector=self._collector,
            source=self.source,
            status=self.status,
            url=self.url,
            fetched_at=self._fetched_at,
            body=b"",
            sha256=self._sha256.hexdigest(),
            truncated=truncated,
            headers=self.headers,
            absent=self.absent,
        )


class Elements:
    """Cuts a stream of JSON into the elements of one list in it, and refuses to follow it too deep."""

    def __init__(self, prefix: str, source: str) -> None:
        *self._way, last = prefix.split(".")
        if last != "item":
            raise ValueError('a prefix ends in "item": a.b.item is the list at a.b')
        self._source = source
        self._events = ijson.sendable_list()
        # Without use_float, an integer of 4,300 digits crashes the process in ijson's C, and some decimals raise.
        self._parser = ijson.basic_parse_coro(self._events, use_float=True)
        self._path: list[str | None] = []  # keys; None stands for a place in a list
        self._builder: ijson.ObjectBuilder | None = None
        self._inside = 0  # levels within the element being built
        self._found = False
        self._count = 0
        self._pending = 0  # bytes since the last element was complete
        self._parts = 0  # of the element being built

    @property
    def full(self) -> bool:
        """There are as many elements as are read at most."""
        return self._count >= MOST_ELEMENTS

    def feed(self, piece: bytes) -> Iterator[Any]:
        """Raises:
        Changed: not JSON, or too deep.
        TooLarge: an element without end.
        """
        self._pending += len(piece)
        if self._pending > LONGEST_ELEMENT + len(piece):
            said = N_("{source} sent a row of more than the {most:,} bytes I read at most.")
            raise TooLarge(noted(said, source=self._source, most=LONGEST_ELEMENT))
        try:
            self._parser.send(piece)
        except (ijson.JSONError, ValueError) as error:
            yield from self._drain()
            said = N_("{source} answered something that is not JSON, or JSON that breaks off.")
            raise Changed(noted(said, source=self._source)) from error
        yield from self._drain()

    def end(self) -> None:
        """Raises:
        Changed: the JSON is not complete, or has no list at the place.
        """
        try:
            self._parser.close()
        except (ijson.JSONError, ValueError) as error:
            raise Changed(noted("{source} sent JSON that breaks off.", source=self._source)) from error
        if not self._found:
            raise Changed(noted("{source} answered JSON without the list we expected.", source=self._source))

    def _drain(self) -> Iterator[Any]:
        for event, value in self._events:
            if self._builder is None:
                self._walk(event, value)
            else:
                self._builder.event(event, value)
                self._inside += _STEP.get(event, 0)
                self._count_part()
            if len(self._path) + self._inside > DEEPEST:
                raise Changed(noted(TOO_DEEP, source=self._source, most=DEEPEST))
            if self._builder is not None and self._inside == 0:
                yield self._builder.value
                self._builder = None
                self._pending = self._parts = 0
                self._count += 1
                if self.full:
                    break
        self._events.clear()

    def _count_part(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            said = N_("{source} sent a row of more than the {most:,} parts I read at most.")
            raise TooLarge(noted(said, source=self._source, most=MOST_PARTS))

    def _walk(self, event: str, value: Any) -> None:
        at_list = self._path == [*self._way, None]
        if at_list and event not in ("end_array", "map_key"):
            self._builder = ijson.ObjectBuilder()
            self._builder.event(event, value)
            self._inside = max(0, _STEP.get(event, 0))
        elif event == "map_key":
            self._path[-1] = value
        elif event.startswith("start"):
            self._found = self._found or (event == "start_array" and self._path == self._way)
            self._path.append(None if event == "start_array" else "")
        elif event.startswith("end"):
            self._path.pop()


_STEP = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}
