"""Legacy Office files (MS-CFB, MS-OLEPS) through olefile: their two property sets, and macros."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import olefile

from collectors.files import words
from collectors.files.sheet import Sheet, clean
from core.language import N_
from core.language.noted import noted

LABELS = {
    "title": "Title",
    "subject": "Subject",
    "keywords": "Keywords",
    "comments": "Description",
    "category": "Category",
    "template": "Template",
    "revision_number": "Revision",
    "num_pages": "Pages",
    "num_words": "Words",
    "create_time": "Created",
    "last_saved_time": "Modified",
    "last_printed": N_("Last printed"),
}
BROKEN = (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
}


def read(body: bytes, sheet: Sheet) -> str:
    """Write down what the file says; the media type, as far as its streams tell."""
    try:
        with olefile.OleFileIO(io.BytesIO(body)) as ole:
            names = ["/".join(path) for path in ole.listdir()[:2000]]
            _properties(ole.get_metadata(), sheet)
            if any("VBA" in name.upper() for name in names):
                sheet.warn(
                    noted("holds macros"), noted("The document holds a program (VBA) that Office may run."), where="VBA"
                )
            if ole.parsing_issues:
                sheet.gap("unreadable_file", noted("The file is damaged; what could be read is told."))
            if "EncryptedPackage" in names:
                sheet.gap("unreadable_file", noted("The document is encrypted with a password."))
                sheet.say("Encrypted", noted("yes, a password is needed"))
    except BROKEN:
        sheet.gap("unreadable_file", noted("The document cannot be read: it is damaged or not what it says it is."))
        return ""
    if "PowerPoint Document" in names:
        return "application/vnd.ms-powerpoint"
    return next((kind for stream, kind in STREAMS.items() if stream in names), "")


def _properties(meta: Any, sheet: Sheet) -> None:
    charset = _charset(getattr(meta, "codepage", None))
    for name, label in LABELS.items():
        value = getattr(meta, name, None)
        text = _moment(value) if isinstance(value, datetime) else _text(value, charset)
        sheet.say(label, text)
        words.mine(sheet, text, label)
    for name, role in (("author", "author"), ("last_saved_by", "last editor"), ("manager", "manager")):
        words.person(sheet, _text(getattr(meta, name, None), charset), name, role=role)
    sheet.say("Author", _text(getattr(meta, "author", None), charset))
    sheet.say(noted("Last saved by"), _text(getattr(meta, "last_saved_by", None), charset))
    if company := _text(getattr(meta, "company", None), charset):
        sheet.found("organisation", company, "company", role="company of the licence")
        sheet.say("Company", company)
    words.software(sheet, _text(getattr(meta, "creating_application", None), charset), noted("creating application"))
    minutes = getattr(meta, "total_edit_time", None)
    if isinstance(minutes, int | float) and 0 < minutes < 10**9:
        sheet.say(noted("Minutes of editing"), int(minutes) // 60)


def _charset(codepage: Any) -> str:
    """MS-OLEPS 2.3: the set's code page, a signed 16-bit number."""
    number = codepage & 0xFFFF if isinstance(codepage, int) else 1252
    return {65001: "utf-8", 1200: "utf-16-le", 932: "shift_jis", 936: "gbk", 10000: "mac_roman"}.get(
        number, f"cp{number}" if 1250 <= number <= 1258 else "latin-1"
    )


def _text(value: Any, charset: str) -> str:
    if isinstance(value, bytes):
        return clean(value[:2000].decode(charset, "replace").strip("\x00 "))
    return clean(str(value)) if isinstance(value, str | int) else ""


def _moment(value: datetime) -> str:
    """1601 is unset."""
    return f"{value:%Y-%m-%d %H:%M}" if value.year > 1601 else ""
