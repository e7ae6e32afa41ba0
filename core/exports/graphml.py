"""GraphML (http://graphml.graphdrawing.org/specification.html): entities and relations for graph programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from core.exports.dossier import Dossier, asked, outcomes, scans_left_out
from core.exports.net import Node, net_of

SPACE = "http://graphml.graphdrawing.org/xmlns"
SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
UNSAID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # what XML 1.0 cannot hold (2.2)
KEYS = (
    *((name, "node") for name in ("label", "kind", "severity", "verdict", "role", "collectors", "first_seen")),
    *((name, "node") for name in ("last_seen", "source_names", "sources", "fetched_at", "sha256")),
    *((name, "edge") for name in ("relation", "collector")),
    *((name, "graph") for name in ("tlp", "title", "made_at", "made_by", "scans", "collectors", "left_out")),
)


def graphml(dossier: Dossier) -> bytes:
    """The whole net: every finding is a node, every way from a target to it an edge."""
    ET.register_namespace("", SPACE)
    ET.register_namespace("xsi", SCHEMA)
    place = f"{SPACE} http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd"
    root = ET.Element(f"{{{SPACE}}}graphml", {f"{{{SCHEMA}}}schemaLocation": place})
    for name, domain in KEYS:
        key = {"id": f"{domain}_{name}", "for": domain, "attr.name": name, "attr.type": "string"}
        ET.SubElement(root, f"{{{SPACE}}}key", key)
    graph = ET.SubElement(root, f"{{{SPACE}}}graph", {"id": "scan", "edgedefault": "directed"})
    for name, text in (
        ("tlp", dossier.label),
        ("title", dossier.title),
        ("made_at", dossier.made_at.isoformat()),
        ("made_by", dossier.made_by),
        ("scans", "\n".join(map(asked, dossier.sheets))),
        ("collectors", "\n".join(_ends(dossier))),
        ("left_out", scans_left_out(dossier) if dossier.left_out else ""),
    ):
        _say(graph, "graph", name, text)
    net = net_of(dossier)
    for node in net.nodes:
        _node(graph, node)
    for number, edge in enumerate(net.edges):
        ends = {"id": f"e{number}", "source": edge.source, "target": edge.target}
        made = ET.SubElement(graph, f"{{{SPACE}}}edge", ends)
        _say(made, "edge", "relation", edge.relation)
        _say(made, "edge", "collector", edge.collector)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _ends(dossier: Dossier) -> Iterator[str]:
    """How each collector of each scan ended, and how much of it these readers may not see."""
    for sheet in dossier.sheets:
        yield from (f"{sheet.scan.id}: {each}" for each in outcomes(dossier, sheet))
        for name, number in sheet.held.items():
            yield f"{sheet.scan.id}: {number} findings of {name} only a direct message shows."


def _node(graph: ET.Element, node: Node) -> None:
    made = ET.SubElement(graph, f"{{{SPACE}}}node", {"id": node.id})
    findings = [row.finding for row in node.rows]
    firsts = [each.first_seen for each in findings if each.first_seen]
    lasts = [each.last_seen for each in findings if each.last_seen]
    sources = dict.fromkeys(each.provenance.url for each in findings)
    digests = dict.fromkeys(each.provenance.sha256 for each in findings)
    for name, text in (
        ("label", node.value),
        ("kind", node.kind),
        ("severity", str(node.severity)),
        ("verdict", node.verdict),
        ("role", "target" if node.is_target else ""),
        ("collectors", " ".join(dict.fromkeys(row.run.collector for row in node.rows))),
        ("first_seen", min(firsts).isoformat() if firsts else ""),
        ("last_seen", max(lasts).isoformat() if lasts else ""),
        ("source_names", ", ".join(dict.fromkeys(each.provenance.source for each in findings))),
        ("sources", " ".join(sources)),
        ("fetched_at", " ".join(dict.fromkeys(each.provenance.fetched_at.isoformat() for each in findings))),
        ("sha256", " ".join(digests)),
    ):
        _say(made, "node", name, text)


def _say(element: ET.Element, domain: str, name: str, text: str) -> None:
    if text:
        said = ET.SubElement(element, f"{{{SPACE}}}data", {"key": f"{domain}_{name}"})
        said.text = UNSAID.sub("\N{REPLACEMENT CHARACTER}", text)
