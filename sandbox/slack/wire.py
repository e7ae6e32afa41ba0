"""What travels between the stand-in workspace and its callers: JSON, read with care because strangers wrote it."""

import json
import math
from collections.abc import Mapping
from typing import Any

# What a caller sent, or what is sent to one: shapes are Slack's and change with its documentation.
Json = dict[str, Any]

FLAGS = {"true": True, "1": True, "false": False, "0": False}


def parsed(value: object) -> object:
    """The value itself, or what its JSON text says: form bodies carry blocks and views as text."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def flag(args: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """A yes or no, as JSON or as form text."""
    value = args.get(name, default)
    return FLAGS.get(value.lower(), default) if isinstance(value, str) else bool(value)


def text(args: Mapping[str, Any], name: str, default: str = "") -> str:
    """A text argument; numbers are read as text, because form bodies cannot tell them apart."""
    value = args.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def number(args: Mapping[str, Any], name: str, default: float) -> float:
    """A finite number, or the default when what came is not one."""
    try:
        value = float(text(args, name) or default)
    except ValueError:
        return default
    return value if math.isfinite(value) else default


def whole(args: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number, or the default when what came is not one."""
    try:
        return int(text(args, name) or default)
    except ValueError:
        return default
