"""Where a picture was taken: EXIF's place in decimal degrees, with what is known of its accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from collectors.files.sheet import Sheet
from core.language.noted import noted

NORTH, LATITUDE, EAST, LONGITUDE, BELOW, ALTITUDE, TIME = 1, 2, 3, 4, 5, 6, 7
DIRECTION, METHOD, AREA, DAY, ERROR = 17, 27, 28, 29, 31  # Exif 2.32, table 15


def read(gps: Mapping[int, Any], sheet: Sheet) -> None:
    """Write down the place, unless it is unset: cameras without a fix write zeros."""
    latitude = degrees(gps.get(LATITUDE), gps.get(NORTH), most=90)
    longitude = degrees(gps.get(LONGITUDE), gps.get(EAST), most=180)
    if latitude is None or longitude is None:
        if gps.get(LATITUDE) is not None:
            sheet.remark(noted("The file has a place that cannot be read."))
        return
    height = number(gps.get(ALTITUDE))
    below = gps.get(BELOW) in (1, b"\x01")
    tell(
        sheet,
        latitude,
        longitude,
        where="EXIF GPS",
        altitude_m=-height if height is not None and below else height,
        direction_deg=number(gps.get(DIRECTION)),
        accuracy_m=number(gps.get(ERROR)),
        taken=_taken(gps),
        area=_text(gps.get(AREA)),
        method=_text(gps.get(METHOD)),
    )


def tell(sheet: Sheet, latitude: float, longitude: float, *, where: str, **more: Any) -> None:
    """Write a place down; 0,0 is unset."""
    if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        return
    if abs(latitude) < 1e-6 and abs(longitude) < 1e-6:
        sheet.remark(noted("The file has an empty place (0, 0): the camera had no fix."))
        return
    sheet.found(
        "location",
        f"{latitude:.6f}, {longitude:.6f}",
        where,
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
        severity="medium",
        why=noted("The file says where it was made."),
        **{name: round(each, 2) if isinstance(each, float) else each for name, each in more.items()},
    )


def degrees(parts: Any, side: Any, *, most: int) -> float | None:
    """Degrees, minutes and seconds as one signed number."""
    if not isinstance(parts, tuple | list) or not 1 <= len(parts) <= 3:
        return None
    read_parts = [number(part) for part in parts]
    if any(part is None for part in read_parts):
        return None
    whole = sum(part / 60**at for at, part in enumerate(read_parts) if part is not None)
    signed = -whole if _text(side)[:1].upper() in ("S", "W") else whole
    return signed if isfinite(signed) and abs(signed) <= most else None


def number(value: Any) -> float | None:
    """A rational as a number; one without a denominator is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if isfinite(found) else None


def _taken(gps: Mapping[int, Any]) -> str:
    """The moment by the satellites, which is UTC."""
    day, clock = _text(gps.get(DAY)).replace(":", "-"), gps.get(TIME)
    if not isinstance(clock, tuple | list) or len(clock) != 3 or not day:
        return day
    parts = [number(part) for part in clock]
    if any(part is None for part in parts):
        return day
    return f"{day} " + ":".join(f"{int(part or 0):02d}" for part in parts) + "Z"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.removeprefix(b"ASCII\x00\x00\x00").removeprefix(b"UNICODE\x00").decode("utf-8", "replace")
    return str(value).strip("\x00 ") if isinstance(value, str) else ""
