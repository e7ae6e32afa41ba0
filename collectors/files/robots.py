"""What a site asks of programs that read it (RFC 9309): the rules for us, and where its site maps lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

LARGEST = 500 * 1024  # RFC 9309 2.5
MOST_RULES = 500
OURS = "gumshoe"


@dataclass(frozen=True, slots=True)
class Robots:
    """Rules as (allowed, pattern); the longest pattern that fits decides."""

    rules: tuple[tuple[bool, str], ...] = ()
    maps: tuple[str, ...] = ()

    def allows(self, path: str) -> bool:
        """Whether we may read this path with its query."""
        fitting = [(len(pattern), allowed) for allowed, pattern in self.rules if _fits(pattern, path)]
        return max(fitting, default=(0, True))[1]  # of two equally long ones, allowing wins


EVERYTHING_FORBIDDEN = Robots(rules=((False, "/"),))


def read(text: str) -> Robots:
    """The group for our name, else the one for everybody."""
    groups: dict[str, list[tuple[bool, str]]] = {}
    maps: list[str] = []
    agents: list[str] = []
    ruled = True
    for line in text[:LARGEST].splitlines()[: 10 * MOST_RULES]:
        name, colon, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if name == "user-agent":
            agents = [] if ruled else agents
            agents.append(re.split(r"[^a-z_*-]", value.lower())[0])
            ruled = False
        elif name in ("allow", "disallow"):
            ruled = True
            for agent in agents if value else ():
                groups.setdefault(agent, []).append((name == "allow", value[:500]))
        elif name == "sitemap":
            maps.append(value[:2000])
        for agent in agents:
            groups.setdefault(agent, [])
    rules = groups.get(OURS, groups.get("*", []))
    if len(rules) > MOST_RULES:  # following some of them only would be following none
        return Robots(EVERYTHING_FORBIDDEN.rules, tuple(maps[:5]))
    return Robots(tuple(rules), tuple(maps[:5]))


def _fits(pattern: str, path: str) -> bool:
    """Patterns are prefixes with two jokers; matched piece by piece, so that no pattern takes long."""
    there = unquote(path)
    anchored = pattern.endswith("$")
    pieces = unquote(pattern.removesuffix("$")).split("*")
    if not there.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1] if anchored else pieces[1:]:
        at = there.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    if not anchored:
        return True
    return at == len(there) if len(pieces) == 1 else there.endswith(pieces[-1]) and len(there) - len(pieces[-1]) >= at
