"""Scans that came from one another by pivots: who a scan's parents and children are, and where their threads stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from core.models import Scan

MOST_SHOWN = 100  # scans of one tree that are read for showing; the rest are counted


@dataclass(frozen=True, slots=True)
class Kin:
    """A scan of the same tree, without its findings, and its parent message in Slack where it has one."""

    scan: Scan
    channel: str = ""
    ts: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """All scans that came from one: `members` are parents before their children; `more` were left out."""

    members: tuple[Kin, ...]
    more: int = 0
    hidden: int = 0  # scans that this reader may not see

    @property
    def root(self) -> Scan:
        return self.members[0].scan

    def as_seen(self, may_see: Callable[[Scan], bool]) -> Tree:
        """The same with the scans that a reader may see; the others are counted, no more."""
        shown = tuple(kin for kin in self.members if may_see(kin.scan))
        return replace(self, members=shown, hidden=len(self.members) - len(shown))

    def walk(self) -> Iterator[tuple[int, Kin]]:
        """Each scan with how deep it lies, children right below their parent. One whose parent is not shown stands at
        the top."""
        known = {kin.scan.id for kin in self.members}
        below: dict[str, list[Kin]] = {}
        for kin in self.members:
            parent = kin.scan.belongs.parent
            below.setdefault(parent if parent in known else "", []).append(kin)
        waiting = [(0, kin) for kin in reversed(below.get("", []))]
        while waiting:
            depth, kin = waiting.pop()
            yield depth, kin
            waiting += [(depth + 1, child) for child in reversed(below.get(kin.scan.id, []))]


def link(house: str, kin: Kin) -> str:
    """The address of a scan's thread; empty when it has none. `house` is the workspace's own address, as auth.test
    names it; the form is that of chat.getPermalink's answers."""
    if not (house and kin.channel and kin.ts):
        return ""
    return f"{house.rstrip('/')}/archives/{kin.channel}/p{kin.ts.replace('.', '')}"


def in_order(kins: Iterable[Kin]) -> Sequence[Kin]:
    """The oldest first, so that parents come before their children."""
    return sorted(kins, key=lambda kin: (kin.scan.created_at, kin.scan.belongs.hops, kin.scan.id))
