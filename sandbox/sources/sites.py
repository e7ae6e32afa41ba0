"""The web sources there are, found by presence: each module here that says SITES adds its own, by host.

A module may also say OTHERWISE: hosts that it answers for where no other module does. A host may be "*.x": every name
right below x.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from sandbox.sources.page import Ask, Page, Site
from sandbox.sources.world.whole import World

NOT_HERE = 404


@cache
def sites() -> dict[str, Site]:
    """Every site by the host it answers for. Where several modules answer for one host, each knows its own part of
    it: the first that has something at a path answers."""
    found: dict[str, Site] = {}
    otherwise: dict[str, Site] = {}
    for module in iter_modules([str(Path(__file__).parent)]):
        loaded = import_module(f"sandbox.sources.{module.name}")
        otherwise |= getattr(loaded, "OTHERWISE", {})
        for host, site in getattr(loaded, "SITES", {}).items():
            found[host] = _either(found[host], site) if host in found else site
    return {**otherwise, **found}


def site_of(host: str) -> Site | None:
    """The site that answers for a host."""
    return sites().get(host) or sites().get(f"*.{host.partition('.')[2]}")


def _either(one: Site, other: Site) -> Site:
    def answer(world: World, ask: Ask) -> Page:
        page = one.answer(world, ask)
        return other.answer(world, ask) if page.status == NOT_HERE else page

    return Site(about=one.about, answer=answer)
