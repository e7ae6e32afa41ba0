"""Reading a body in bounded memory: a cap on the bytes that arrive, and one on what they unpack to."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterator

from core.errors import Changed
from core.language import N_
from core.language.noted import noted

SLACK = 65536  # gzip may spend a few bytes more than it saves
PIECE = 65536  # bytes handed on at once: a bomb of 16 KiB unpacks to 16 MiB
MOST_MEMBERS = 1000  # gzip files joined to one; each costs time, also an empty one


class Unpacker:
    """Undoes gzip piece by piece and never makes more than `cap` bytes in all."""

    def __init__(self, encoding: str, *, cap: int, source: str) -> None:
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Changed(noted("{source} packed its answer in a way we did not offer to read.", source=source))
        self._packed = encoding not in ("", "identity")
        self._source = source
        self._unpacker = zlib.decompressobj(47)  # 47: zlib or gzip, told by the header (zlib manual, inflateInit2)
        self._cap = cap
        self._arrived = self._made = self._members = 0
        self.full = False  # there was more than the cap

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What a piece unpacks to, up to the cap, in pieces of bounded size; empty ones are turns without output.

        Raises:
            Changed: it is not what it says it is.
        """
        self._arrived += len(piece)
        for made in self._unpack(piece) if self._packed else _cut(piece):
            room = self._cap - self._made
            self.full = len(made) > room
            self._made += min(len(made), room)
            yield made[:room]
            if self.full:
                return
        self.full = self._arrived > self._cap + SLACK

    def end(self) -> None:
        """Raises:
        Changed: the packed stream is cut short.
        """
        if self._packed and self._arrived and not self.full and not self._unpacker.eof:
            raise Changed(noted("{source} sent an answer that is cut short.", source=self._source))

    def _unpack(self, piece: bytes) -> Iterator[bytes]:
        made = b""
        while piece or len(made) == PIECE:  # a full piece may have left some of its output inside
            if self._unpacker.eof:  # gzip files may be joined (RFC 1952 2.2)
                self._join()
            try:
                made = self._unpacker.decompress(piece, PIECE)
            except zlib.error as error:
                said = N_("{source} sent a packed answer that does not unpack.")
                raise Changed(noted(said, source=self._source)) from error
            yield made
            piece = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail

    def _join(self) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            said = N_("{source} sent an answer packed in more than {most:,} parts.")
            raise Changed(noted(said, source=self._source, most=MOST_MEMBERS))
        self._unpacker = zlib.decompressobj(47)


async def unpack(
    raw: AsyncIterator[bytes], unpacker: Unpacker, *, seen: Callable[[bytes], None]
) -> AsyncIterator[bytes]:
    """The pieces of a body up to its cap; `seen` gets each piece for the digest."""
    async for piece in raw:
        for made in unpacker.feed(piece):
            if made:
                seen(made)
                yield made
            await asyncio.sleep(0)  # a fast sender must not keep the loop, and with it every deadline, to itself
        if unpacker.full:
            return
    unpacker.end()


def _cut(piece: bytes) -> Iterator[bytes]:
    return (piece[place : place + PIECE] for place in range(0, len(piece), PIECE))
