"""Which accounts a web site says are its own: its links, what it tells search engines, its contact files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collectors import shape
from collectors.doors.parse import json_value
from collectors.names import email_in
from collectors.profiles.hypertext import Hypertext, read
from collectors.profiles.places import Place, place, place_of
from collectors.profiles.profile import LONGEST_LINE, address, mentioned
from core.errors import SourceError
from core.language import N_
from core.language.noted import noted

MOST_LINKS = 2_000  # of one page that are looked at
DEEPEST = 6  # levels of JSON-LD
MOST_NODES = 500
ORGANISATIONS = frozenset(
    {"organization", "corporation", "ngo", "localbusiness", "newsmediaorganization", "educationalorganization"}
    | {"onlinebusiness", "onlinestore", "governmentorganization", "brand", "project"}
)
STRENGTH = (
    N_("its link with rel=me"),
    N_("its JSON-LD (sameAs)"),
    N_("its card for X"),
    N_("a link on its home page"),
    N_("its humans.txt"),
)
_FIELD = re.compile(r"([A-Za-z-]{3,40}):[ \t]*(\S.{0,1000})")


@dataclass(slots=True)
class Site:
    """What a site says about itself."""

    places: dict[str, tuple[Place, str]] = field(default_factory=dict)  # by key; the strongest way of saying it
    emails: dict[str, str] = field(default_factory=dict)  # address -> how
    names: dict[str, str] = field(default_factory=dict)  # of the organisation -> how

    def add(self, url: str, how: str, base: str) -> None:
        """Note a link if it is a profile; one below the site itself is not one elsewhere."""
        found = place_of(url)
        if found is None or url.split("/")[2].removeprefix("www.") == base:
            return
        kept = self.places.get(found.key)
        if kept is None or STRENGTH.index(how) < STRENGTH.index(kept[1]):
            self.places[found.key] = (found, how)

    def mail(self, text: str, how: str) -> None:
        if found := email_in(text.partition("?")[0]):
            self.emails.setdefault(found, how)

    def name(self, text: str, how: str) -> None:
        if tidy := " ".join(text[:400].split())[:LONGEST_LINE]:
            self.names.setdefault(tidy, how)


def read_page(html: str, base: str, site: Site) -> None:
    """Note what a home page says. `base`: the site's own host without www."""
    page = read(html)
    for text in page.ld:
        for node in _nodes(_json(text)):
            _linked_data(node, base, site)
    _links(page, base, site)
    for tag in page.named("meta"):
        _meta(tag.get("property") or tag.get("name"), tag.get("content"), base, site)


def _links(page: Hypertext, base: str, site: Site) -> None:
    for count, tag in enumerate(page.named("a", "link")):
        if count >= MOST_LINKS:
            return
        href = tag.get("href").strip()
        if href.lower().startswith("mailto:"):
            site.mail(href[7:], STRENGTH[3])
            continue
        me = "me" in tag.get("rel").lower().split()
        if me or tag.name == "a":
            whole = f"https:{href}" if href.startswith("//") else href
            site.add(address(whole), STRENGTH[0] if me else STRENGTH[3], base)


def _meta(name: str, content: str, base: str, site: Site) -> None:
    if name.lower() in ("twitter:site", "twitter:creator"):
        card = place("X", content.strip().removeprefix("@"))
        if card:
            site.add(card.page, STRENGTH[2], base)
    elif name.lower() == "og:site_name":
        site.name(content, noted("its OpenGraph title"))
    elif name.lower() in ("article:publisher", "og:see_also", "article:author"):
        site.add(address(content), STRENGTH[2], base)


def _linked_data(node: Mapping[str, Any], base: str, site: Site) -> None:
    for url in shape.texts(node, "sameAs")[:50]:
        site.add(address(url), STRENGTH[1], base)
    kinds = {kind.lower() for kind in shape.texts(node, "@type")}
    if kinds & ORGANISATIONS:
        site.name(shape.text(node, "legalName") or shape.text(node, "name"), noted("its JSON-LD"))
        site.mail(shape.text(node, "email").removeprefix("mailto:"), noted("its JSON-LD"))


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of JSON-LD, level by level."""
    level, seen = [value], 0
    for _ in range(DEEPEST):
        following: list[Any] = []
        for each in level:
            if isinstance(each, Mapping):
                yield each
            seen += 1
            inside = each.values() if isinstance(each, Mapping) else each if isinstance(each, list) else ()
            following += [child for child in inside if isinstance(child, Mapping | list)][:MOST_NODES]
            if seen >= MOST_NODES:
                return
        level = following


def _json(text: str) -> Any:
    """What a script holds; one that cannot be read is left out, as search engines do."""
    try:
        return json_value(text.encode("utf-8", "replace"), "JSON-LD")
    except SourceError:
        return None


def read_humans(text: str, base: str, site: Site) -> None:
    """Note the links and addresses of a humans.txt. https://humanstxt.org/Standard.html"""
    for url, _ in mentioned(text, ""):
        site.add(url, STRENGTH[4], base)
    for word in re.split(r"[\s<>()]+", text[:32_768]):
        if "@" in word:
            site.mail(word.strip(".,;:[]"), STRENGTH[4])


@dataclass(frozen=True, slots=True)
class Security:
    """A security.txt: whom to tell about weaknesses (RFC 9116)."""

    contacts: tuple[str, ...]
    pages: tuple[tuple[str, str], ...]  # (address, what it is)
    expires: datetime | None


def read_security(text: str) -> Security:
    """The fields of a security.txt; signatures around it are no fields."""
    fields = [(name.lower(), value.strip()) for name, value in _FIELD.findall(text[:32_768])]
    contacts = [value for name, value in fields if name == "contact"]
    mails = [email_in(value.removeprefix("mailto:").partition("?")[0]) for value in contacts]
    pages = [(address(value), "security contact") for value in contacts]
    pages += [
        (address(value), f"security {name}") for name, value in fields if name in ("policy", "encryption", "hiring")
    ]
    expires = next((shape.when(value) for name, value in fields if name == "expires"), None)
    return Security(tuple(dict.fromkeys(filter(None, mails))), tuple(page for page in pages if page[0]), expires)
