"""What a rule may compare with: each operator takes one sort of value, and nothing that makes it slow."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from core.correlation.comparing import OPERATORS

MOST_WORDS = 200
LONGEST_WORD = 200
NUMBERS = frozenset({"above", "below", "at_least", "at_most", "newer_than_days", "older_than_days", "within_days"})
YES_OR_NO = frozenset({"past", "filled", "private"})
MANY = frozenset({"in", "only", "not_in", "starts", "ends", "contains", "lacks", "word"})
TEXTS = MANY - {"in", "only", "not_in"}
WHERE = ("same", "below", "outside")


class Wrong(Exception):
    """Something in a rule is wrong: a clause without a full stop. `where` says the place when it is known."""

    where = ""


def pairs(path: str, wanted: Any) -> Iterator[tuple[str, Any]]:
    """The operators of a place: a mapping names them, one value must stand there, of a list one."""
    if isinstance(wanted, dict):
        if not wanted:
            raise Wrong(f"{path} says nothing to compare with")
        yield from wanted.items()
    else:
        yield ("in" if isinstance(wanted, list) else "is"), wanted


def operand(name: Any, given: Any) -> Any:
    """The value in the form that the operator takes."""
    if name not in OPERATORS:
        raise Wrong(f'there is no comparison "{str(name)[:40]}"; there are {", ".join(OPERATORS)}')
    if name in NUMBERS:
        if not isinstance(given, int | float) or isinstance(given, bool) or abs(given) > 1e9:
            raise Wrong(f"{name} takes a number")
        if name.endswith("days") and not 0 <= given <= 36_500:
            raise Wrong(f"{name} takes days, from 0 to 36500")
        return given
    if name in YES_OR_NO:
        if not isinstance(given, bool):
            raise Wrong(f"{name} takes true or false")
        return given
    return _word(name, given)


def _word(name: str, given: Any) -> Any:
    if name in MANY:
        words = scalars(given, name)
        if not words or (name in TEXTS and not all(isinstance(each, str) and each for each in words)):
            raise Wrong(f"{name} takes a text or a list of texts")
        return words
    if name == "inside":
        return tuple(_network(each) for each in scalars(given, name))
    if name == "target":
        if given not in WHERE:
            raise Wrong(f"target takes {', '.join(WHERE)}")
        return given
    return scalars(given, name)[0] if not isinstance(given, list) else _no_list(name)


def _no_list(name: str) -> Any:
    raise Wrong(f"{name} takes one value; for several there is in")


def _network(text: Any) -> str:
    try:
        return str(ip_network(str(text)))
    except ValueError:
        raise Wrong(f'inside takes networks like 192.0.2.0/24, not "{str(text)[:40]}"') from None


def scalars(given: Any, what: str) -> tuple[Any, ...]:
    """One or several texts, numbers, yes or no."""
    listed = given if isinstance(given, list) else [given]
    if len(listed) > MOST_WORDS:
        raise Wrong(f"{what} takes at most {MOST_WORDS} values")
    for each in listed:
        if not isinstance(each, str | int | float | bool):
            raise Wrong(f"{what} takes texts and numbers, not {type(each).__name__}")
        if isinstance(each, str) and len(each) > LONGEST_WORD:
            raise Wrong(f"{what} takes texts of at most {LONGEST_WORD} characters")
    return tuple(listed)
