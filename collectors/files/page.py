"""Web pages: what their head says about who made them with what."""

from __future__ import annotations

import re
from html import unescape

from collectors.files import words
from collectors.files.sheet import Sheet, clean

HEAD = 256 * 1024
TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,500})", re.IGNORECASE)
META = re.compile(r"<meta\b([^>]{1,2000})>", re.IGNORECASE)
FIELD = re.compile(r"\b(name|property|content)\s*=\s*(?:\"([^\"]{0,1000})\"|'([^']{0,1000})')", re.IGNORECASE)
LABELS = {"description": "Description", "copyright": "Copyright", "date": "Date", "article:published_time": "Published"}


def read(body: bytes, sheet: Sheet) -> None:
    """Write down what the head says."""
    text = body[:HEAD].decode("utf-8", "replace")
    title = TITLE.search(text)
    sheet.say("Title", clean(unescape(title[1])) if title else "")
    for meta in META.findall(text)[:200]:
        fields = {name.lower(): unescape(double or single) for name, double, single in FIELD.findall(meta)}
        name, content = (fields.get("name") or fields.get("property") or "").lower(), fields.get("content", "")
        if name in ("author", "article:author", "dc.creator"):
            words.person(sheet, content, f"meta {name}", role="author")
        elif name == "generator":
            words.software(sheet, content, "meta generator")
        elif name in LABELS:
            sheet.say(LABELS[name], content)
            words.mine(sheet, content, f"meta {name}")
