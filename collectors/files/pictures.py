"""Pictures through Pillow: EXIF, XMP, IPTC, comments, the embedded preview, and what the picture looks like."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Any

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    IptcImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.Image import DecompressionBombError, DecompressionBombWarning

from collectors.files import exif, xmp
from collectors.files.sheet import Sheet, clean
from collectors.files.words import mine, person, software
from core.language import N_
from core.language.noted import nnoted, noted

FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP")
# Named so that they are loaded before the child gives its rights away.
PLUGINS = (
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
MOST_PIXELS = 50_000_000  # that are painted for the look of it; a bomb names many and holds few
APART = 18  # of 64 bits in which a preview may differ from its picture

BROKEN = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, AttributeError, struct.error, EOFError)
"""What Pillow raises over files that are not what they say, besides its own errors."""

RECORDS = {
    (2, 5): "Title",
    (2, 25): "Keywords",
    (2, 55): N_("Created (IPTC)"),
    (2, 90): N_("City (IPTC)"),
    (2, 92): N_("Place (IPTC)"),
    (2, 95): N_("Region (IPTC)"),
    (2, 101): N_("Country (IPTC)"),
    (2, 105): "Headline",
    (2, 110): N_("Credit (IPTC)"),
    (2, 115): N_("Source (IPTC)"),
    (2, 116): N_("Copyright (IPTC)"),
    (2, 120): "Caption",
}
WRITERS = {(2, 80): "photographer", (2, 122): "caption writer"}
BOMB = N_("The picture says it has more than {most} pixels, so it was not opened.")
COMMENTS = ("comment", "Comment", "Description", "Title", "Copyright", "Source", "Warning", "Disclaimer")


def read(body: bytes, sheet: Sheet) -> bool:
    """Write down what a picture says; False when it is too damaged for this reader."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", DecompressionBombWarning)
    try:
        picture = Image.open(io.BytesIO(body), formats=FORMATS)
    except (DecompressionBombError, DecompressionBombWarning):
        sheet.gap("too_large", noted(BOMB, most=f"{MOST_PIXELS:,}"))
        return True
    except BROKEN as error:
        if "too large" in str(error):  # Pillow's words for texts that unpack to more than its bound
            sheet.gap("too_large", noted("A text in the picture unpacks to more than is read."))
            return True
        sheet.gap(
            "unreadable_file", noted("The picture is damaged or not what it says it is; not all of it could be read.")
        )
        _packet(xmp.packet_in(body), sheet)
        return False
    with picture:
        sheet.say(noted("Size in pixels"), f"{picture.width} x {picture.height}")
        frames = getattr(picture, "n_frames", 1)
        sheet.say("Frames", frames if frames != 1 else "")
        look = _look(picture, sheet)
        _comments(picture, sheet)
        _fields(picture, body, sheet, look)
    _origin(body, sheet)
    return True


def _fields(picture: ImageFile.ImageFile, body: bytes, sheet: Sheet, look: int | None) -> None:
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    packet = packet.encode("utf-8", "replace") if isinstance(packet, str) else packet
    _packet(packet if isinstance(packet, bytes) and packet else xmp.packet_in(body), sheet)
    try:
        tags = picture.getexif()
        exif.read(tags, sheet)
        _preview(exif.preview(tags, picture.info.get("exif")), look, picture, sheet)
    except BROKEN:
        sheet.gap("unreadable_file", noted("Its EXIF fields cannot be read."))
    try:
        _iptc(picture, sheet)
    except BROKEN:
        sheet.gap("unreadable_file", noted("Its IPTC fields cannot be read."))


def _packet(packet: bytes, sheet: Sheet) -> None:
    xmp.tell(xmp.read(packet, sheet), sheet)


def _look(picture: Image.Image, sheet: Sheet) -> int | None:
    """A hash that stays nearly the same when a picture is made smaller or saved anew; needs all of its pixels."""
    try:
        if picture.format == "JPEG":
            picture.draft("L", (64, 64))
        value = dhash(picture)
    except (DecompressionBombError, DecompressionBombWarning, MemoryError):
        sheet.gap("too_large", noted("The picture needs more memory to paint than it gets."))
        return None
    except BROKEN:
        sheet.gap("unreadable_file", noted("The picture breaks off or is damaged."))
        return None
    sheet.say(noted("Perceptual hash (dHash)"), f"{value:016x}")
    return value


def dhash(picture: Image.Image) -> int:
    """64 bits, each whether a patch is brighter than its right neighbour."""
    small = picture.convert("L").resize((9, 8), Image.Resampling.BOX)
    patches = small.tobytes()
    value = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            value = value << 1 | (patches[at] > patches[at + 1])
    return value


def _preview(preview: bytes, look: int | None, picture: Image.Image, sheet: Sheet) -> None:
    """An embedded preview may show what was cut away or painted over later."""
    if not preview:
        return
    sheet.say(noted("Embedded preview"), nnoted("{n:,} bytes", "{n:,} bytes", len(preview)))
    try:
        with Image.open(io.BytesIO(preview), formats=("JPEG",)) as small:
            sheet.properties[noted("Embedded preview")] = noted(
                "{width} x {height} pixels", width=small.width, height=small.height
            )
            apart = (dhash(small) ^ look).bit_count() if look is not None else 0
            shape = small.width / small.height / (picture.width / picture.height)
    except (DecompressionBombError, DecompressionBombWarning, ZeroDivisionError, *BROKEN):
        return
    if apart > APART or (apart > APART // 2 and not 0.9 < shape < 1.1):
        why = noted(
            "The embedded preview does not look like the picture: it may show what was cropped or painted over."
        )
        sheet.warn(noted("preview differs from the picture"), why, where=noted("EXIF preview"))


def _comments(picture: Image.Image, sheet: Sheet) -> None:
    """Texts beside the pixels: PNG text, comments of GIF and JPEG."""
    told = {str(name): value for name, value in list(picture.info.items())[:100]}
    try:
        told |= getattr(picture, "text", {})
    except BROKEN:
        sheet.gap("too_large", noted("Its texts unpack to more than is read."))
    for name in COMMENTS:
        text = _text(told.get(name))
        sheet.say(f"{name[:1].upper()}{name[1:]}", text)
        mine(sheet, text, name.capitalize())
    person(sheet, _text(told.get("Author")), "PNG Author", role="author")
    if program := _text(told.get("Software")):
        software(sheet, program, "PNG Software")
    if prompt := _text(told.get("parameters") or told.get("prompt")):
        sheet.say(noted("Generation parameters"), prompt)
        sheet.warn(
            noted("made by a generator"),
            noted("It holds the instructions an image generator was given."),
            severity="low",
        )


def _iptc(picture: ImageFile.ImageFile, sheet: Sheet) -> None:
    records: dict[Any, Any] = IptcImagePlugin.getiptcinfo(picture) or {}
    for record, label in RECORDS.items():
        sheet.say(label, _texts(records.get(record)))
    for record, role in WRITERS.items():
        for name in _texts(records.get(record)):
            person(sheet, name, "IPTC", role=role)
    for record in ((2, 120), (2, 116), (2, 118)):
        for text in _texts(records.get(record)):
            mine(sheet, text, "IPTC")
    for name in _texts(records.get((2, 65))):
        software(sheet, name, "IPTC", version=next(iter(_texts(records.get((2, 70)))), ""))


def _origin(body: bytes, sheet: Sheet) -> None:
    """Content Credentials (C2PA): a signed account of the making; here only that there is one, and whose."""
    if b"c2pa" not in body or b"jumb" not in body:
        return
    sheet.say(noted("Content Credentials (C2PA)"), noted("present; the signature was not checked"))
    at = body.find(b"claim_generator")
    following = body[at + 15 : at + 300] if at >= 0 else b""
    if following[:1] and 0x60 < following[0] < 0x78:  # CBOR: a short text
        software(
            sheet, clean(following[1 : following[0] - 0x60 + 1].decode("utf-8", "replace")), "C2PA claim generator"
        )
    elif following[:1] == b"\x78":
        software(sheet, clean(following[2 : following[1] + 2].decode("utf-8", "replace")), "C2PA claim generator")


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for each in values[:20] if (text := _text(each))]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return clean(value[:4000].decode("utf-8", "replace"))
    return clean(str(value)) if isinstance(value, str) else ""
