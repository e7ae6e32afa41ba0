"""EXIF (CIPA DC-008): camera, lens, serial numbers, times, people and programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from collectors.files import places, words
from collectors.files.sheet import Sheet, clean
from core.language import N_
from core.language.noted import noted

MAKE, MODEL, SOFTWARE, HOST = 0x010F, 0x0110, 0x0131, 0x013C
DESCRIPTION, CHANGED, ARTIST, COPYRIGHT = 0x010E, 0x0132, 0x013B, 0x8298
XP = {
    0x9C9B: N_("Title (Windows)"),
    0x9C9C: N_("Comment (Windows)"),
    0x9C9D: "author",
    0x9C9E: N_("Keywords (Windows)"),
    0x9C9F: N_("Subject (Windows)"),
}
TAKEN, DIGITISED, OFFSET, NOTE = 0x9003, 0x9004, 0x9011, 0x9286
UNIQUE, OWNER, SERIAL, LENS_MAKE, LENS, LENS_SERIAL = 0xA420, 0xA430, 0xA431, 0xA433, 0xA434, 0xA435
PREVIEW_AT, PREVIEW_LENGTH = 0x0201, 0x0202
LARGEST_PREVIEW = 1024 * 1024


def read(tags: Image.Exif, sheet: Sheet) -> None:
    """Write down what the fields say."""
    if not tags:
        return
    more: Mapping[int, Any] = tags.get_ifd(ExifTags.IFD.Exif)
    _device(tags, more, sheet)
    for label, value in (
        ("Description", tags.get(DESCRIPTION)),
        ("Copyright", tags.get(COPYRIGHT)),
        (N_("Modified (EXIF)"), _moment(tags.get(CHANGED))),
        ("Taken", " ".join(filter(None, (_moment(more.get(TAKEN)), text(more.get(OFFSET)))))),
        ("Digitised", _moment(more.get(DIGITISED))),
        ("Note", _note(more.get(NOTE))),
        (N_("Image ID"), more.get(UNIQUE)),
    ):
        sheet.say(label, text(value))
        words.mine(sheet, text(value), f"EXIF {label}")
    for value, where, role in (
        (tags.get(ARTIST), "EXIF Artist", "author"),
        (more.get(OWNER), "EXIF CameraOwnerName", "camera owner"),
    ):
        words.person(sheet, text(value), where, role=role)
    _windows(tags, sheet)
    if program := text(tags.get(SOFTWARE)):
        words.software(sheet, program, "EXIF Software")
    if host := text(tags.get(HOST)):
        words.host(sheet, host, "EXIF HostComputer", role="computer")
        if " " in host:
            sheet.found("device", host, "EXIF HostComputer", role="computer")
    places.read(tags.get_ifd(ExifTags.IFD.GPSInfo), sheet)


def _device(tags: Mapping[int, Any], more: Mapping[int, Any], sheet: Sheet) -> None:
    make, model = text(tags.get(MAKE)), text(tags.get(MODEL))
    name = model if make and model.lower().startswith(make.lower().split()[0]) else f"{make} {model}".strip()
    serial, lens = text(more.get(SERIAL)), " ".join(filter(None, (text(more.get(LENS_MAKE)), text(more.get(LENS)))))
    if name:
        lens_serial = text(more.get(LENS_SERIAL))
        sheet.found("device", name, "EXIF Model", role="camera", serial=serial, lens=lens, lens_serial=lens_serial)
    sheet.say("Camera", name)
    sheet.say(noted("Camera serial number"), serial)
    sheet.say("Lens", lens)
    sheet.say(noted("Lens serial number"), text(more.get(LENS_SERIAL)))


def _windows(tags: Mapping[int, Any], sheet: Sheet) -> None:
    """Fields that Windows writes, in UTF-16."""
    for tag, label in XP.items():
        value = tags.get(tag)
        raw = (
            bytes(value)
            if isinstance(value, tuple) and all(isinstance(x, int) and 0 <= x < 256 for x in value)
            else value
        )
        told = clean(raw[:2000].decode("utf-16-le", "replace")) if isinstance(raw, bytes) else ""
        if label == "author":
            words.person(sheet, told, "EXIF XPAuthor", role="author")
        else:
            sheet.say(label, told)


def preview(tags: Image.Exif, block: Any) -> bytes:
    """The embedded preview, from the second directory of the EXIF block."""
    if not isinstance(block, bytes):
        return b""
    second = tags.get_ifd(ExifTags.IFD.IFD1)
    at, length = second.get(PREVIEW_AT), second.get(PREVIEW_LENGTH)
    if not isinstance(at, int) or not isinstance(length, int) or not 0 < length <= LARGEST_PREVIEW or at < 0:
        return b""
    whole = block.removeprefix(b"Exif\x00\x00")
    return whole[at : at + length]


def _moment(value: Any) -> str:
    """EXIF's "2026:11:01 10:00:00" as people write it; zeros and blanks are unset."""
    told = text(value)
    if not any(letter in "123456789" for letter in told):
        return ""
    return told.replace(":", "-", 2)


def _note(value: Any) -> str:
    if isinstance(value, bytes):
        kind, rest = value[:8], value[8:2008]
        return rest.decode("utf-16" if kind.startswith(b"UNICODE") else "utf-8", "replace").strip("\x00 ")
    return text(value)


def text(value: Any) -> str:
    """A field as text; numbers as their digits."""
    if isinstance(value, bytes):
        value = value[:4000].decode("utf-8", "replace")
    return clean(str(value).strip("\x00 ")) if isinstance(value, str | int) else ""
