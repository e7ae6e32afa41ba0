"""Where a page leads: documents, and other pages of the same site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

import ada_url

from core.targets import registrable

MOST_LINKS = 1_000
DOCUMENTS = frozenset(
    {
        "pdf",
        "doc",
        "docx",
        "docm",
        "dotx",
        "xls",
        "xlsx",
        "xlsm",
        "ppt",
        "pptx",
        "pptm",
        "odt",
        "ods",
        "odp",
        "rtf",
        "epub",
    }
    | {
        "zip",
        "tar",
        "tgz",
        "gz",
        "eml",
        "msg",
        "jpg",
        "jpeg",
        "tif",
        "tiff",
        "heic",
        "png",
        "webp",
        "mp3",
        "m4a",
        "mp4",
        "mov",
    }
)
# What is worth most comes first: documents name people, pictures places, and a page has many pictures.
FIRST = (
    "docx",
    "docm",
    "pdf",
    "xlsx",
    "xlsm",
    "pptx",
    "doc",
    "xls",
    "ppt",
    "odt",
    "ods",
    "odp",
    "jpg",
    "jpeg",
    "heic",
    "tiff",
    "tif",
)
PROMISING = re.compile(
    r"about|team|press|media|download|document|report|public|research|news|contact|imprint|impressum|ueber"
)
# Neither looks beyond the next angle bracket, so that no page takes longer than its length.
TAG = re.compile(r"<(?:a|area|img|source|object|embed|iframe|link)\b([^<>]{1,3000})>", re.IGNORECASE)
LINK = re.compile(
    r"\b(?:href|src|data)\s*=\s*(?:\"([^\"]{1,2000})\"|'([^']{1,2000})'|([^\s>\"']{1,2000}))", re.IGNORECASE
)
PLACE = re.compile(r"<loc>([^<]{1,2000})</loc>", re.IGNORECASE)


def in_page(text: str, base: str) -> list[str]:
    """The addresses a page links to, canonical, in order, each once."""
    tags = (LINK.search(attributes) for attributes in TAG.findall(text))
    found = (next(filter(None, link.groups()), "") for link in tags if link)
    return _canonical(found, base)


def in_map(text: str, base: str) -> list[str]:
    """The addresses a site map lists (sitemaps.org), those of further maps too."""
    return _canonical(PLACE.findall(text), base)


def _canonical(found: Iterable[str], base: str) -> list[str]:
    return list(dict.fromkeys(_each(found, base)))[: MOST_LINKS + 1]  # one more says that there are more


def _each(found: Iterable[str], base: str) -> Iterator[str]:
    for number, written in enumerate(found):
        if number >= 2 * MOST_LINKS:
            return
        try:
            url = ada_url.URL(unescape(written.strip()), base=base)
        except ValueError:
            continue
        if url.protocol in ("http:", "https:"):
            url.hash = ""
            yield url.href


def ending(url: str) -> str:
    """The file ending an address has: "pdf"; "" for none."""
    last = ada_url.URL(url).pathname.rpartition("/")[2]
    return last.rpartition(".")[2].lower() if "." in last else ""


def name_of(url: str) -> str:
    """The last part of an address's path, or its host."""
    parsed = ada_url.URL(url)
    return parsed.pathname.rstrip("/").rpartition("/")[2] or parsed.hostname


def path_of(url: str) -> str:
    parsed = ada_url.URL(url)
    return parsed.pathname + parsed.search


def is_within(url: str, domain: str) -> bool:
    """Whether an address is of the same registered domain: a link elsewhere leads to somebody else."""
    host = ada_url.URL(url).hostname
    home = registrable(domain, private=True) or domain
    return host == home or host.endswith(f".{home}")


def documents(urls: Iterable[str]) -> list[str]:
    """Those that lead to documents, the most telling kinds first."""
    found = [url for url in urls if ending(url) in DOCUMENTS]
    return sorted(found, key=lambda url: FIRST.index(ending(url)) if ending(url) in FIRST else len(FIRST))


def pages(urls: Iterable[str], host: str) -> list[str]:
    """Those that lead to pages of the same host, the promising ones first."""
    found = [url for url in urls if ada_url.URL(url).hostname == host and ending(url) in ("", "html", "htm", "php")]
    return sorted(found, key=lambda url: not PROMISING.search(path_of(url).lower()))
