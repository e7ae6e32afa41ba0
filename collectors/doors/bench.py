"""The door to files: each is read in a child process that may do nothing, and what it says is believed in part only.

The child gets the bytes as its standard input (memory, not a file on disk) and answers JSON on its standard output.
It is a process group of its own, is given no environment and no open file, lowers its own limits before it reads
(`collectors/files/limits.py`), and is killed with all it started when its time is up or the run is cancelled.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collectors import shape
from core.errors import SourceTimeout, TooLarge, UnreadableFile
from core.language import N_
from core.language.noted import noted
from core.models import Fact, Kind

AT_ONCE = 2  # children of one process
WAIT = 20.0  # seconds by the wall
LARGEST_ANSWER = 1024 * 1024
ROOT = str(Path(__file__).resolve().parent.parent.parent)
START = "import sys; sys.path.insert(0, sys.argv[1]); from collectors.files.child import main; main(sys.argv[2])"
PIECE = 65536
SENSELESS = N_("The file's reader did not answer sensibly, so the file was not looked into.")
KINDS: Mapping[str, Kind | Fact] = {
    str(kind): kind
    for kind in (
        *(Kind.EMAIL, Kind.URL, Kind.USERNAME, Kind.DOMAIN, Kind.IP),
        *(Fact.PERSON, Fact.ORGANISATION, Fact.SOFTWARE, Fact.DEVICE, Fact.PATH, Fact.LOCATION, Fact.POSTURE),
    )
}
REASONS = frozenset({"too_large", "unreadable_file", "truncated", "timeout"})
MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}", re.ASCII)
NAME = re.compile(r"[a-z_]{1,30}", re.ASCII)
OURS = frozenset(  # what is ours to say of a finding, and not the child's
    {"kind", "value", "where", "confidence", "first_seen", "last_seen", "context", "file", "field", "cut", "self"}
)
MOST = 500


@dataclass(frozen=True, slots=True)
class Trace:
    """Something a file gives away, with the fields that say it."""

    kind: Kind | Fact
    value: str
    where: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """What one file says."""

    detected: str = ""  # media type by content; "" when unknown
    also: tuple[str, ...] = ()  # what the same bytes are besides
    properties: Mapping[str, Any] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    gaps: tuple[tuple[str, str], ...] = ()  # reason and sentence
    remarks: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()  # limits the machine did not grant
    peak_kib: int = 0


class Bench:
    """Where a process reads files, two at a time."""

    def __init__(self, *, wait: float = WAIT, program: str | None = None) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._wait = wait
        self._program = shutil.which("exiftool") or "" if program is None else program

    async def read(self, body: bytes, *, within: float) -> Report:
        """What the file says.

        Raises:
            TooLarge: it needs more memory or computing time than it gets, or says more than is read.
            SourceTimeout: it takes too long.
            UnreadableFile: it makes its reader fail, or the reader's answer makes no sense.
        """
        async with self._room:
            with _lent(body) as lent:
                answer = await self._ask(lent, min(self._wait, within))
        return report(answer)

    async def _ask(self, lent: int, wait: float) -> bytes:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", "-c", START, ROOT, self._program),
            stdin=lent,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            close_fds=True,
            env={},
            cwd="/",
        )
        try:
            async with asyncio.timeout(wait):
                answer = await _read(child.stdout)
                code = await child.wait()
        except TimeoutError as error:
            raise SourceTimeout(noted("Reading the file was not done within {wait:.0f} s.", wait=wait)) from error
        finally:
            _kill(child.pid)
            await asyncio.shield(child.wait())
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            raise TooLarge(noted("The file takes more computing time or memory to read than it gets."))
        if code != 0:
            raise UnreadableFile(noted("The file makes its reader fail, so it was not looked into."))
        return answer


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    answer = bytearray()
    while piece := await stream.read(PIECE) if stream else b"":
        answer += piece
        if len(answer) > LARGEST_ANSWER:
            raise TooLarge(noted("The file says more than is read."))
    return bytes(answer)


def _kill(group: int) -> None:
    """The child and all it started; it leads a group of its own, so the number is its own until it is waited for."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


@contextmanager
def _lent(body: bytes) -> Iterator[int]:
    """The bytes as an open file that has no name; on Linux it lies in memory."""
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("file", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as made:
            number = os.dup(made.fileno())
    try:
        with os.fdopen(os.dup(number), "wb") as writing:
            writing.write(body)
        os.lseek(number, 0, os.SEEK_SET)
        yield number
    finally:
        os.close(number)


def report(answer: bytes) -> Report:
    """Read the child's answer as a stranger's: unknown kinds are left out, wrong types are empty, all is bounded.

    Raises:
        UnreadableFile: it is not the answer of a reader at all.
    """
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(SENSELESS) from error
    if not isinstance(told, dict) or not isinstance(told.get("traces"), list):
        raise UnreadableFile(SENSELESS)
    detected = shape.text(told, "detected")
    return Report(
        detected=detected if MEDIA_TYPE.fullmatch(detected) else "",
        also=tuple(each for each in shape.texts(told, "also")[:5] if MEDIA_TYPE.fullmatch(each)),
        properties=dict(_properties(shape.mapping(told, "properties"))),
        traces=tuple(_traces(shape.mappings(told, "traces"))),
        gaps=tuple(_gaps(shape.mappings(told, "gaps"))),
        remarks=tuple(each[:300] for each in shape.texts(told, "remarks")[:20]),
        lacking=tuple(shape.texts(told, "lacking")[:5]),
        peak_kib=shape.whole(told, "peak_kib") or 0,
    )


def _properties(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for label, value in list(told.items())[:MOST]:
        if isinstance(value, str | int | float | bool):
            yield str(label)[:80], value[:1000] if isinstance(value, str) else value
        elif isinstance(value, list):
            yield str(label)[:80], [str(each)[:1000] for each in value[:50] if isinstance(each, str | int | float)]


def _traces(told: Sequence[Mapping[str, Any]]) -> Iterator[Trace]:
    for each in told[:MOST]:
        kind, value = KINDS.get(shape.text(each, "kind")), shape.text(each, "value")[:1000]
        if kind is None or not value:
            continue
        attributes = {
            name: text[:1000] if isinstance(text, str) else text
            for name, text in each.items()
            if NAME.fullmatch(name) and name not in OURS and isinstance(text, str | int | float)
        }
        yield Trace(kind, value, tuple(text[:80] for text in shape.texts(each, "where")[:5]), attributes)


def _gaps(told: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in told[:20]:
        reason, sentence = shape.text(each, "reason"), shape.text(each, "sentence")
        if reason in REASONS and sentence:
            yield reason, sentence[:300]
