"""JSON from strangers: one way to read it that neither recurses to death nor lets NaN and friends through."""

from __future__ import annotations

import json
from typing import Any

from collectors.shape import TYPES, differs
from core.errors import Changed, TooLarge
from core.language import N_
from core.language.noted import noted

TOO_DEEP = N_("{source} answered JSON nested more than {most} levels deep.")
NOT_JSON = "the whole answer: expected JSON, got something else"

DEEPEST = 64
"""Levels of nesting we follow; the deepest answer of any known source has about ten."""

MOST_PARTS = 100_000
"""Lists and objects of one answer. Empty ones take thirty times their bytes in memory; answers we know have a
tenth of this."""


def json_value(body: bytes, source: str) -> Any:
    """Raises:
    Changed: not JSON, or nested deeper than DEEPEST.
    TooLarge: it has more parts than MOST_PARTS.
    """
    if body.count(b"[") + body.count(b"{") > MOST_PARTS:
        said = N_("{source} sent JSON of more than the {most:,} lists and objects I read at most.")
        raise TooLarge(noted(said, source=source, most=MOST_PARTS))
    try:
        value = json.loads(body.decode("utf-8-sig", errors="replace"), parse_constant=lambda _: None)
    except RecursionError as error:
        raise _too_deep(source) from error
    except ValueError as error:
        said = noted("{source} answered something that is not JSON.", source=source)
        raise Changed(said, source=source, path=NOT_JSON) from error
    if _is_deep(value):
        raise _too_deep(source)
    return value


def check_shape(value: Any, expect: type | tuple[type, ...], source: str) -> None:
    """Raises:
    Changed: the outermost value has another type; the sentence says which.
    """
    if not isinstance(value, expect):
        kinds = expect if isinstance(expect, tuple) else (expect,)
        raise differs(source, "", " or ".join(TYPES.get(each, each.__name__) for each in kinds), value)


def _too_deep(source: str) -> Changed:
    sentence = noted(TOO_DEEP, source=source, most=DEEPEST)
    return Changed(sentence, source=source, path="the whole answer: nested too deep")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [child for each in level for child in _children(each)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inside if isinstance(each, dict | list)]
