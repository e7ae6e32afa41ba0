"""PDF through pikepdf (qpdf): who made it with what, how often it was changed, and what it would do when opened."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, PdfError, Stream

from collectors.files import words, xmp
from collectors.files.sheet import Sheet, clean
from core.language import N_, NN_
from core.language.noted import nnoted, noted

MOST_OBJECTS = 50_000
MOST_NAMES = 50
BROKEN = (PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, RuntimeError, OSError)
DATE = re.compile(r"D?:?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?\s*(Z|[+-]\d{2})?'?(\d{2})?")
TEXTS = {"/Title": "Title", "/Subject": "Subject", "/Keywords": "Keywords", "/Company": "Company"}
PROGRAMS = {"/Creator": "PDF Creator", "/Producer": "PDF Producer"}
TWINS = (
    ("/Author", "dc:creator"),
    ("/Title", "dc:title"),
    ("/Producer", "pdf:Producer"),
    ("/Creator", "xmp:CreatorTool"),
)
ACTS = {
    "/JavaScript": (N_("holds JavaScript"), N_("The PDF holds a script that runs in some readers."), "medium"),
    "/Launch": (N_("starts a program"), N_("The PDF asks the reader to start a program."), "high"),
    "/SubmitForm": (N_("sends a form"), N_("The PDF can send what is typed into it to an address."), "low"),
    "/ImportData": (N_("imports a file"), N_("The PDF asks the reader to import a file."), "low"),
    "/GoToR": (N_("opens another file"), N_("The PDF leads to another file."), "low"),
}
# What to say of a part that needs too much memory, and of one that is broken.
FIELDS = (N_("The PDF's fields need more memory than they get."), N_("The PDF's fields cannot be read."))
ACTIONS = (N_("The PDF's actions need more memory than they get."), N_("The PDF's actions cannot be read."))
ATTACHMENTS = (N_("The PDF's attachments need more memory than they get."), N_("The PDF's attachments cannot be read."))
TOLD_TWICE = N_('The fields say "{fields}", the XMP packet says "{packet}".')
LINKS = NN_(
    "The PDF links to {n:,} addresses; {most} were kept.", "The PDF links to {n:,} addresses; {most} were kept."
)
OBJECTS = N_("The PDF has more than {most} objects; the rest was not looked at.")
CARRIES = NN_("The PDF carries {n} files: {names}.", "The PDF carries {n} files: {names}.")


def read(body: bytes, sheet: Sheet) -> None:
    """Write down what a PDF says."""
    _from_outside(body, sheet)
    try:
        pdf = pikepdf.open(io.BytesIO(body))
    except pikepdf.PasswordError:
        sheet.say("Encrypted", noted("yes, a password is needed"))
        sheet.gap("unreadable_file", noted("The PDF is encrypted with a password, so most of it cannot be read."))
        return
    except BROKEN:
        sheet.gap("unreadable_file", noted("The PDF cannot be read: it is damaged or not what it says it is."))
        xmp.tell(xmp.read(xmp.packet_in(body), sheet), sheet)
        return
    with pdf:
        for part, (too_large, unread) in ((_made, FIELDS), (_acts, ACTIONS), (_attached, ATTACHMENTS)):
            try:
                part(pdf, sheet)
            except (MemoryError, *BROKEN) as error:
                if isinstance(error, MemoryError) or "bad_alloc" in str(error):  # qpdf's own way to say it
                    sheet.gap("too_large", too_large)
                else:
                    sheet.gap("unreadable_file", unread)


def _from_outside(body: bytes, sheet: Sheet) -> None:
    """What can be told without opening it."""
    version = re.search(rb"%PDF-(\d\.\d)", body[:1024])
    sheet.say(noted("PDF version"), version[1].decode() if version else "")
    ends = body.count(b"startxref")
    linear = b"/Linearized" in body[:1024]
    updates = max(0, ends - (2 if linear else 1))
    sheet.say(noted("Changed after the first saving"), nnoted("{n} times", "{n} times", updates) if updates else "")
    sheet.say(noted("Incremental updates"), updates)


def _made(pdf: Pdf, sheet: Sheet) -> None:
    sheet.say("Pages", len(pdf.pages))
    sheet.say("Encrypted", noted("yes, without a password to open it") if pdf.is_encrypted else "")
    info: dict[str, str] = {}
    if "/Info" in pdf.trailer:
        info = {str(name): _text(value) for name, value in list(pdf.trailer.Info.items())[:100]}
    for name, label in TEXTS.items():
        sheet.say(label, info.get(name, ""))
    sheet.say("Created", moment(info.get("/CreationDate", "")))
    sheet.say("Modified", moment(info.get("/ModDate", "")))
    words.person(sheet, info.get("/Author", ""), "PDF Author", role="author")
    if company := info.get("/Company", ""):
        sheet.found("organisation", company, "PDF Company")
    for name, where in PROGRAMS.items():
        words.software(sheet, info.get(name, ""), where)
    for name, value in info.items():
        words.mine(sheet, value, f"PDF {name.removeprefix('/')}")
    _packet(pdf, info, sheet)
    _identity(pdf, sheet)


def _packet(pdf: Pdf, info: dict[str, str], sheet: Sheet) -> None:
    metadata = pdf.Root.get("/Metadata")
    packet = metadata.read_bytes() if isinstance(metadata, Stream) else b""
    found = xmp.read(packet, sheet)
    xmp.tell(found, sheet)
    for name, twin in TWINS:
        ours, theirs = info.get(name, ""), xmp._flat(found.get(twin))
        if ours and theirs and ours != theirs:
            sheet.warn(
                noted("{field} is told twice, differently", field=name.removeprefix("/")),
                noted(TOLD_TWICE, fields=ours[:80], packet=theirs[:80]),
                severity="low",
            )


def _identity(pdf: Pdf, sheet: Sheet) -> None:
    """The pair of ids: the first stays, the second changes when a program saves it anew (ISO 32000 14.4)."""
    pair = pdf.trailer.get("/ID")
    if not isinstance(pair, Array) or len(pair) != 2:
        return
    first, second = (bytes(pikepdf.String(each) if isinstance(each, str) else each).hex()[:64] for each in pair)
    sheet.say(noted("Document ID pair"), first if first == second else f"{first} / {second}")
    sheet.say(noted("Saved anew since it was made"), "no" if first == second else "yes")


def _acts(pdf: Pdf, sheet: Sheet) -> None:
    if "/OpenAction" in pdf.Root or "/AA" in pdf.Root:
        sheet.say(noted("Acts when opened"), "yes")
    links: list[str] = []
    for act in _actions(pdf, sheet):
        kind = str(act.get("/S", ""))
        if kind == "/URI":
            links.append(clean(_text(act.get("/URI"))))
        elif kind in ACTS:
            name, why, severity = ACTS[kind]
            sheet.warn(name, why, severity=severity, where=noted("PDF action"))
            words.paths(sheet, _text(act.get("/F")), noted("PDF action"))
    for link in list(dict.fromkeys(links))[: words.MOST_URLS]:
        words.mine(sheet, link, noted("PDF link"))
    if len(set(links)) > words.MOST_URLS:
        sheet.gap("truncated", nnoted(*LINKS, len(set(links)), most=words.MOST_URLS))


def _actions(pdf: Pdf, sheet: Sheet) -> Iterator[Dictionary]:
    """Every action that hangs on any object; signatures are told on the way."""
    for number, each in enumerate(pdf.objects):
        if number >= MOST_OBJECTS:
            sheet.gap("truncated", noted(OBJECTS, most=f"{MOST_OBJECTS:,}"))
            return
        if not isinstance(each, Dictionary):
            continue
        if each.get("/Type") == Name("/Sig"):
            _signature(each, sheet)
        inside = [each, each.get("/A"), each.get("/OpenAction")]
        more = each.get("/AA")
        inside += list(more.values())[:20] if isinstance(more, Dictionary) else []
        yield from (act for act in inside if isinstance(act, Dictionary) and isinstance(act.get("/S"), Name))


def _signature(signature: Dictionary, sheet: Sheet) -> None:
    words.person(sheet, _text(signature.get("/Name")), noted("PDF signature"), role="signer")
    sheet.say("Signed", moment(_text(signature.get("/M"))) or "yes")
    sheet.say(noted("Signed at"), _text(signature.get("/Location")))
    words.mine(sheet, _text(signature.get("/ContactInfo")), noted("PDF signature"))


def _attached(pdf: Pdf, sheet: Sheet) -> None:
    names = [clean(name) for name in list(pdf.attachments)[:MOST_NAMES]]
    if names:
        sheet.say(noted("Attached files"), names)
        sheet.warn(
            noted("carries files"),
            nnoted(*CARRIES, len(names), names=", ".join(names[:3])),
            where=noted("PDF attachments"),
        )


def moment(told: str) -> str:
    """D:20261101100000+01'00' as people write it; any part after the year may be missing (ISO 32000 7.9.4)."""
    found = DATE.match(told.strip())
    if found is None:
        return ""
    year, month, day, hour, minute, second, zone, part = found.groups()
    said = f"{year}-{month or '01'}-{day or '01'}"
    if hour:
        said += f" {hour}:{minute or '00'}:{second or '00'}"
    return said + (f" {zone}:{part or '00'}" if zone and zone != "Z" else "Z" if zone else "")


def _text(value: Any) -> str:
    if isinstance(value, Stream) or value is None:
        return ""
    if isinstance(value, Dictionary):
        return _text(value.get("/UF") or value.get("/F"))
    return clean(str(value))
