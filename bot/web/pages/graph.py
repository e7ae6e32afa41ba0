"""What a scan found around its target, as a net of observables: bounded, and the same in a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.web.pages.narrow import seen
from bot.web.pages.shown import ours, word
from core.blocks import plain
from core.blocks.facts import severity_of
from core.blocks.facts import word as attribute
from core.blocks.text import aim
from core.models import Kind
from core.store import Kept, Outline, Sieve, Store

MOST = 120  # nodes besides the target: more is no picture
MOST_WAYS = 4  # to one node


@dataclass(slots=True)
class Node:
    """An observable, with how each collector came to it."""

    id: str
    kind: str
    value: str
    severity: str
    ways: list[tuple[str, str]] = field(default_factory=list)  # collector title, relation
    more: int = 0  # ways beyond those


@dataclass(frozen=True, slots=True)
class Net:
    """The target and the observables around it; `more` were left out."""

    target: str
    nodes: tuple[Node, ...]
    more: int

    def as_elements(self) -> dict[str, Any]:
        """What the picture is drawn from: the target, how one came from it to others (a collector and a relation), and
        the others."""
        ways: dict[tuple[str, str], str] = {}
        for node in self.nodes:
            for way in node.ways:
                ways.setdefault(way, f"w{len(ways)}")
        drawn = [{"id": "target", "label": self.target, "kind": "target", "severity": "info"}]
        drawn += [{"id": way, "label": " ".join(filter(None, said)), "kind": "way"} for said, way in ways.items()]
        drawn += [{"id": n.id, "label": n.value, "kind": n.kind, "severity": n.severity} for n in self.nodes]
        edges = [{"id": f"t-{way}", "source": "target", "target": way} for way in ways.values()]
        edges += [
            {"id": f"{node.id}-{ways[way]}", "source": ways[way], "target": node.id}
            for node in self.nodes
            for way in node.ways
        ]
        return {"nodes": drawn, "edges": edges}


def net(store: Store, outline: Outline, titles: Mapping[str, str], *, own: bool) -> Net:
    """The net of a scan: from each kind of observable a fair share, until the picture is full."""
    counts: dict[str, int] = {}
    for each in store.findings.tallies(outline, Sieve(kinds=tuple(map(str, Kind)), discreet=own)):
        counts[each.kind] = counts.get(each.kind, 0) + each.count
    nodes: dict[tuple[str, str], Node] = {}
    for kind, share in _shares(counts).items():
        rows = store.findings.page(outline, Sieve(kinds=(kind,), discreet=own), limit=share)[:share]
        for kept in rows:
            _add(nodes, seen(outline.scan, kept, own=own), titles)
    scan = outline.scan
    nodes.pop((str(scan.target.kind), scan.target.value), None)  # it is the middle
    return Net(aim(scan.target), tuple(nodes.values()), sum(counts.values()) - sum(_shares(counts).values()))


def _add(nodes: dict[tuple[str, str], Node], kept: Kept, titles: Mapping[str, str]) -> None:
    finding = kept.finding
    key = (str(finding.kind), finding.value)
    node = nodes.get(key)
    if node is None:
        node = nodes[key] = Node(
            f"n{len(nodes)}", word(str(finding.kind)), plain(finding.value, 80), str(severity_of(finding))
        )
    way = (ours(titles.get(kept.collector, kept.collector), 80), plain(attribute(finding, "relation", "role"), 40))
    way = (way[0], "" if way[1] == "(empty)" else way[1])
    if way not in node.ways and len(node.ways) < MOST_WAYS:
        node.ways.append(way)
    elif way not in node.ways:
        node.more += 1


def _shares(counts: Mapping[str, int]) -> dict[str, int]:
    """How many of each kind are drawn: all where they fit, otherwise the rare kinds whole and the rest evenly."""
    shares: dict[str, int] = {}
    room = MOST
    for place, (kind, count) in enumerate(sorted(counts.items(), key=lambda pair: pair[1])):
        shares[kind] = min(count, room // (len(counts) - place))
        room -= shares[kind]
    return shares
