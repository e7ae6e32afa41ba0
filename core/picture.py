"""The net of entities as a picture that is read on a phone: drawn with Typst, the same for the same net."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typst

from core.blocks.text import Clip, aim, plain
from core.blocks.words import counted_kind
from core.graph import Edge, Graph, Node
from core.language import ntr, tr
from core.models import Kind, Severity, Target

MOST = 24  # nodes around those that were looked up: more labels are not read on a phone
MOST_LOOKED = 8  # scans of a tree
LABEL = 24  # characters of one
WIDE = 720.0  # points: twice the width of a phone, so that a label has 11 points there
ROW = 40.0  # points between two labels
HEAD, FOOT = 76.0, 64.0
STEM = 130.0  # points from the middle to the arcs at least: names of what was looked up lie between
INDENT = 16.0  # of what was pivoted to, for each hop
PPI = 144.0
ALT = 1000  # characters of an alternative text: https://docs.slack.dev/reference/methods/files.getUploadURLExternal
SHAPES = {Severity.HIGH: "high", Severity.MEDIUM: "medium"}

# All text comes as data: nothing of it is ever read as markup.
DRAWING = """
#let net = json(bytes(sys.inputs.net))
#set page(width: net.width * 1pt, height: net.height * 1pt, margin: 0pt, fill: white)
#set text(font: "Libertinus Serif", size: 22pt, fill: rgb("#1d1c1d"))
#let inks = (looked: rgb("#1264a3"), high: rgb("#b00e3a"), medium: rgb("#a85400"), found: rgb("#454245"))
#let fitted(words, most) = {
  let wide = measure(words).width
  let whole = box(width: wide + 0.1pt, words)
  if wide > most { scale(most / wide * 100%, reflow: true, whole) } else { whole }
}
#for line in net.lines {
  let at(x, y) = (x * 1pt, y * 1pt)
  place(top + left, curve(
    stroke: (paint: rgb("#bdbdbd"), thickness: 2pt),
    curve.move(at(line.x, line.y)),
    curve.cubic(at(line.bend, line.y), at(line.bend, line.to_y), at(line.to_x, line.to_y)),
  ))
}
#for node in net.nodes { context {
  let ink = inks.at(node.shape)
  if node.shape == "looked" {
    let words = fitted(text(fill: white, weight: "bold", node.label), 214pt)
    let wide = measure(words).width + 20pt
    let pill = box(fill: ink, radius: 9pt, width: wide, height: 34pt, align(center + horizon, words))
    place(top + left, dx: node.x * 1pt - wide / 2, dy: node.y * 1pt - 17pt, pill)
  } else {
    let mark = if node.shape == "high" { rotate(45deg, square(size: 14pt, fill: ink)) } else if node.shape == "medium" {
      polygon.regular(fill: ink, size: 18pt, vertices: 3)
    } else { circle(radius: 6pt, fill: ink) }
    place(top + left, dx: node.x * 1pt, dy: node.y * 1pt, box(width: 0pt, height: 0pt, place(center + horizon, mark)))
    let bold = if node.shape == "found" { "regular" } else { "bold" }
    let words = fitted(text(fill: ink, weight: bold, node.label), net.room * 1pt)
    let edge = if node.side == "right" { left } else { right }
    let gap = if node.side == "right" { 14pt } else { -14pt }
    let there = box(width: 0pt, height: 0pt, place(edge + horizon, words))
    place(top + left, dx: node.x * 1pt + gap, dy: node.y * 1pt, there)
  }
} }
#place(top + left, dx: 20pt, dy: 18pt, context fitted(text(size: 28pt, weight: "bold", net.title), 680pt))
#place(bottom + left, dx: 20pt, dy: -18pt, context fitted(text(size: 20pt, fill: inks.found, net.legend), 680pt))
"""


@dataclass(frozen=True, slots=True)
class _Spot:
    x: float
    y: float
    side: str = ""  # of its label


def picture(net: Graph) -> bytes:
    """A PNG of the net. Blocking: some tenths of a second."""
    spots, height = _places(net)
    drawn = {
        "width": WIDE,
        "height": height,
        "room": WIDE / 2 - STEM - 60,
        "title": tr("Around {target}", target=_short(net.root, 60)),
        "legend": _legend(net),
        "nodes": [_node(each, spots[each.id]) for each in net.nodes],
        "lines": [_line(spots[edge.source], spots[edge.target]) for edge in _pairs(net.edges)],
    }
    inputs = {"net": json.dumps(drawn)}
    png = typst.compile(DRAWING.encode(), format="png", ppi=PPI, sys_inputs=inputs, ignore_system_fonts=True)
    if not isinstance(png, bytes):  # of several pages it would give a list
        raise TypeError("the picture does not fit onto one page")
    return png


def in_words(net: Graph) -> str:
    """What the picture shows, for who does not see it: what was looked up, and what was found around each."""
    said = []
    by_id = {node.id: node for node in net.nodes}
    for node in net.nodes:
        if not node.scans:
            continue
        around = [by_id[edge.target] for edge in _pairs(net.edges) if edge.source == node.id]
        kinds = {kind: [each for each in around if each.kind is kind] for kind in Kind}
        parts = [f"{counted_kind(len(them), kind)} ({_some(them)})" for kind, them in kinds.items() if them]
        name = _short(node, 60)
        said.append(f"{name}: {', '.join(parts)}." if parts else tr("{name}: nothing else drawn.", name=name))
    if net.more:
        said.append(ntr("{n:,} more finding not drawn.", "{n:,} more findings not drawn.", net.more))
    if net.unread:
        said.append(ntr("{n:,} more scan in the tree.", "{n:,} more scans in the tree.", net.unread))
    whole = " ".join(said)
    if len(whole) <= ALT:
        return whole
    return tr("{said} and more, as the scan's thread tells.", said=whole[: ALT - 60].rsplit(" ", 1)[0])


def _some(nodes: Sequence[Node]) -> str:
    loud = [node for node in nodes if node.severity in SHAPES] + [node for node in nodes if node.severity not in SHAPES]
    return Clip().some([_short(each, 40) for each in loud], most=5, each=60)


def _places(net: Graph) -> tuple[dict[str, _Spot], float]:
    """Where each node lies: what was looked up in the middle, each pivot below what it came from; what was found in an
    arc on either side, near to where it came from. The longer arc gives the height."""
    looked = [node for node in net.nodes if node.scans]
    order = {node.id: place for place, node in enumerate(looked)}
    origin: dict[str, str] = {}
    for edge in net.edges:
        origin.setdefault(edge.target, edge.source)
    arcs: dict[str, list[Node]] = {"right": [], "left": []}
    found = sorted((node for node in net.nodes if not node.scans), key=lambda node: order.get(origin[node.id], 0))
    for place, node in enumerate(found):
        arcs["left" if place % 2 else "right"].append(node)
    rows = max(len(arcs["right"]), len(looked) + len(looked) // 2, 3)
    tall = ROW * rows
    middle = HEAD + tall / 2
    spots = {}
    for place, node in enumerate(looked):
        hops = min(_hops(node.id, origin, order), 3)
        spots[node.id] = _Spot(WIDE / 2 + INDENT * hops, HEAD + tall * (place + 0.5) / len(looked))
    for side, nodes in arcs.items():
        for place, node in enumerate(nodes):
            y = middle + (place - (len(nodes) - 1) / 2) * ROW
            bend = 1 - ((y - middle) / (tall / 2 + ROW)) ** 2  # widest in the middle
            reach = STEM + 34 * math.sqrt(max(0.0, bend))
            spots[node.id] = _Spot(WIDE / 2 + (reach if side == "right" else -reach), y, side)
    return spots, HEAD + FOOT + tall


def _hops(node: str, origin: Mapping[str, str], looked: Mapping[str, int]) -> int:
    """How many pivots lie between a node and where it began."""
    hops, seen = 0, {node}
    while (above := origin.get(node, "")) in looked and above not in seen and looked[above] < looked[node]:
        hops, node = hops + 1, above
        seen.add(node)
    return hops


def _node(node: Node, spot: _Spot) -> dict[str, object]:
    shape = "looked" if node.scans else SHAPES.get(node.severity, "found")
    return {"x": spot.x, "y": spot.y, "side": spot.side, "shape": shape, "label": _short(node, LABEL)}


def _line(start: _Spot, end: _Spot) -> dict[str, float]:
    bend = (start.x + end.x) / 2 if end.side else min(start.x, end.x) - STEM  # past the names between them
    return {"x": start.x, "y": start.y, "bend": bend, "to_x": end.x, "to_y": end.y}


def _pairs(edges: Sequence[Edge]) -> list[Edge]:
    """One edge for all the ways between two nodes."""
    return list({(edge.source, edge.target): edge for edge in edges}.values())


def _short(node: Node, most: int) -> str:
    return Clip().name(aim(Target(node.kind, node.value), 200), most)


def _legend(net: Graph) -> str:
    loud = {node.severity for node in net.nodes if not node.scans} & set(SHAPES)
    said = [tr("Blue: looked up")]
    said += [tr("red: high")] * (Severity.HIGH in loud) + [tr("orange: medium")] * (Severity.MEDIUM in loud)
    left = [ntr("{n:,} more not drawn", "{n:,} more not drawn", net.more)] * bool(net.more)
    left += [ntr("{n:,} more scan in the tree", "{n:,} more scans in the tree", net.unread)] * bool(net.unread)
    return plain(". ".join([", ".join(said), *left]), 120)
