"""What a file is by its first bytes, and what else it is at the same time."""

from __future__ import annotations

import re

from collectors.files.sheet import Sheet
from core.language.noted import nnoted, noted

HEAD = 4096
TAIL = 66_000  # where the end of a ZIP file is looked for: its comment has 65,535 bytes at most

START: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"{\\rtf", "application/rtf"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
)
BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
PAGE = re.compile(
    rb"\s{0,200}(?:<!--.{0,500}?-->\s{0,100})?<(?:!doctype html|html|head|body|script)\b", re.IGNORECASE | re.DOTALL
)
MAIL_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]?[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*")
MAIL_WORDS = (b"received:", b"from:", b"message-id:", b"return-path:", b"subject:", b"date:", b"to:", b"delivered-to:")
PLACED = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82", "image/gif": b"\x3b"}
NAMES = {"application/pdf": "PDF", "application/zip": "ZIP", "text/html": "HTML"}


def detect(body: bytes) -> str:
    """The media type by content; "" when nothing is recognised."""
    head = body[:HEAD]
    return _by_start(head) or _by_look(head)


def _by_start(head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] in RIFF:
        return RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], "video/mp4")
    return next((kind for start, kind in START if head.startswith(start)), "")


def _by_look(head: bytes) -> str:
    if head[257:262] == b"ustar":
        return "application/x-tar"
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if PAGE.match(head):
        return "text/html"
    return "message/rfc822" if _is_mail(head) else ""


def _is_mail(head: bytes) -> bool:
    """Two header fields that mail has, at the very beginning."""
    at, seen = 0, 0
    while (field := MAIL_HEADER.match(head, at)) and at < HEAD:
        seen += field[0].lower().startswith(MAIL_WORDS)
        at = field.end()
    return seen >= 2


def others(body: bytes, kind: str) -> list[str]:
    """What the same bytes are besides: a file that two programs read differently."""
    also: list[str] = []
    head, tail = body[:HEAD], body[-TAIL:]
    if kind != "application/pdf" and b"%PDF-" in head[:1024]:
        also.append("application/pdf")
    if not kind.endswith("zip") and kind.startswith(("image/", "application/pdf", "text/")) and _ends_as_zip(tail):
        also.append("application/zip")
    if kind.startswith(("image/", "application/pdf")) and re.search(rb"<script\b|<\?php", head + tail, re.IGNORECASE):
        also.append("text/html")
    return also


def _ends_as_zip(tail: bytes) -> bool:
    end = tail.rfind(b"PK\x05\x06")
    return end >= 0 and len(tail) - end >= 22 and b"PK\x01\x02" in tail


def say_others(sheet: Sheet, body: bytes, kind: str) -> list[str]:
    """Name what else it is, and what lies behind a picture's end."""
    also = others(body, kind)
    for each in also:
        name = NAMES.get(each, each)
        why = noted(
            "The same bytes are a {kind} and a {name} file: programs read them differently.", kind=kind, name=name
        )
        sheet.warn(noted("also a {name} file", name=name), why)
    mark = PLACED.get(kind)
    if mark and kind != "image/gif":
        end = body.rfind(mark)
        behind = len(body) - end - len(mark) if end >= 0 else 0
        if behind > 64 and not also:
            value = nnoted("{n:,} bytes behind the picture", "{n:,} bytes behind the picture", behind)
            sheet.warn(value, noted("Something was appended to the picture."), severity="low")
    return also
