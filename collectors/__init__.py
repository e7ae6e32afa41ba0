"""The collectors, found by presence: each module here that declares one is known by its name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from collectors.declare import Collector


@cache
def known() -> dict[str, Collector]:
    """Every collector by name, in the order lists show them."""
    found = []
    for module in iter_modules(__path__):
        loaded = import_module(f"{__name__}.{module.name}")
        found += [thing for thing in vars(loaded).values() if isinstance(thing, Collector)]
    return {each.name: each for each in sorted({c.name: c for c in found}.values(), key=lambda c: (c.order, c.name))}
