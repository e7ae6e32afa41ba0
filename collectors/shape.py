"""Reading values from answers whose shape nobody guarantees: wrong types give an empty value, never an exception.

`require` and `perhaps` are for what an answer cannot be without: they raise Changed, which says where it differs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

from core.errors import Changed
from core.language import N_
from core.language.noted import noted

T = TypeVar("T")
Step = str | int

# How JSON's types are called in front of people.
TYPES = {
    dict: N_("object"),
    list: N_("list"),
    str: N_("text"),
    bool: N_("true or false"),
    int: N_("whole number"),
    float: N_("number"),
}

_TIME = re.compile(
    r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})"
    r"(?:[T ]+(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,12})?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?",
    re.IGNORECASE,
)


def dig(value: Any, *path: Step) -> Any:
    """What lies at `path` (keys and list places); None when the way is not there."""
    for step in path:
        if isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: Any, *path: Step) -> str:
    """A text; numbers as their digits; "" for everything else."""
    found = dig(value, *path)
    if isinstance(found, str):
        return found
    if isinstance(found, bool) or number_of(found) is None:
        return ""
    return str(found)


def number(value: Any, *path: Step) -> float | None:
    """A finite number, also from a text of digits; None for everything else."""
    return number_of(dig(value, *path))


def whole(value: Any, *path: Step) -> int | None:
    """The same without a fraction."""
    found = number(value, *path)
    return None if found is None else int(found)


def number_of(found: Any) -> float | None:
    """The finite number a value is or spells."""
    if isinstance(found, str) and re.fullmatch(r"\s*[+-]?\d{1,18}(\.\d{1,18})?\s*", found, re.ASCII):
        found = float(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        return found if math.isfinite(found) else None
    except OverflowError:  # an integer beyond the range of floats
        return None


def items(value: Any, *path: Step) -> list[Any]:
    """A list; a single mapping or text as a list of one; [] for everything else."""
    found = dig(value, *path)
    if isinstance(found, list):
        return found
    return [found] if found and isinstance(found, str | Mapping) else []


def texts(value: Any, *path: Step) -> list[str]:
    """The non-empty texts of a list."""
    return [each for each in map(text, items(value, *path)) if each]


def mapping(value: Any, *path: Step) -> Mapping[str, Any]:
    """A mapping; {} for everything else."""
    found = dig(value, *path)
    return found if isinstance(found, Mapping) else {}


def mappings(value: Any, *path: Step) -> list[Mapping[str, Any]]:
    """The mappings of a list."""
    return [each for each in items(value, *path) if isinstance(each, Mapping)]


def when(value: Any, *path: Step) -> datetime | None:
    """An aware time from RFC 3339 and its many cousins, or from Unix seconds; None for everything else.

    A time without a zone is read as UTC: crt.sh and most registries write it so.
    """
    found = dig(value, *path)
    if isinstance(found, str):
        return _written(found[:64].strip())
    seconds = number_of(found)
    if seconds is None or not 0 < seconds < 32503680000:  # the year 3000
        return None
    return datetime.fromtimestamp(seconds, UTC)


def require(value: Any, path: str, kind: type[T], *, source: str) -> T:
    """What lies at a dotted path ("data.attributes.0.name"; "" is the whole), which must be a `kind`: dict, list, str,
    bool, int, or float for any number.

    Raises:
        Changed: it is missing, or another type: the answer has a shape we do not know.
    """
    return _kind(_at(value, path), path, kind, source)


def perhaps(value: Any, path: str, kind: type[T], *, source: str) -> T | None:
    """The same for what may be missing or null: None then.

    Raises:
        Changed: something is there, and is not a `kind`.
    """
    found = _at(value, path)
    return None if found is None or found is MISSING else _kind(found, path, kind, source)


def differs(source: str, path: str, wanted: str, got: Any) -> Changed:
    """The error for an answer that is something else at `path` than what was `wanted`, in words."""
    at = path or noted("the whole answer")
    where = noted("{at}: expected {wanted}, got {got}", at=at, wanted=wanted, got=type_of(got))
    said = noted("{source} answered in a form I do not know ({where}).", source=source, where=where)
    return Changed(said, source=source, path=where)


def type_of(value: Any) -> str:
    """A JSON value's type in front of people, never the value."""
    if value is MISSING:
        return noted("nothing there")
    return "null" if value is None else TYPES.get(type(value), type(value).__name__)


MISSING = object()


def _at(value: Any, path: str) -> Any:
    for step in path.split(".") if path else ():
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and step.isascii() and int(step[:6]) < len(value):
            value = value[int(step[:6])]
        else:
            return MISSING
    return value


def _kind(found: Any, path: str, kind: type[T], source: str) -> T:
    wanted: tuple[type, ...] = (int, float) if kind is float else (kind,)
    if type(found) not in wanted:  # JSON's true is no number, though Python's is
        raise differs(source, path, TYPES.get(kind, kind.__name__), found)
    return found  # type: ignore[no-any-return]  # as compared above


def _written(spelled: str) -> datetime | None:
    match = _TIME.match(spelled)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_zone(match[7]))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(spelled: str | None) -> timezone:
    if not spelled or spelled[0] not in "+-":
        return UTC
    digits = spelled[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if spelled[0] == "-" else offset)
