"""The web sources there are, found by presence: each module here that says SITES adds its own, by host.

A module may also say OTHERWISE: hosts that it answers for where no other module does. A host may be "*.x": every name
right below x.
"""

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
    otherwise: dict[str, Site] = {}
    for module in iter_modules([str(Path(__file__).parent)]):
        loaded = import_module(f"sandbox.sources.{module.name}")
        otherwise |= getattr(loaded, "OTHERWISE", {})
        for host, site in getattr(loaded, "SITES", {}).items():
            if host in found:
                raise RuntimeError(f"two stand-ins answer for {host}")
            found[host] = site
    return {**otherwise, **found}


def site_of(host: str) -> Site | None:
    """The site that answers for a host."""
    return sites().get(host) or sites().get(f"*.{host.partition('.')[2]}")
