"""The comparisons of rules: each takes what stands there and what the rule says. A wrong type is no match, never an
error; and nothing here takes longer than reading the two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from core.models import Finding, Target
from core.targets.hosts import host_of

MOST_LEAVES = 500
LONGEST = 4000  # characters of a text that is looked through


@dataclass(frozen=True, slots=True)
class Around:
    """What comparisons may know besides the finding."""

    target: Target
    now: datetime


def leaves(finding: Finding, path: str) -> list[Any]:
    """All that stands at a place: of a list each element, of a mapping at the end its names; nothing where there is
    no such place."""
    first, *rest = path.split(".")
    found = [_first(finding, first)]
    for step in rest:
        inside = [each for one in found for each in (one if isinstance(one, list | tuple) else [one])]
        found = [each[step] for each in inside[:MOST_LEAVES] if isinstance(each, Mapping) and step in each]
    flat = [each for one in found for each in _spread(one)]
    return [each for each in flat if each is not None][:MOST_LEAVES]


def _spread(one: Any) -> list[Any]:
    if isinstance(one, Mapping):
        return list(one)
    return list(one) if isinstance(one, list | tuple) else [one]


def _first(finding: Finding, name: str) -> Any:
    match name:
        case "value" | "first_seen" | "last_seen" | "context":
            return getattr(finding, name)
        case "kind" | "confidence":
            return str(getattr(finding, name))
        case "collector" | "source":
            return getattr(finding.provenance, name)
        case _:
            return finding.attributes.get(name)


def holds(finding: Finding, path: str, operator: str, operand: Any, around: Around) -> bool:
    """Whether a comparison comes true: of several things at that place for one of them, else (DENYING)
    for all, and there must be one."""
    found = leaves(finding, path)
    if operator in DENYING:
        return bool(found) and all(OPERATORS[operator](each, operand, around) for each in found)
    return any(OPERATORS[operator](each, operand, around) for each in found)


def same(one: Any, other: Any) -> bool:
    """Equal, letters of either case; a yes is no 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return bool(one == other)


def moment(value: Any) -> datetime | None:
    """A time, or the text of one (ISO 8601), in UTC."""
    try:
        if isinstance(value, str) and 8 <= len(value) <= 40:
            value = datetime.fromisoformat(value)
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=UTC)
        if not isinstance(value, datetime):
            return None
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return value[:LONGEST].casefold() if isinstance(value, str) else ""


def _above(value: Any, least: Any, _: Around) -> bool:
    return (known := number(value)) is not None and known > least


def _below(value: Any, most: Any, _: Around) -> bool:
    return (known := number(value)) is not None and known < most


def _words(text: str) -> str:
    """The words of a text with spaces around them: what is no letter and no digit parts words."""
    return f" {' '.join(''.join(each if each.isalnum() else ' ' for each in text).split())} "


def _newer(value: Any, days: Any, around: Around) -> bool:
    then = moment(value)
    return then is not None and around.now - timedelta(days=days) <= then <= around.now + timedelta(days=1)


def _older(value: Any, days: Any, around: Around) -> bool:
    then = moment(value)
    return then is not None and then < around.now - timedelta(days=days)


def _ahead(value: Any, days: Any, around: Around) -> bool:
    then = moment(value)
    return then is not None and around.now <= then <= around.now + timedelta(days=days)


def _inside(value: Any, networks: Any, _: Around) -> bool:
    """Whether an address lies in one of these networks."""
    try:
        address = ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return address is not None and any(address in ip_network(each) for each in networks)


def _private(value: Any, wanted: Any, _: Around) -> bool:
    """Whether an address can be reached from the inside of a network alone (RFC 1918, 4193, 6598, loopback ...)."""
    try:
        address = ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return address is not None and any(address in each for each in INSIDE) is wanted


INSIDE = tuple(
    ip_network(each)
    for each in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)


def _about(value: Any, wanted: Any, around: Around) -> bool:
    """How a name stands to the target: the same, below it, or outside of it."""
    host = host_of(around.target) or ""
    name = value.casefold().removeprefix("*.") if isinstance(value, str) else ""
    if not host or not name:
        return False
    where = "same" if name == host else "below" if name.endswith(f".{host}") else "outside"
    return bool(where == wanted)


OPERATORS: Mapping[str, Callable[[Any, Any, Around], bool]] = {
    "is": lambda value, wanted, _: same(value, wanted),
    "is_not": lambda value, wanted, _: not same(value, wanted),
    "in": lambda value, wanted, _: any(same(value, each) for each in wanted),
    "only": lambda value, wanted, _: any(same(value, each) for each in wanted),
    "not_in": lambda value, wanted, _: not any(same(value, each) for each in wanted),
    "starts": lambda value, wanted, _: any(_text(value).startswith(_text(each)) for each in wanted),
    "ends": lambda value, wanted, _: any(_text(value).endswith(_text(each)) for each in wanted),
    "contains": lambda value, wanted, _: any(_text(each) in _text(value) for each in wanted),
    "lacks": lambda value, wanted, _: not any(_text(each) in _text(value) for each in wanted),
    "word": lambda value, wanted, _: any(_words(_text(each)) in _words(_text(value)) for each in wanted),
    "above": _above,
    "below": _below,
    "at_least": lambda value, least, around: not _below(value, least, around) and number(value) is not None,
    "at_most": lambda value, most, around: not _above(value, most, around) and number(value) is not None,
    "newer_than_days": _newer,
    "older_than_days": _older,
    "within_days": _ahead,
    "past": lambda value, wanted, around: ((then := moment(value)) is not None) and (then < around.now) is wanted,
    "filled": lambda value, wanted, _: (value not in ("", [], {}, False)) is wanted,
    "inside": _inside,
    "private": _private,
    "target": _about,
}
DENYING = frozenset({"is_not", "not_in", "lacks", "only"})
