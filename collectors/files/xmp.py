"""XMP packets (ISO 16684-1): what a picture or document says about its making, as names and values."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from collectors.files import words
from collectors.files.sheet import Sheet
from core.language import N_
from core.language.noted import noted

LARGEST = 2 * 1024 * 1024
DEEPEST = 6
MOST_STEPS = 100

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef#": "stRef",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
}
LABELS = {
    "dc:title": "Title",
    "dc:description": "Description",
    "dc:rights": "Rights",
    "xmp:CreateDate": N_("Created (XMP)"),
    "xmp:ModifyDate": N_("Modified (XMP)"),
    "xmp:MetadataDate": N_("Metadata changed (XMP)"),
    "xmpMM:DocumentID": N_("Document ID"),
    "xmpMM:InstanceID": N_("Instance ID"),
    "xmpMM:OriginalDocumentID": N_("Original document ID"),
    "photoshop:City": N_("City (XMP)"),
    "photoshop:Country": N_("Country (XMP)"),
    "photoshop:Credit": N_("Credit (XMP)"),
    "Iptc4xmpExt:DigitalSourceType": N_("Digital source type"),
}
PEOPLE = {
    "dc:creator": "creator",
    "dc:contributor": "contributor",
    "Iptc4xmpExt:PersonInImage": "person shown",
    "aux:OwnerName": "camera owner",
    "photoshop:CaptionWriter": "caption writer",
    "photoshop:AuthorsPosition": "",
}


def packet_in(body: bytes) -> bytes:
    """The first packet that stands unpacked in a file."""
    start = body.find(b"<x:xmpmeta")
    end = body.find(b"</x:xmpmeta>", start)
    return body[start : end + 12] if 0 <= start < end <= start + LARGEST else b""


def read(packet: bytes, sheet: Sheet) -> dict[str, Any]:
    """Names ("dc:creator") and values; empty, with a gap, when it cannot be read."""
    if not packet:
        return {}
    if len(packet) > LARGEST:
        sheet.gap("too_large", noted("Its XMP packet is larger than 2 MB and was not read."))
        return {}
    start, end = packet.find(b"<"), packet.rfind(b">")
    try:
        root = fromstring(packet[start : end + 1], forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        sheet.gap("unreadable_file", noted("Its XMP packet cannot be read."))
        return {}
    found: dict[str, Any] = {}
    for description in root.iter(RDF + "Description"):
        for name, value in description.attrib.items():
            found.setdefault(_short(name), value)
        for child in description:
            found.setdefault(_short(child.tag), _value(child, 0))
    return found


def tell(found: dict[str, Any], sheet: Sheet) -> None:
    """Write down what the packet says."""
    for name, label in LABELS.items():
        sheet.say(label, _flat(found.get(name)))
    for name, role in PEOPLE.items():
        for each in _texts(found.get(name)) if role else ():
            words.person(sheet, each, f"XMP {name}", role=role)
    for name in ("xmp:CreatorTool", "pdf:Producer"):
        for each in _texts(found.get(name)):
            words.software(sheet, each, f"XMP {name}")
    serial = _flat(found.get("aux:SerialNumber"))
    if serial:
        sheet.say(noted("Camera serial number"), serial)
    _history(found, sheet)
    for name in ("dc:description", "dc:rights", "xmpRights:WebStatement", "Iptc4xmpCore:CreatorContactInfo"):
        words.mine(sheet, _flat(found.get(name)), f"XMP {name}")
    if "trainedAlgorithmicMedia" in str(found.get("Iptc4xmpExt:DigitalSourceType")):
        sheet.warn(
            noted("made by a generator"), noted("Its metadata says that an algorithm made the picture."), severity="low"
        )


def _history(found: dict[str, Any], sheet: Sheet) -> None:
    """The editing chain: what was done, when, with which program, on which file."""
    steps = found.get("xmpMM:History")
    chain = []
    for step in (steps if isinstance(steps, list) else [])[:MOST_STEPS]:
        if not isinstance(step, dict):
            continue
        agent, when = _flat(step.get("stEvt:softwareAgent")), _flat(step.get("stEvt:when"))
        chain.append(" ".join(filter(None, (when, _flat(step.get("stEvt:action")), agent and f"with {agent}"))))
        words.software(sheet, agent, noted("XMP history"))
        words.paths(sheet, _flat(step.get("stEvt:parameters")), noted("XMP history"))
    sheet.say(noted("Editing steps"), len(chain) or None)
    sheet.say(noted("Editing chain"), chain)
    origin = found.get("xmpMM:DerivedFrom")
    if isinstance(origin, dict):
        sheet.say(noted("Derived from"), _flat(origin.get("stRef:documentID")))
        words.paths(sheet, _flat(origin.get("stRef:filePath")), noted("XMP derived from"))


def _value(element: Element, depth: int) -> Any:
    """A text, a list of an RDF container, or a mapping of a structure."""
    if depth > DEEPEST:
        return ""
    own = {_short(name): value for name, value in element.attrib.items() if not name.startswith(RDF)}
    own.pop("{http://www.w3.org/XML/1998/namespace}lang", None)
    members = [child for box in element if box.tag in (RDF + "Seq", RDF + "Bag", RDF + "Alt") for child in box]
    if members:
        return [_value(each, depth + 1) for each in members[:MOST_STEPS]]
    inside = {_short(child.tag): _value(child, depth + 1) for child in element}
    if RDF + "Description" in [child.tag for child in element]:
        inner = element.find(RDF + "Description")
        return _value(inner, depth + 1) if inner is not None else ""
    if own or inside:
        return own | inside
    return (element.text or "").strip()


def _short(name: str) -> str:
    space, _, local = name.removeprefix("{").partition("}")
    return f"{PREFIXES[space]}:{local}" if space in PREFIXES else name


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for each in value[:20] for text in _texts(each)]
    return [value] if isinstance(value, str) and value else []


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(text for each in value.values() for text in _texts(each))
    return "; ".join(_texts(value))
