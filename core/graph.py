"""The net of entities: what was looked up, what was found around it, and how one led to the other. One model for the
picture in Slack, the dashboard and exports; bounded, and the same for the same record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.blocks.facts import WEIGHTS, severity_of, word
from core.blocks.readers import as_seen
from core.models import Finding, Kind, Scan, Severity, Target

MOST_WAYS = 4  # to one node


@dataclass(frozen=True, slots=True)
class Sighting:
    """A finding, with the scan and the collector that it is of."""

    scan: Scan
    collector: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Node:
    """An observable. `scans` are those that looked it up; none: it was only found."""

    id: str
    kind: Kind
    value: str
    severity: Severity = Severity.INFO
    scans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """How one came from one node to another; without a collector: somebody pivoted by hand from what is no observable
    itself."""

    source: str
    target: str
    collector: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes that were looked up come first, the one that it began with first of all. Left out were `more` findings, and
    `unread` scans of the tree."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    more: int = 0
    unread: int = 0

    @property
    def root(self) -> Node:
        return self.nodes[0]


@dataclass(slots=True)
class _Drawing:
    nodes: dict[tuple[str, str], Node] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)

    def node(self, kind: Kind, value: str) -> Node:
        key = (str(kind), value)
        if key not in self.nodes:
            self.nodes[key] = Node(f"n{len(self.nodes)}", kind, value)
        return self.nodes[key]

    def change(self, node: Node, severity: Severity) -> None:
        if WEIGHTS[severity] < WEIGHTS[node.severity]:
            self.nodes[str(node.kind), node.value] = replace(node, severity=severity)


def graph(scans: Sequence[Scan], sightings: Iterable[Sighting], *, more: int = 0) -> Graph:
    """The net of these scans, parents before their children, and of these findings of theirs; findings that are no
    observables have no place in it."""
    drawing = _Drawing()
    by_id = {scan.id: scan for scan in scans}
    for scan in scans:
        node = drawing.node(scan.target.kind, scan.target.value)
        drawing.nodes[str(node.kind), node.value] = replace(node, scans=(*node.scans, scan.id))
    for each in sightings:
        if not isinstance(each.finding.kind, Kind):
            continue
        source = drawing.node(each.scan.target.kind, each.scan.target.value)
        found = drawing.node(each.finding.kind, each.finding.value)
        drawing.change(found, severity_of(each.finding))
        if found.id != source.id:
            relation = word(each.finding, "relation", "role")
            drawing.edges.setdefault(Edge(source.id, found.id, each.collector, relation))
    for scan in scans:  # what was pivoted from a fact hangs on its parent all the same
        parent = by_id.get(scan.belongs.parent)
        if parent is not None:
            ends = [drawing.node(one.target.kind, one.target.value).id for one in (parent, scan)]
            if ends[0] != ends[1] and not any([edge.source, edge.target] == ends for edge in drawing.edges):
                drawing.edges.setdefault(Edge(ends[0], ends[1]))
    return Graph(tuple(drawing.nodes.values()), tuple(drawing.edges), more)


def whole(scans: Sequence[Scan], *, alone: bool, most: int | None = None) -> Graph:
    """The net of scans that hold their findings, as readers of their place may see them; with `most`, of each scan and
    each kind of observable a fair share of so many."""
    sightings = [
        Sighting(scan, run.collector, finding)
        for scan in scans
        for run in scan.runs
        for finding in as_seen(scan, run, alone=alone)[1].findings
        if isinstance(finding.kind, Kind)
    ]
    kept = sightings if most is None else _fair(sightings, {scan.target for scan in scans}, most)
    known = {(each.finding.kind, each.finding.value) for each in kept}
    left = {(each.finding.kind, each.finding.value) for each in sightings} - known
    return graph(scans, kept, more=len(left - {(scan.target.kind, scan.target.value) for scan in scans}))


def shares(counts: Mapping[str, int], room: int) -> dict[str, int]:
    """How many of each kind are drawn: all where they fit, otherwise the rare kinds whole and the rest evenly."""
    given: dict[str, int] = {}
    for place, (kind, count) in enumerate(sorted(counts.items(), key=lambda pair: pair[1])):
        given[kind] = min(count, room // (len(counts) - place))
        room -= given[kind]
    return given


def _fair(sightings: Sequence[Sighting], looked_up: set[Target], most: int) -> list[Sighting]:
    """What matters first; of each scan and kind as many observables as `shares` gives it. What was looked up has its
    place already, and takes none."""
    groups: dict[str, dict[tuple[str, str], list[Sighting]]] = {}
    kept: list[Sighting] = []
    for each in sorted(sightings, key=lambda one: WEIGHTS[severity_of(one.finding)]):
        kind, value = Kind(each.finding.kind), each.finding.value
        if Target(kind, value) in looked_up:
            kept.append(each)
        else:
            groups.setdefault(f"{each.scan.id} {kind}", {}).setdefault((str(kind), value), []).append(each)
    given = shares({name: len(values) for name, values in groups.items()}, most)
    for name, values in groups.items():
        for seen in list(values.values())[: given[name]]:
            kept += seen
    return kept
