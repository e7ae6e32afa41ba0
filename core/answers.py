"""Raw answers: what sources sent, byte for byte, each with the receipt of the asking: what evidence stands on."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

LEVEL = 6
CODING = "zlib"
REPEATED_KEY = "The source repeated a key of ours in its answer, so its bytes are not kept."
OVER_CAP = "Longer than the {most:,} bytes that are kept of one answer."
RECORD_AWAY = "The record did not answer for too long, so its bytes were not kept."
GONE = "Its bytes were kept for a time, and then deleted."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered. `sha256` is of the bytes as they arrived, as in the findings made of them."""

    sha256: str
    size: int  # of those bytes
    source: str
    url: str  # without secrets
    status: str
    fetched_at: datetime
    media_type: str = ""
    truncated: bool = False  # there was more than was read
    version: int = 0  # of the collector
    key: str = ""  # what people call the key it was asked with, never the key
    left_out: str = ""  # why the bytes are not kept
    body: bytes = field(default=b"", repr=False)
    packed: bool = False

    def without(self, why: str) -> Answer:
        """The same without its bytes."""
        return replace(self, body=b"", left_out=why)


def pack(answer: Answer) -> Answer:
    """The answer as it is kept: compressed, and only when its bytes are those that the digest is of. They are not
    where a secret of ours was blanked out of them."""
    if answer.packed or answer.left_out:
        return answer
    if hashlib.sha256(answer.body).hexdigest() != answer.sha256:
        return answer.without(REPEATED_KEY)
    return replace(answer, body=zlib.compress(answer.body, LEVEL), packed=True)


def unpack(body: bytes, size: int) -> bytes:
    """The bytes again; never more than they were.

    Raises:
        ValueError: these are not the bytes that were packed.
    """
    try:
        unpacker = zlib.decompressobj()
        made = unpacker.decompress(body, size + 1)
    except zlib.error as error:
        raise ValueError("the answer does not unpack") from error
    if len(made) != size:
        raise ValueError("the answer has another size than was written down")
    return made


class Packing:
    """Packs an answer while it arrives, in bounded memory; gives up when it is too long, or repeats a secret."""

    def __init__(self, most: int, secrets: Iterable[str]) -> None:
        self._most = most
        self._secrets = tuple(text.encode() for text in secrets)
        self._tail_length = max((len(each) for each in self._secrets), default=1) - 1
        self._tail = b""
        self._packer = zlib.compressobj(LEVEL)
        self._made = bytearray()
        self.size = 0
        self.left_out = ""

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        self.size += len(piece)
        if self.left_out:
            return
        seen = self._tail + piece if self._secrets else b""
        if any(each in seen for each in self._secrets):
            self._give_up(REPEATED_KEY)
        elif self.size > self._most:
            self._give_up(OVER_CAP.format(most=self._most))
        else:
            self._made += self._packer.compress(piece)
            self._tail = seen[-self._tail_length :] if self._tail_length else b""

    def end(self) -> bytes:
        """What was packed; nothing when it was given up."""
        return b"" if self.left_out else bytes(self._made) + self._packer.flush()

    def _give_up(self, why: str) -> None:
        self.left_out = why
        self._made = bytearray()
