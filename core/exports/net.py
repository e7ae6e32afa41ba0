"""What was found around a target, as a net: entities, and how one came from the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.blocks.facts import severity_of, word
from core.exports.dossier import Dossier, Row
from core.models import Fact, Severity

JUDGED = frozenset({Fact.POSTURE, Fact.REPUTATION, Fact.CHANGE, Fact.RECORD})
"""What is said about a target, and is no entity that could be drawn beside it."""
LOUD = (Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


@dataclass(slots=True)
class Node:
    """An entity or a fact."""

    id: str
    kind: str
    value: str
    severity: Severity = Severity.INFO
    is_target: bool = False
    is_entity: bool = True
    verdict: str = ""
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Edge:
    """How a collector came from a target to what it found."""

    source: str
    target: str
    relation: str
    collector: str


@dataclass(frozen=True, slots=True)
class Net:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def drawn(self, most: int) -> tuple[Net, int]:
        """The net with so many entities at most, besides its targets: the loudest, and of each kind a fair share; and
        how many were left out."""
        targets = [node for node in self.nodes if node.is_target]
        others = [node for node in self.nodes if node.is_entity and not node.is_target]
        kept = list(_shared(others, most))
        ids = {node.id for node in (*targets, *kept)}
        edges = tuple(edge for edge in self.edges if edge.source in ids and edge.target in ids)
        return Net((*targets, *kept), edges), len(others) - len(kept)


def net_of(dossier: Dossier) -> Net:
    """The net of a dossier. What is found in several scans is one node: that is how they hang together."""
    nodes: dict[tuple[str, str], Node] = {}
    edges: dict[Edge, None] = {}
    for sheet in dossier.sheets:
        target = _node(nodes, str(sheet.scan.target.kind), sheet.name)
        target.is_target = True
    for row in dossier.rows():
        source = nodes[(str(row.sheet.scan.target.kind), row.sheet.name)]
        node = _node(nodes, str(row.finding.kind), row.finding.value)
        node.is_entity = node.is_entity and row.finding.kind not in JUDGED
        node.severity = min(node.severity, severity_of(row.finding), key=LOUD.index)
        if row.verdict is not None:  # several findings may be of one entity, and judged in several ways
            node.verdict = ", ".join(
                dict.fromkeys(filter(None, (*node.verdict.split(", "), str(row.verdict.judgement))))
            )
        node.rows.append(row)
        if node is not source:
            relation = word(row.finding, "relation", "role", "record") or str(row.finding.kind)
            edges[Edge(source.id, node.id, relation, row.run.collector)] = None
    return Net(tuple(nodes.values()), tuple(edges))


def _node(nodes: dict[tuple[str, str], Node], kind: str, value: str) -> Node:
    known = nodes.get((kind, value))
    if known is None:
        known = nodes[(kind, value)] = Node(f"n{len(nodes)}", kind, value)
    return known


def _shared(nodes: list[Node], most: int) -> Iterator[Node]:
    """The loud ones first; then a node of each kind in turn, the rare kinds whole."""
    loud = [node for node in nodes if node.severity in LOUD[:2]][:most]
    yield from loud
    room = most - len(loud)
    taken = {node.id for node in loud}
    kinds: dict[str, list[Node]] = {}
    for node in nodes:
        if node.id not in taken:
            kinds.setdefault(node.kind, []).append(node)
    for place, group in enumerate(sorted(kinds.values(), key=len)):
        share = min(len(group), room // (len(kinds) - place))
        room -= share
        yield from group[:share]


def placed(net: Net) -> Mapping[str, tuple[float, float]]:
    """Where each node is drawn, from -1 to 1: targets in the middle, what was found around them, kind by kind, half of
    it on either side and none beside another, so that there is room for names. The same net is drawn the same every
    time."""
    targets = [node for node in net.nodes if node.is_target]
    around = sorted((node for node in net.nodes if not node.is_target), key=lambda node: node.kind)
    half = (len(around) + 1) // 2
    spots = {node.id: (0.0, y) for node, y in zip(targets, _spaced(len(targets), 0.3), strict=True)}
    for side, nodes in ((1, around[:half]), (-1, around[half:][::-1])):
        for node, y in zip(nodes, _spaced(len(nodes), 0.96), strict=True):
            spots[node.id] = (round(side * (0.3 + 0.7 * math.sqrt(1 - y * y)), 4), y)
    return spots


def _spaced(number: int, reach: float) -> list[float]:
    """So many places from top to bottom."""
    if number == 1:
        return [0.0]
    return [round(reach * (2 * place / (number - 1) - 1), 4) for place in range(number)]
