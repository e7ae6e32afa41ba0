"""The web sources there are, found by presence: each module here that says SITES adds its own, by host."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from sandbox.sources.page import Site


@cache
def sites() -> dict[str, Site]:
    """Every site by the host it answers for.

    Raises:
        RuntimeError: two modules answer for the same host.
    """
    found: dict[str, Site] = {}
    for module in iter_modules([str(Path(__file__).parent)]):
        for host, site in getattr(import_module(f"sandbox.sources.{module.name}"), "SITES", {}).items():
            if host in found:
                raise RuntimeError(f"two stand-ins answer for {host}")
            found[host] = site
    return found
