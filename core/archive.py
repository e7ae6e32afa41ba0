"""The file of a backup: a compressed tar of parts (rows as lines of JSON) behind a manifest that says what each is.

The manifest holds the SHA-256, the size and the number of rows of each part, and is sealed with our key: a file that
was damaged, cut short or changed by somebody else is recognised before anything of it is used.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Self

from core.errors import BadArchive

FORM = 1  # of the file; another one is refused
MANIFEST, SEAL = "manifest.json", "manifest.hmac"
MOST_MANIFEST = 1_000_000  # bytes
MOST_LINE = 64 * 1024 * 1024  # bytes of one row
CHUNK = 1024 * 1024
BROKEN = (
    tarfile.TarError,
    EOFError,
    zlib.error,
    OSError,
    UnicodeDecodeError,
    ValueError,
    KeyError,
    TypeError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One table, or what Redis held."""

    name: str
    columns: tuple[str, ...]
    rows: int
    size: int  # bytes
    sha256: str

    @property
    def path(self) -> str:
        return f"{self.name}.jsonl"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str  # RFC 3339
    version: str  # of the program
    revision: str  # of the tables
    database: str  # sqlite, postgresql
    parts: tuple[Part, ...]
    lacks: tuple[str, ...] = ()  # sentences: what is not in it, and why
    form: int = FORM

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)


class Writer:
    """Takes rows part by part; makes the file of them at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.parts: list[Part] = []

    def add(self, name: str, columns: tuple[str, ...], rows: Iterator[list[Any]]) -> None:
        """Write one part. The same name again replaces it: who reads the rows may have to begin anew."""
        digest, count, size = hashlib.sha256(), 0, 0
        with (self._folder / name).open("wb") as out:
            for row in rows:
                line = _line(row)
                out.write(line)
                digest.update(line)
                count, size = count + 1, size + len(line)
        self.parts = [part for part in self.parts if part.name != name]
        self.parts.append(Part(name, columns, count, size, digest.hexdigest()))

    def pack(self, path: Path, manifest: Manifest, *, key: bytes) -> None:
        """Write the whole file, for us alone to read, and flush it to the disk before it gets its name.

        Raises:
            BadArchive: there is a file of that name, or it cannot be written.
        """
        text = json.dumps(asdict(manifest), indent=1).encode()
        whole = self._folder / "whole"
        try:
            with open(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
                    _put(tar, MANIFEST, len(text), io.BytesIO(text))
                    mac = _mac(text, key)
                    _put(tar, SEAL, len(mac), io.BytesIO(mac))
                    for part in manifest.parts:
                        with (self._folder / part.name).open("rb") as rows:
                            _put(tar, part.path, part.size, rows)
                out.flush()
                os.fsync(out.fileno())
            os.link(whole, path)  # unlike a rename, never over a file that is there
        except FileExistsError:
            raise BadArchive(f"{path} is there already. I never write over a backup; name another file.") from None
        except OSError as error:
            raise BadArchive(f"The backup cannot be written to {path} ({error.strerror}).") from error


@contextmanager
def writing(near: Path) -> Iterator[Writer]:
    """A writer that keeps its parts beside the file to be, on the same disk, for us alone to read.

    Raises:
        BadArchive: nothing can be written there.
    """
    try:
        folder = TemporaryDirectory(prefix=".gumshoe-backup-", dir=near, ignore_cleanup_errors=True)
    except OSError as error:
        raise BadArchive(f"The backup cannot be written to {near} ({error.strerror}).") from error
    with folder as name:
        yield Writer(Path(name))


class Reader:
    """A backup that was opened and found whole; its parts can be read in their order, again and again."""

    def __init__(self, file: IO[bytes], manifest: Manifest, *, sealed: bool) -> None:
        self._file = file
        self.manifest = manifest
        self.sealed = sealed  # with our key

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, key: bytes) -> Iterator[Self]:
        """Look through the whole file.

        Raises:
            BadArchive: it is no backup, damaged, cut short, changed, or of another form.
        """
        try:
            file = path.open("rb")
        except OSError as error:
            raise BadArchive(f"{path} cannot be read ({error.strerror}).") from error
        with file:
            try:
                manifest, sealed = _examined(file, key)
            except BROKEN as error:
                raise BadArchive(f"{path} is no backup of mine, or damaged: it cannot be read to its end.") from error
            yield cls(file, manifest, sealed=sealed)

    def rows(self, name: str) -> Iterator[list[Any]]:
        """The rows of one part; none when the backup has no such part."""
        wanted = next((part for part in self.manifest.parts if part.name == name), None)
        if wanted is None:
            return
        self._file.seek(0)
        with tarfile.open(fileobj=self._file, mode="r|gz") as tar:
            for member in tar:
                inside = tar.extractfile(member) if member.name == wanted.path else None
                if inside is not None:
                    yield from (json.loads(line) for line in inside)
                    return


def _examined(file: IO[bytes], key: bytes) -> tuple[Manifest, bool]:
    # Not "r|gz": that looks at no checksum, and a seal that was damaged would be taken for another key's.
    with gzip.GzipFile(fileobj=file, mode="rb") as whole, tarfile.open(fileobj=whole, mode="r|") as tar:
        text = _small(tar, MANIFEST)
        manifest = _manifest(json.loads(text))
        sealed = hmac.compare_digest(_small(tar, SEAL), _mac(text, key))
        for part in manifest.parts:
            _check(tar, part)
        if tar.next() is not None:
            raise BadArchive("The backup holds more than its manifest says: it was changed.")
        while whole.read(CHUNK):  # what comes after the tar must be readable too; at its end is the checksum
            pass
    return manifest, sealed


def _manifest(told: dict[str, Any]) -> Manifest:
    if told["form"] != FORM:
        raise BadArchive("The backup was made by a newer release than this one, in a form that I do not know.")
    parts = tuple(Part(**(each | {"columns": tuple(each["columns"])})) for each in told["parts"])
    return Manifest(**(told | {"parts": parts, "lacks": tuple(told["lacks"])}))


def _check(tar: tarfile.TarFile, part: Part) -> None:
    inside, _ = _next(tar, part.path, most=part.size)
    digest, rows, size = hashlib.sha256(), 0, 0
    while line := inside.readline(MOST_LINE):
        digest.update(line)
        rows, size = rows + 1, size + len(line)
        if len(json.loads(line)) != len(part.columns):
            raise BadArchive(f"A row of the part {part.name} is damaged.")
    if not hmac.compare_digest(digest.hexdigest(), part.sha256) or (rows, size) != (part.rows, part.size):
        raise BadArchive(f"The part {part.name} is not what the manifest says: the file is damaged or was changed.")


def _small(tar: tarfile.TarFile, name: str) -> bytes:
    inside, size = _next(tar, name, most=MOST_MANIFEST)
    return inside.read(size)


def _next(tar: tarfile.TarFile, name: str, *, most: int) -> tuple[IO[bytes], int]:
    member = tar.next()
    inside = tar.extractfile(member) if member is not None and member.isfile() else None
    if member is None or inside is None or member.name != name or member.size > most:
        raise BadArchive(f"The backup is damaged: it lacks its {name}, or holds something else in its place.")
    return inside, member.size


def _put(tar: tarfile.TarFile, name: str, size: int, source: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, source)


def _line(row: list[Any]) -> bytes:
    return json.dumps(row, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def _mac(text: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"gumshoe backup\0" + text, "sha256").hex().encode()


Taking = Callable[[str, tuple[str, ...], Iterator[list[Any]]], None]  # Writer.add
