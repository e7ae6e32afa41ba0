"""OpenDocument (ISO/IEC 26300) and EPUB: their meta.xml and package file."""

from __future__ import annotations

import re

from collectors.files import words
from collectors.files.packages import Package, local
from collectors.files.sheet import Sheet
from core.language import N_
from core.language.noted import noted

META = {
    "title": "Title",
    "subject": "Subject",
    "description": "Description",
    "keyword": "Keywords",
    "creation-date": "Created",
    "date": "Modified",
    "print-date": N_("Last printed"),
    "editing-cycles": "Revision",
    "editing-duration": N_("Time of editing"),
    "language": "Language",
    "publisher": "Publisher",
}
PEOPLE = {
    "initial-creator": "author",
    "creator": "last editor",
    "printed-by": "printed by",
    "contributor": "contributor",
}


def kind_of(package: Package) -> str:
    """The media type its first part names; "" for another archive."""
    said = package.read("mimetype", 200).decode("ascii", "replace").strip()
    known = said.startswith("application/vnd.oasis.opendocument.") or said == "application/epub+zip"
    return said if known and re.fullmatch(r"[\w./+-]{1,100}", said) else ""


def read(package: Package, sheet: Sheet) -> None:
    """Write down what the document says."""
    is_book = "META-INF/container.xml" in package.parts
    parts = [name for name in package.parts if name.endswith(".opf")][:1] if is_book else ["meta.xml"]
    for part in parts:
        root = package.xml(part)
        for element in root.iter() if root is not None else ():
            name, text = local(element.tag), (element.text or "").strip()
            if name in PEOPLE:
                words.person(sheet, text, name, role="author" if is_book else PEOPLE[name])
            elif name == "generator":
                words.software(sheet, text, name)
            elif name == "template":
                words.mine(sheet, " ".join(element.attrib.values()), name)
            elif name == "user-defined":
                own = next((v for k, v in element.attrib.items() if local(k) == "name"), "")
                sheet.say(noted("Custom: {name}", name=own[:60]), text)
            elif name in META:
                sheet.say(META[name], text)
                words.mine(sheet, text, name)
    if any(name.startswith("Basic/") for name in package.parts):
        sheet.warn(
            noted("holds macros"),
            noted("The document holds a program (Basic) that the office suite may run."),
            where="Basic/",
        )
