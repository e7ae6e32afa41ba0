"""Reads what matters of a web page in one pass and linear time, whatever its author meant it to do.

The standard library's parser takes minutes for a megabyte of "<!--" before Python 3.13.6; this one knows a few tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

MOST_TAGS = 20_000
LONGEST_SCRIPT = 65_536
LONGEST_VALUE = 2_000
MOST_SCRIPTS = 20

_OPENING = re.compile(r"<(!--|/?[a-z][a-z0-9]{0,20}(?=[\s/>]))", re.IGNORECASE | re.ASCII)
_REST = re.compile(r"(?:[^<>\"']|\"[^\"<]{0,2000}\"|'[^'<]{0,2000}'){0,1000}?>")
_ATTRIBUTE = re.compile(
    r"([a-z][a-z0-9:-]{0,40})\s{0,8}=\s{0,8}(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)", re.IGNORECASE | re.ASCII
)
_RAW = frozenset({"script", "style", "template", "noscript"})
_BREAKS = frozenset({"br", "p", "div", "li", "h1", "h2", "h3", "td", "tr"})


@dataclass(frozen=True, slots=True)
class Tag:
    """An opening tag and its attributes, names in lower case."""

    name: str
    attributes: Mapping[str, str]

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


@dataclass(slots=True)
class Hypertext:
    """A page's opening tags, its text, and the JSON it carries for search engines."""

    tags: list[Tag] = field(default_factory=list)
    text: str = ""
    ld: list[str] = field(default_factory=list)

    def named(self, *names: str) -> Iterator[Tag]:
        return (tag for tag in self.tags if tag.name in names)


def read(html: str) -> Hypertext:
    """What of a page can be read; what is broken or endless is left out."""
    page = Hypertext()
    said: list[str] = []
    place = 0
    while len(page.tags) < MOST_TAGS and (opening := _OPENING.search(html, place)):
        said.append(html[place : opening.start()])
        place = _past(html, opening, page, said)
    if len(page.tags) < MOST_TAGS:
        said.append(html[place:])
    page.text = _unescaped("".join(said))
    return page


def _past(html: str, opening: re.Match[str], page: Hypertext, said: list[str]) -> int:
    """Note a tag or comment; the place after it."""
    name = opening[1].lower()
    if name == "!--":
        ends = html.find("-->", opening.end())
        return len(html) if ends < 0 else ends + 3
    rest = _REST.match(html, opening.end())
    if rest is None:
        return opening.end()
    if name.lstrip("/") in _BREAKS:
        said.append(" ")
    if name.startswith("/"):
        return rest.end()
    tag = Tag(name, _attributes(rest[0]))
    page.tags.append(tag)
    return _skipped(html, rest.end(), tag, page) if name in _RAW else rest.end()


def _skipped(html: str, start: int, tag: Tag, page: Hypertext) -> int:
    """The end of what is no text; JSON-LD in it is kept."""
    closing = re.compile(f"</{tag.name}", re.IGNORECASE | re.ASCII).search(html, start)
    ends = closing.start() if closing else len(html)
    is_ld = tag.name == "script" and tag.get("type").lower().startswith("application/ld+json")
    if is_ld and ends - start <= LONGEST_SCRIPT and len(page.ld) < MOST_SCRIPTS:
        page.ld.append(html[start:ends])
    return ends


def _attributes(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(rest[:8000]):
        found.setdefault(match[1].lower(), _unescaped(match[2].strip("\"'")[:LONGEST_VALUE]))
    return found


def _unescaped(text: str) -> str:
    # A reference of more digits than Python turns into a number would raise; no honest one has eight.
    return unescape(re.sub(r"&#x?[0-9a-f]{8,};?", "\N{REPLACEMENT CHARACTER}", text, flags=re.IGNORECASE))
