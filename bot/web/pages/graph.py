"""The net around a scan's target, and those of its tree, for a page: bounded, and the same in a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.web.pages.narrow import seen
from bot.web.pages.shown import ours, word
from core.blocks import plain
from core.blocks.text import aim
from core.callers import Caller
from core.graph import MOST_WAYS, Graph, Sighting, graph, shares
from core.graph import Node as Drawn
from core.models import Kind, Scan
from core.store import Outline, Sieve, Store

MOST = 120  # nodes besides those that were looked up: more is no picture
MOST_SCANS = 12  # of a tree


@dataclass(slots=True)
class Node:
    """An observable, with how each collector came to it."""

    id: str
    kind: str
    value: str
    severity: str
    looked_up: bool = False
    ways: list[tuple[str, str]] = field(default_factory=list)  # collector title, relation
    more: int = 0  # ways beyond those


@dataclass(frozen=True, slots=True)
class Net:
    """The target and the observables around it; `more` findings were left out, and `unread` scans of the tree."""

    target: str
    nodes: tuple[Node, ...]
    elements: Mapping[str, Any]
    more: int
    unread: int


def net(store: Store, outline: Outline, caller: Caller, titles: Mapping[str, str]) -> Net:
    """The net of the tree that a scan is in, as this caller may see it: from each scan and each kind of observable a
    fair share, until the picture is full."""
    tree = store.trees.whole(outline.scan.id).as_seen(caller.sees)
    ids = [kin.scan.id for _, kin in tree.walk()]
    near = [outline.scan.id, *(each for each in ids if each != outline.scan.id)][:MOST_SCANS]
    outlines = [outline if each == outline.scan.id else store.findings.outline(each) for each in ids if each in near]
    counts = {
        f"{each.scan.id} {kind}": count
        for each in outlines
        for kind, count in _counts(store, each, own=caller.asked(each.scan)).items()
    }
    given = shares(counts, MOST)
    sightings = [one for each in outlines for one in _sightings(store, each, given, own=caller.asked(each.scan))]
    drawn = graph([each.scan for each in outlines], sightings, more=sum(counts.values()) - sum(given.values()))
    nodes = _nodes(drawn, titles)
    return Net(
        aim(outline.scan.target),
        tuple(node for node in nodes.values() if not _is(drawn, node.id, outline.scan)),
        _elements(drawn, nodes, titles),
        drawn.more,
        len(ids) - len(outlines) + tree.more + tree.hidden,
    )


def _counts(store: Store, outline: Outline, *, own: bool) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in store.findings.tallies(outline, Sieve(kinds=tuple(map(str, Kind)), discreet=own)):
        counts[each.kind] = counts.get(each.kind, 0) + each.count
    return counts


def _sightings(store: Store, outline: Outline, given: Mapping[str, int], *, own: bool) -> Iterator[Sighting]:
    for kind in map(str, Kind):
        share = given.get(f"{outline.scan.id} {kind}", 0)
        if share:
            rows = store.findings.page(outline, Sieve(kinds=(kind,), discreet=own), limit=share)[:share]
            for kept in rows:
                yield Sighting(outline.scan, kept.collector, seen(outline.scan, kept, own=own).finding)


def _nodes(drawn: Graph, titles: Mapping[str, str]) -> dict[str, Node]:
    nodes = {each.id: _node(each) for each in drawn.nodes}
    for edge in drawn.edges:
        node, way = nodes[edge.target], _way(edge.collector, edge.relation, titles)
        if way not in node.ways and len(node.ways) < MOST_WAYS:
            node.ways.append(way)
        elif way not in node.ways:
            node.more += 1
    return nodes


def _node(each: Drawn) -> Node:
    return Node(each.id, word(str(each.kind)), plain(each.value, 80), str(each.severity), bool(each.scans))


def _way(collector: str, relation: str, titles: Mapping[str, str]) -> tuple[str, str]:
    said = plain(relation, 40) if relation else ""
    return ours(titles.get(collector, collector), 80) if collector else "pivot", "" if said == "(empty)" else said


def _is(drawn: Graph, node: str, scan: Scan) -> bool:
    return any(each.id == node and scan.id in each.scans for each in drawn.nodes)


def _elements(drawn: Graph, nodes: Mapping[str, Node], titles: Mapping[str, str]) -> dict[str, Any]:
    """What the picture is drawn from: what was looked up, how one came from there to others (a collector and a
    relation), and the others."""
    middle: Sequence[Drawn] = [each for each in drawn.nodes if each.scans]
    shown = [{"id": each.id, "label": nodes[each.id].value, "kind": "target", "severity": "info"} for each in middle]
    shown += [
        {"id": n.id, "label": n.value, "kind": n.kind, "severity": n.severity}
        for n in nodes.values()
        if not n.looked_up
    ]
    ways: dict[tuple[str, tuple[str, str]], str] = {}
    lines: dict[tuple[str, str], None] = {}
    for edge in drawn.edges:
        way = _way(edge.collector, edge.relation, titles)
        if way in nodes[edge.target].ways:
            known = ways.setdefault((edge.source, way), f"w{len(ways)}")
            lines |= {(edge.source, known): None, (known, edge.target): None}
    shown += [{"id": known, "label": " ".join(filter(None, way)), "kind": "way"} for (_, way), known in ways.items()]
    return {"nodes": shown, "edges": [{"id": f"{a}-{b}", "source": a, "target": b} for a, b in lines]}
