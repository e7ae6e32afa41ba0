"""Looks through an evidence ZIP: what is whole, what is missing, what was altered, and who signed it.

The file may be made by an enemy. Nothing of it is unpacked to the disk, names in it are only compared, and no more is
read of anything than its manifest says, within bounds of ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import BadArchive
from core.exports.evidence import FINDINGS, FORMAT, MANIFEST, SIGNATURE
from core.exports.signing import PublicKey, public_key_of

MOST_ENTRIES = 50_000
MOST_MANIFEST = 64 * 2**20  # bytes
MOST_FILE = 300 * 2**20
MOST_IN_ALL = 2 * 2**30
CHUNK = 2**20
LABEL = "the label in the comment of the ZIP"
KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError),
    *(ValueError, TypeError, OverflowError),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about a file."""

    whole: tuple[str, ...] = ()  # names of files
    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    added: tuple[str, ...] = ()  # the manifest does not know them
    left_out: tuple[tuple[str, str], ...] = ()  # digest, and why its bytes were never in it
    unbacked: int = 0  # findings that no answer stands behind
    vouched: str = "none"  # what its signature is: good, bad, none
    key: PublicKey | None = None
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether all that it ever held is there and unchanged."""
        return not (self.missing or self.altered or self.added) and self.vouched != "bad"


def verify(path: Path) -> Checked:
    """Look through a file.

    Raises:
        BadArchive: it is no evidence of ours, or cannot be read at all.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _looked_through(archive)
    except BROKEN as error:
        raise BadArchive(f"{path} is no evidence of mine, or damaged: it cannot be read.") from error


def _looked_through(archive: zipfile.ZipFile) -> Checked:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise BadArchive(f"It holds {len(entries):,} files, more than the {MOST_ENTRIES:,} that evidence can have.")
    counts = Counter(entry.filename for entry in entries)
    known = {entry.filename: entry for entry in entries}
    twice = {name for name, count in counts.items() if count > 1}
    if MANIFEST not in known or MANIFEST in twice:
        raise BadArchive("It has no manifest, or two: it is no evidence of mine.")
    text = _read(archive, known[MANIFEST], most=MOST_MANIFEST)
    told = _manifest(text)
    vouched, key = _signed(archive, known, told, text)
    promised = _promised(told)
    whole: list[str] = []
    altered = sorted(twice) + [LABEL] * (archive.comment != _label(told).encode("utf-8", "replace"))
    room = MOST_IN_ALL
    for name, (digest, size) in promised.items():
        if name not in known or name in twice:
            continue
        room -= size
        if size > MOST_FILE or room < 0:
            raise BadArchive("Its manifest promises more than evidence can hold, so I read no further.")
        (whole if _is(archive, known[name], digest, size) else altered).append(name)
    return Checked(
        whole=tuple(whole),
        missing=tuple(name for name in promised if name not in known),
        altered=tuple(altered),
        added=tuple(sorted(known.keys() - promised.keys() - {MANIFEST, SIGNATURE})),
        left_out=tuple((str(each["sha256"]), str(each["left_out"])) for each in told["answers"] if not each["file"]),
        unbacked=sum(int(each["findings"]) for each in told["without_answer"]),
        vouched=vouched,
        key=key,
        about=told,
    )


def _manifest(text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadArchive("Its manifest cannot be read.") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BadArchive("It is no evidence of mine, or of a newer form than I know.")
    for name, wanted in (("answers", ("sha256", "size", "file", "left_out")), ("files", ("file", "sha256", "size"))):
        rows = told.get(name)
        if not isinstance(rows, list) or any(not _has(row, wanted) for row in rows):
            raise BadArchive(f"Its manifest is damaged: {name} is not what it must be.")
    rest = told.setdefault("without_answer", [])
    if not isinstance(rest, list) or any(not _has(row, ("findings",)) for row in rest):
        raise BadArchive("Its manifest is damaged.")
    return told


def _label(told: dict[str, Any]) -> str:
    """What the ZIP's comment must say: it is what people see before they open anything."""
    return f"TLP:{told['tlp']}".upper() if told.get("tlp") else "No TLP label"


def _has(row: Any, names: tuple[str, ...]) -> bool:
    return isinstance(row, dict) and all(name in row for name in names) and _is_size(row.get("size", 0))


def _is_size(given: Any) -> bool:
    return isinstance(given, int) and given >= 0  # one below nothing would make room for more than we read


def _promised(told: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Name to digest and size. An answer's name is made of its digest: another one is none of ours."""
    promised = {str(each["file"]): (str(each["sha256"]), int(each["size"])) for each in told["files"]}
    for each in told["answers"]:
        if each["file"]:
            promised[str(each["file"])] = (str(each["sha256"]), int(each["size"]))
    if FINDINGS not in promised:
        raise BadArchive("Its manifest does not name the findings: it is no evidence of mine.")
    return promised


def _signed(
    archive: zipfile.ZipFile, known: dict[str, zipfile.ZipInfo], told: dict[str, Any], text: bytes
) -> tuple[str, PublicKey | None]:
    stated = told.get("signature")
    if not isinstance(stated, dict):
        return ("bad" if SIGNATURE in known else "none"), None
    try:
        key = public_key_of(str(stated.get("public_key")))
    except ValueError:
        return "bad", None
    if SIGNATURE not in known:
        return "bad", key
    return ("good" if key.signed(text, _read(archive, known[SIGNATURE], most=1024)) else "bad"), key


def _is(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, sha256: str, size: int) -> bool:
    """Whether a file is what the manifest says; one that cannot be read is not."""
    digest, read = hashlib.sha256(), 0
    if entry.compress_type not in KINDS or entry.file_size != size:
        return False
    try:
        with archive.open(entry) as file:
            while piece := file.read(CHUNK):
                read += len(piece)
                if read > size:
                    return False
                digest.update(piece)
    except BROKEN:
        return False
    return read == size and hmac.compare_digest(digest.hexdigest(), sha256)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, most: int) -> bytes:
    if entry.compress_type not in KINDS:
        raise BadArchive("It is packed in a way that evidence is not.")
    with archive.open(entry) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise BadArchive(f"Its {MANIFEST if most == MOST_MANIFEST else SIGNATURE} is longer than any of mine.")
    return content
