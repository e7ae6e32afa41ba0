"""Office Open XML (ECMA-376): authors, company, template, reviewers, links to outside, hidden sheets, macros."""

from __future__ import annotations

import re
from html import unescape

from collectors.files import pictures, words
from collectors.files.packages import Package, local
from collectors.files.sheet import Sheet, clean
from core.language import N_, NN_
from core.language.noted import nnoted, noted

MIDDLE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
CORE = {
    "title": "Title",
    "subject": "Subject",
    "description": "Description",
    "keywords": "Keywords",
    "category": "Category",
    "revision": "Revision",
    "created": "Created",
    "modified": "Modified",
    "lastPrinted": N_("Last printed"),
    "contentStatus": "Status",
}
APP = {
    "TotalTime": N_("Minutes of editing"),
    "Pages": "Pages",
    "Words": "Words",
    "Slides": "Slides",
    "Company": "Company",
    "Manager": "Manager",
    "Template": "Template",
    "HyperlinkBase": N_("Base of links"),
}
REVIEWED = re.compile(r"word/(?:document|comments|footnotes|endnotes|header\d{0,3}|footer\d{0,3})\.xml")
AUTHOR = re.compile(rb'\bw:author="([^"]{1,200})"')
REVIEWERS = (
    (re.compile(r"word/people\.xml"), re.compile(rb'\bw15:author="([^"]{1,200})"'), "reviewer"),
    (re.compile(r"xl/comments\d{0,4}\.xml"), re.compile(rb"<author>([^<]{1,200})</author>"), "commenter"),
    (re.compile(r"xl/persons/person\d{0,4}\.xml"), re.compile(rb'\bdisplayName="([^"]{1,200})"'), "commenter"),
    (re.compile(r"ppt/(?:commentAuthors|authors)\.xml"), re.compile(rb'\bname="([^"]{1,200})"'), "commenter"),
)
LINKED = re.compile(rb"<Relationship\b[^>]{0,2000}>")
TARGET = re.compile(rb'\bTarget="([^"]{1,1000})"')
TYPE = re.compile(rb'\bType="[^"]{0,300}/(\w{1,60})"')
SAVED = re.compile(rb'<w:rsid(Root)? w:val="([0-9A-F]{8})"')
HIDDEN = re.compile(rb'<sheet\b[^>]{0,500}\bname="([^"]{1,100})"[^>]{0,300}\bstate="(hidden|veryHidden)"')
LARGE = 16 * 1024 * 1024
MOST_PICTURES = 20
HIDES = NN_("The workbook hides {n} sheets: {names}.", "The workbook hides {n} sheets: {names}.")
HOLDS = NN_(
    "The document holds {n} pictures; {most} were looked at.", "The document holds {n} pictures; {most} were looked at."
)


def kind_of(package: Package) -> str:
    """Which document it is; "" for another archive."""
    if "[Content_Types].xml" not in package.parts:
        return ""
    return next((kind for part, kind in MIDDLE.items() if any(name.startswith(part) for name in package.parts)), "")


def read(package: Package, sheet: Sheet) -> None:
    """Write down what a document says."""
    _core(package, sheet)
    _app(package, sheet)
    _custom(package, sheet)
    _reviewers(package, sheet)
    _outside(package, sheet)
    _savings(package, sheet)
    _workbook(package, sheet)
    if any(name.lower().endswith("vbaproject.bin") for name in package.parts):
        sheet.warn(
            noted("holds macros"),
            noted("The document holds a program (VBA) that Office may run."),
            where="vbaProject.bin",
        )
    if "docProps/thumbnail.jpeg" in package.parts:
        sheet.say(noted("Embedded preview"), "yes")
    _pictures(package, sheet)


def _core(package: Package, sheet: Sheet) -> None:
    root = package.xml("docProps/core.xml")
    for child in root if root is not None else ():
        name, text = local(child.tag), (child.text or "").strip()
        if name == "creator":
            words.person(sheet, text, "creator", role="author")
            sheet.say("Author", text)
        elif name == "lastModifiedBy":
            words.person(sheet, text, "lastModifiedBy", role="last editor")
            sheet.say(noted("Last saved by"), text)
        elif name in CORE:
            sheet.say(CORE[name], text)
            words.mine(sheet, text, name)


def _app(package: Package, sheet: Sheet) -> None:
    root = package.xml("docProps/app.xml")
    told = {local(child.tag): (child.text or "").strip() for child in (root if root is not None else ())}
    for name, label in APP.items():
        sheet.say(label, told.get(name, ""))
        words.mine(sheet, told.get(name, ""), name)
    if company := told.get("Company"):
        sheet.found("organisation", company, "Company", role="company of the licence")
    words.person(sheet, told.get("Manager", ""), "Manager", role="manager")
    if program := told.get("Application"):
        version = told.get("AppVersion", "")
        words.software(sheet, program if version in program else f"{program} {version}", "Application", version=version)


def _custom(package: Package, sheet: Sheet) -> None:
    root = package.xml("docProps/custom.xml")
    for child in list(root if root is not None else ())[:50]:
        text = " ".join(clean(each.text or "") for each in child.iter() if each is not child).strip()
        sheet.say(noted("Custom: {name}", name=clean(child.get("name", ""))[:60]), text)
        words.mine(sheet, text, noted("custom property"))


def _reviewers(package: Package, sheet: Sheet) -> None:
    """Who commented, and who changed what while changes were tracked."""
    for name in package.parts:
        if REVIEWED.fullmatch(name):
            role = "commenter" if "comments" in name else "tracked changes"
            for author in dict.fromkeys(AUTHOR.findall(package.read(name, LARGE))):
                words.person(sheet, _text(author), name, role=role)
        for parts, authors, role in REVIEWERS:
            if parts.fullmatch(name):
                for author in dict.fromkeys(authors.findall(package.read(name))):
                    words.person(sheet, _text(author), name, role=role)


def _outside(package: Package, sheet: Sheet) -> None:
    """What the document reaches for outside itself; a template or picture there is fetched by Office unasked."""
    for name in package.parts:
        if not name.endswith(".rels"):
            continue
        for relationship in LINKED.findall(package.read(name)):
            target, kind = TARGET.search(relationship), TYPE.search(relationship)
            if b"External" not in relationship or target is None:
                continue
            what, there = _text(kind[1]) if kind else "link", _text(target[1])
            words.mine(sheet, there, what)
            if what == "attachedTemplate":
                sheet.say(noted("Attached template"), there)
            if what != "hyperlink" and there.lower().startswith(("http", "\\\\", "file:", "//")):
                away = there.lower().startswith("http")
                why = noted("Opening the document may fetch {place}.", place=there[:150])
                sheet.warn(
                    noted("{what} from outside", what=what), why, severity="high" if away else "medium", where=name
                )


def _savings(package: Package, sheet: Sheet) -> None:
    """Word numbers what was written between two savings; documents that share numbers share an ancestor."""
    found = SAVED.findall(package.read("word/settings.xml"))
    sheet.say(noted("Times saved (rsid)"), len(found) or None)
    sheet.say(noted("First revision save id (rsidRoot)"), next((value.decode() for root, value in found if root), ""))
    sheet.say(noted("Revision save ids"), [value.decode() for _, value in found][:50])


def _workbook(package: Package, sheet: Sheet) -> None:
    workbook = package.read("xl/workbook.xml")
    hidden = [_text(name) for name, _ in HIDDEN.findall(workbook)]
    sheet.say(noted("Hidden sheets"), hidden)
    if hidden:
        why = nnoted(*HIDES, len(hidden), names=", ".join(hidden[:5]))
        sheet.warn(noted("hides sheets"), why, severity="low", where="xl/workbook.xml")
    words.paths(sheet, _text(workbook[:20_000]), "xl/workbook.xml")


def _pictures(package: Package, sheet: Sheet) -> None:
    """Pictures inside keep what their cameras wrote."""
    inside = [
        name for name in package.parts if re.search(r"/media/[^/]{1,200}\.(?:jpe?g|tiff?|png)$", name, re.IGNORECASE)
    ]
    for name in inside[:MOST_PICTURES]:
        own = Sheet()
        pictures.read(package.read(name), own)
        for (kind, value), trace in own.traces.items():
            if kind in ("location", "device", "person", "software"):
                rest = {key: each for key, each in trace.items() if key != "where"}
                sheet.found(kind, value, noted("picture {name}", name=name), **rest)
    if len(inside) > MOST_PICTURES:
        sheet.gap("truncated", nnoted(*HOLDS, len(inside), most=MOST_PICTURES))


def _text(raw: bytes) -> str:
    return unescape(raw.decode("utf-8", "replace"))
