"""Reading a body in bounded memory: a cap on the bytes that arrive, and one on what they unpack to."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable

from core.errors import Changed

SLACK = 65536  # gzip may spend a few bytes more than it saves


class Unpacker:
    """Undoes gzip piece by piece and never makes more than `cap` bytes in all."""

    def __init__(self, encoding: str, *, cap: int, source: str) -> None:
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Changed(f"{source} packed its answer in a way we did not offer to read.")
        self._packed = encoding not in ("", "identity")
        self._source = source
        self._unpacker = zlib.decompressobj(47)  # 47: zlib or gzip, told by the header (zlib manual, inflateInit2)
        self._cap = cap
        self._arrived = self._made = 0
        self.full = False  # there was more than the cap

    def feed(self, piece: bytes) -> bytes:
        """What a piece unpacks to, up to the cap.

        Raises:
            Changed: it is not what it says it is.
        """
        self._arrived += len(piece)
        room = self._cap - self._made + 1  # one more, to know that there is more
        made = self._unpack(piece, room) if self._packed else piece[:room]
        if len(made) >= room or self._arrived > self._cap + SLACK:
            self.full = True
            made = made[: room - 1]
        self._made += len(made)
        return made

    def end(self) -> None:
        """Raises:
        Changed: the packed stream is cut short.
        """
        if self._packed and self._arrived and not self.full and not self._unpacker.eof:
            raise Changed(f"{self._source} sent an answer that is cut short.")

    def _unpack(self, piece: bytes, room: int) -> bytes:
        made = bytearray()
        while piece and len(made) < room:
            if self._unpacker.eof:  # gzip files may be joined (RFC 1952 2.2)
                self._unpacker = zlib.decompressobj(47)
            try:
                made += self._unpacker.decompress(piece, room - len(made))
            except zlib.error as error:
                raise Changed(f"{self._source} sent a packed answer that does not unpack.") from error
            piece = self._unpacker.unused_data
        return bytes(made)


async def unpack(
    raw: AsyncIterator[bytes], unpacker: Unpacker, *, seen: Callable[[bytes], None]
) -> AsyncIterator[bytes]:
    """The pieces of a body up to its cap; `seen` gets each piece for the digest."""
    async for piece in raw:
        made = unpacker.feed(piece)
        if made:
            seen(made)
            yield made
        if unpacker.full:
            return
    unpacker.end()
