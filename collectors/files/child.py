"""The child: gives its rights away, reads one file from standard input, says what it holds on standard output."""

from __future__ import annotations

import bz2
import decimal
import email.base64mime
import email.feedparser
import email.parser
import email.quoprimime
import encodings.ascii
import encodings.cp437
import encodings.cp1250
import encodings.cp1251
import encodings.cp1252
import encodings.gbk
import encodings.latin_1
import encodings.mac_roman
import encodings.raw_unicode_escape
import encodings.shift_jis
import encodings.utf_16
import encodings.utf_16_be
import encodings.utf_16_le
import gzip
import heapq
import json
import lzma
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from collectors.files import (
    archives,
    detect,
    exiftool,
    limits,
    mail,
    office,
    ole,
    opendocument,
    packages,
    page,
    pdf,
    pictures,
)
from collectors.files.sheet import Sheet
from core.language import N_
from core.language.noted import noted

# Libraries load these when they first need them; by then the child may no longer read where they lie.
LOADED = (
    *(bz2, decimal, gzip, heapq, lzma, email.base64mime, email.feedparser, email.parser, email.quoprimime),
    *(
        encodings.ascii,
        encodings.cp437,
        encodings.cp1250,
        encodings.cp1251,
        encodings.cp1252,
        encodings.gbk,
        encodings.latin_1,
    ),
    *(
        encodings.mac_roman,
        encodings.raw_unicode_escape,
        encodings.shift_jis,
        encodings.utf_16,
        encodings.utf_16_be,
        encodings.utf_16_le,
    ),
)
LARGEST = 32 * 1024 * 1024
NOT_YET = N_("This kind of file cannot be looked into yet. Only its size and hashes are told.")
UNKNOWN = N_("The file is of no kind that I know. Only its size and hashes are told.")

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/tiff", "image/webp", "image/bmp"})
READERS: dict[str, Callable[[bytes, Sheet], None]] = {
    "application/pdf": pdf.read,
    "application/x-tar": archives.read_tar,
    "message/rfc822": mail.read,
    "text/html": page.read,
}


def main(program: str) -> None:
    """Read and tell. `program` is ExifTool's path; "" when there is none."""
    lacking = limits.enter(program)
    body = sys.stdin.buffer.read(LARGEST)
    sheet = Sheet()
    kind = detect.detect(body)
    also: list[str] = []
    try:
        also = detect.say_others(sheet, body, kind)
        kind = read(kind, body, sheet, program)
    except (MemoryError, RecursionError):
        sheet.gap("too_large", noted("The file needs more memory to read than it gets."))
    told = {"detected": kind, "also": also, "lacking": lacking, **sheet.as_json()}
    told["peak_kib"] = peak()
    sys.stdout.write(json.dumps(told))


def peak() -> int:
    """KiB of memory held at most; what the system counts for us includes who started us (Linux, getrusage)."""
    with suppress(OSError), Path("/proc/self/status").open(encoding="utf-8") as status:
        return next((int(line.split()[1]) for line in status if line.startswith("VmHWM:")), 0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def read(kind: str, body: bytes, sheet: Sheet, program: str) -> str:
    """Let the format's reader write; returns the media type as the reader knows it better."""
    if kind in NAMING:
        return NAMING[kind](body, sheet) or kind
    if kind in READERS:
        READERS[kind](body, sheet)
    elif kind in PICTURES:
        if not pictures.read(body, sheet) and program:
            exiftool.read(program, sheet)
    elif kind in ("image/heic", "image/avif") or kind.startswith(("audio/", "video/")):
        exiftool.read(program, sheet)
    else:
        sheet.gap("unreadable_file", NOT_YET if kind else UNKNOWN)
    return kind


def _package(body: bytes, sheet: Sheet) -> str:
    package = packages.opened(body, sheet)
    if package is None:
        return ""
    if kind := office.kind_of(package):
        office.read(package, sheet)
        return kind
    if kind := opendocument.kind_of(package):
        opendocument.read(package, sheet)
        return kind
    archives.read_zip(package, sheet)
    return ""


NAMING: dict[str, Callable[[bytes, Sheet], str]] = {
    "application/zip": _package,
    "application/x-ole-storage": ole.read,
    "application/gzip": archives.read_gzip,
}
