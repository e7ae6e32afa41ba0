"""ZIP files, opened with care: what they promise is checked before a byte is unpacked (sources: PKWARE APPNOTE)."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from collectors.files.sheet import Sheet
from core.language import N_, NN_
from core.language.noted import nnoted, noted

MOST_PARTS = 2_000
LARGEST_WHOLE = 200 * 1024 * 1024
LARGEST_PART = 4 * 1024 * 1024
STEEPEST = 100  # bytes that one packed byte may unpack to
SMALL = 100_000  # below this no part is a bomb
PARTS = NN_("The archive has {n:,} parts; {most} are looked at.", "The archive has {n:,} parts; {most} are looked at.")
BOMB = N_("The archive unpacks to {whole} bytes from {packed}.")
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, RuntimeError, KeyError)


class Package:
    """The parts of a ZIP file that were found harmless."""

    def __init__(self, archive: zipfile.ZipFile, sheet: Sheet) -> None:
        self._archive, self._sheet = archive, sheet
        self.parts = {each.filename: each for each in archive.infolist()[:MOST_PARTS]}
        self.comment = archive.comment

    def read(self, name: str, most: int = LARGEST_PART) -> bytes:
        """A part's bytes; empty when it is not there, or, with a gap, when it is too much or damaged."""
        part = self.parts.get(name)
        if part is None:
            return b""
        if part.flag_bits & 1:
            self._sheet.gap("unreadable_file", noted("{name} is encrypted.", name=name))
            return b""
        if part.file_size > most or (part.file_size > SMALL and part.file_size > STEEPEST * max(1, part.compress_size)):
            self._sheet.gap("too_large", noted("{name} unpacks to more than is read.", name=name))
            return b""
        try:
            with self._archive.open(part) as opened:
                body = opened.read(most + 1)
        except BROKEN:
            self._sheet.gap("unreadable_file", noted("{name} is damaged.", name=name))
            return b""
        if len(body) > most:
            self._sheet.gap("too_large", noted("{name} unpacks to more than is read.", name=name))
            return b""
        return body

    def xml(self, name: str) -> Element | None:
        """A part's XML; None when it is not there, or, with a gap, when it cannot be read safely."""
        body = self.read(name)
        if not body:
            return None
        try:
            root: Element = fromstring(body, forbid_dtd=True)
        except DefusedXmlException:
            self._sheet.warn(
                noted("XML that unfolds"),
                noted("{name} declares entities, which no honest document does.", name=name),
                where=name,
                severity="high",
            )
            self._sheet.gap("unreadable_file", noted("{name} declares entities and was not read.", name=name))
            return None
        except (ParseError, ValueError, RecursionError):
            self._sheet.gap("unreadable_file", noted("{name} is not XML.", name=name))
            return None
        return root


def opened(body: bytes, sheet: Sheet) -> Package | None:
    """The package; None, with a gap, when it is a bomb or not a ZIP file."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except BROKEN:
        sheet.gap("unreadable_file", noted("The archive cannot be read: it is damaged or not what it says it is."))
        return None
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        sheet.gap("too_large", nnoted(*PARTS, len(parts), most=f"{MOST_PARTS:,}"))
    whole = sum(part.file_size for part in parts)
    if whole > LARGEST_WHOLE or whole > max(SMALL, STEEPEST * len(body)):
        sheet.warn(noted("may be a bomb"), noted(BOMB, whole=f"{whole:,}", packed=f"{len(body):,}"), severity="high")
        sheet.gap("too_large", noted("The archive unpacks to more than is read, so nothing in it was opened."))
        return None
    return Package(archive, sheet)


def local(tag: str) -> str:
    """An element's name without its namespace."""
    return tag.rpartition("}")[2]
