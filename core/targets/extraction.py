"""Finds every target that a message names, in prose, reports, logs or lists, with no more work than its length.

Stricter than reading one target: what somebody asks for is meant, what stands in prose need not be. So names,
bare digits and odd notations of addresses are left alone, and so are file names such as readme.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from core.addresses import Network
from core.errors import NotATarget
from core.models import Kind, Target
from core.targets.hosts import host_of
from core.targets.idn import to_ascii
from core.targets.reading import read
from core.targets.splitting import BETWEEN_URLS
from core.targets.suffixes import suffix_of
from core.targets.undressing import EMPHASIS, MENTION, smooth, strip, undress

MOST = 50
LAYERS = 3  # how deep a dressing is taken off in a long text
LONGEST_WORD = 2048

# A phone number may hold spaces, a URL commas; all else ends at what no target contains.
PHONE = r"(?<![\w+/=.])\+\d(?:[\ ().\-–]{0,3}\d){6,16}(?!\w)"
PIECE = re.compile(
    rf"""
    (?P<phone>{PHONE})
  | (?P<url>https?://[^\s<>"`|]+)
  | (?P<word>(?:(?!https?://|{PHONE})[^\s<>"`|,;])+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What a word must have to be looked at more closely.
PROMISING = re.compile(r"[.:@]|^\+\d|^AS\d|^[0-9a-f]{32,128}$", re.IGNORECASE)
FIGURES = re.compile(r"[\dx.]+(?:[/:]\d*)*", re.ASCII)
QUAD = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:[/:]\d{1,5})?", re.ASCII)
GLUED = re.compile(r".*[a-z]\.[A-Z][a-z]+")  # a sentence ended.Then the space was forgotten
OTHER_MARKS = re.compile(r"[/:@]")
# Endings of files that are registries too. Defanged, or within a URL, such a name is taken for a domain.
FILES = frozenset({"md", "mov", "pl", "ps", "py", "rs", "sh", "so", "zip"})


def extract(text: str, *, allow: Sequence[Network] = ()) -> tuple[Target, ...]:
    """The targets in a text, in order, each once, at most 50; what `parse` refuses is left out."""
    smoothed = MENTION.sub(" ", smooth(text))
    literal = {strip(word) for word in _words(smoothed)}
    found: dict[Target, None] = {}
    for word in dict.fromkeys(_words(undress(smoothed, layers=LAYERS))):
        target = _meant(word, allow, defanged=strip(word) not in literal)
        if target is not None:
            found.setdefault(target)
        if len(found) == MOST:
            break
    return tuple(found)


def _words(text: str) -> Iterator[str]:
    for piece in PIECE.finditer(text):
        parts = [piece[0]]
        if piece.lastgroup == "word":
            parts = _around_equals(piece[0])
        elif piece.lastgroup == "url":
            parts = BETWEEN_URLS.split(piece[0])
        yield from (part for part in parts if 0 < len(part) <= LONGEST_WORD)


def _around_equals(word: str) -> list[str]:
    """Logs write src=192.0.2.10; in a path the sign belongs to it."""
    return [word] if "/" in word.partition("=")[0] else word.split("=")


def _meant(word: str, allow: Sequence[Network], *, defanged: bool) -> Target | None:
    for reading in _readings(strip(word).removesuffix("'s")):
        if not PROMISING.search(reading) or _is_figure(reading) or _has_no_registry(reading):
            continue
        target = _read(reading, allow)
        if target is not None and (defanged or not _is_prose(reading, target)):
            return target
    return None


def _readings(word: str) -> Iterator[str]:
    """The word as it stands; then what is left when a sentence or a list has grown onto it."""
    if "://" in word:
        word = word.rstrip(EMPHASIS)
    yield word
    if word.startswith("+"):
        groups = word.split(" ")
        yield from (" ".join(groups[:count]) for count in range(len(groups) - 1, 1, -1))
    elif "://" in word:
        yield re.split(r"[,;]", word, maxsplit=1)[0]
    elif ":" in word:
        yield word.partition(":")[2]


def _read(word: str, allow: Sequence[Network]) -> Target | None:
    try:
        return read(word, allow)
    except NotATarget:
        return None


def _is_figure(word: str) -> bool:
    """Versions, times and sums: in prose only the full dotted form is an address."""
    return FIGURES.fullmatch(word) is not None and QUAD.fullmatch(word) is None


def _has_no_registry(word: str) -> bool:
    """Spares most dotted words of a text the full reading."""
    ending = word.rpartition(".")[2]
    return "." in word and OTHER_MARKS.search(word) is None and not ending.isdigit() and not _is_registry(ending)


@lru_cache(maxsize=4096)
def _is_registry(ending: str) -> bool:
    name = to_ascii(ending)
    return name is not None and suffix_of(f"example.{name}") is not None


def _is_prose(word: str, target: Target) -> bool:
    if target.kind is Kind.NAME:
        return True
    name = host_of(target)
    if name is None or "://" in word or target.kind is Kind.EMAIL:
        return False
    return name.rpartition(".")[2] in FILES or GLUED.fullmatch(word) is not None
