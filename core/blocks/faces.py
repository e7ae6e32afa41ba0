"""Each collector's own rendering, found by presence: `answer_<collector>.py` beside this file, else the plain one.

A face whose module says `DISCREET = True` is one about people: see `readers`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from core.blocks import answer_any
from core.blocks.answer import Answer
from core.blocks.text import Clip
from core.models import Run

Face = Callable[[Run, Clip], Answer]
PREFIX = "answer_"


def face(collector: str) -> Face:
    """How this collector's findings are rendered."""
    answer: Face = _faces().get(collector, answer_any).answer
    return answer


def is_discreet(collector: str) -> bool:
    """Whether this collector's reply masks the address that was asked about where several people read it."""
    return getattr(_faces().get(collector), "DISCREET", False) is True


@cache
def _faces() -> dict[str, ModuleType]:
    names = [each.name for each in iter_modules([str(Path(__file__).parent)]) if each.name.startswith(PREFIX)]
    return {name.removeprefix(PREFIX): import_module(f"core.blocks.{name}") for name in names}
