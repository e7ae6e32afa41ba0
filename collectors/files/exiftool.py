"""Audio, video and HEIC through ExifTool, when the machine has it; under the child's own limits."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from typing import Any

from collectors.files import places, words
from collectors.files.sheet import Sheet, clean
from core.language import N_
from core.language.noted import noted

OLDEST = (12, 38)  # below it, CVE-2021-22204 and CVE-2022-23935 run what a file says
LARGEST = 4 * 1024 * 1024  # bytes of its answer
# No configuration of a user is read, groups are named, numbers stay numbers, and what is slow is left out. The file
# comes as standard input: no name of the sender's ever reaches a command line.
WORDS = ("-config", "", "-j", "-G1", "-n", "-struct", "-charset", "filename=utf8", "-fast2", "--", "-")

TEXTS = {
    "Title": "Title",
    "Album": "Album",
    "Comment": "Comment",
    "Description": "Description",
    "Duration": "Seconds",
    "CreateDate": "Created",
    "ModifyDate": "Modified",
    "DateTimeOriginal": "Taken",
    "MediaCreateDate": "Recorded",
    "ContentIdentifier": N_("Content ID"),
    "Copyright": "Copyright",
}
PEOPLE = {"Artist": "artist", "Author": "author", "Creator": "creator", "By-line": "photographer", "OwnerName": "owner"}
PROGRAMS = (
    "Software",
    "Encoder",
    "CreatorTool",
    "EncodedBy",
    "WritingApp",
    "MuxingApp",
    "EncoderSettings",
    "EncodingSettings",
    "VendorID",
)
SERIALS = ("SerialNumber", "BodySerialNumber", "CameraSerialNumber", "InternalSerialNumber")


def read(program: str, sheet: Sheet) -> None:
    """Write down what ExifTool reads from standard input."""
    if not program:
        sheet.remark(noted("This kind of file is read with ExifTool, which is not installed here."))
        sheet.gap(
            "unreadable_file", noted("Of this kind of file only its type and hashes are told: ExifTool is not here.")
        )
        return
    version = _version(program)
    if version < OLDEST:
        sheet.gap("unreadable_file", noted("The ExifTool here is older than 12.38, which is not safe to use."))
        return
    told = _ask(program, sheet)
    if told is None:
        return
    if error := _first(told, "Error"):
        sheet.gap("unreadable_file", noted("ExifTool: {error}", error=clean(error)[:150]))
    _tell(told, sheet)


def _version(program: str) -> tuple[int, ...]:
    found = re.match(rb"(\d{1,3})\.(\d{1,3})", _run(program, "-ver"))
    return (int(found[1]), int(found[2])) if found else (0,)


def _ask(program: str, sheet: Sheet) -> Mapping[str, Any] | None:
    os.lseek(0, 0, os.SEEK_SET)
    answer = _run(program, *WORDS)
    try:
        told = json.loads(answer)
    except ValueError:
        sheet.gap("unreadable_file", noted("ExifTool could not read the file."))
        return None
    first = told[0] if isinstance(told, list) and told else None
    return first if isinstance(first, Mapping) else None


def _run(program: str, *words: str) -> bytes:
    """What it prints, or nothing. The words are ours, and the file is its standard input."""
    try:
        with subprocess.Popen(  # noqa: S603  the program is the operator's, found by the parent
            [program, *words], stdin=0, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        ) as running:
            answer = running.stdout.read(LARGEST + 1) if running.stdout else b""
            if len(answer) > LARGEST:
                running.kill()
                return b""
    except OSError:
        return b""
    return answer


def _tell(told: Mapping[str, Any], sheet: Sheet) -> None:
    for name, label in TEXTS.items():
        text = _first(told, name)
        if not text.startswith("0000") and text != "0":
            sheet.say(
                label, text.replace(":", "-", 2) if label in ("Created", "Modified", "Taken", "Recorded") else text
            )
            words.mine(sheet, text, name)
    for name, role in PEOPLE.items():
        words.person(sheet, _first(told, name), name, role=role)
    for name in PROGRAMS:
        words.software(sheet, _first(told, name), name)
    make, model = _first(told, "Make"), _first(told, "Model")
    serial = next(filter(None, (_first(told, name) for name in SERIALS)), "")
    if device := model if make and model.startswith(make) else f"{make} {model}".strip():
        sheet.found("device", device, "Model", role="camera", serial=serial, lens=_first(told, "LensModel"))
    sheet.say("Camera", device)
    sheet.say(noted("Camera serial number"), serial)
    _place(told, sheet)


def _place(told: Mapping[str, Any], sheet: Sheet) -> None:
    """The composed values carry the sign; the single ones do not."""
    latitude = places.number(told.get("Composite:GPSLatitude"))
    longitude = places.number(told.get("Composite:GPSLongitude"))
    if latitude is None or longitude is None:
        return
    places.tell(
        sheet,
        latitude,
        longitude,
        where="ExifTool",
        altitude_m=places.number(told.get("Composite:GPSAltitude")),
        direction_deg=places.number(_first(told, "GPSImgDirection")),
        accuracy_m=places.number(_first(told, "GPSHPositioningError")),
    )


def _first(told: Mapping[str, Any], name: str) -> str:
    """The tag's value in whatever group has it."""
    for key, value in told.items():
        if key.rpartition(":")[2] == name and isinstance(value, str | int | float) and not isinstance(value, bool):
            text = str(value)
            if text and not text.startswith("(Binary data"):
                return clean(text)
    return ""
