"""Each collector's own rendering, found by presence: `answer_<collector>.py` beside this file, else the plain one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from core.blocks import answer_any
from core.blocks.answer import Answer
from core.blocks.text import Clip
from core.models import Run

Face = Callable[[Run, Clip], Answer]
PREFIX = "answer_"


def face(collector: str) -> Face:
    """How this collector's findings are rendered."""
    return _faces().get(collector, answer_any.answer)


@cache
def _faces() -> dict[str, Face]:
    names = [each.name for each in iter_modules([str(Path(__file__).parent)]) if each.name.startswith(PREFIX)]
    return {name.removeprefix(PREFIX): import_module(f"core.blocks.{name}").answer for name in names}
