"""Names as they can be compared: folded to plain letters, handles told from common words, links without dressing."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import combining, normalize

from collectors.names import is_host, link_in

LONGEST = 100
MOST_WORDS = 8
RARE = 8  # letters from which on two people rarely think of the same handle
SPELLED = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
NO_NAME = frozenset("@/:<>|=;{}[]_0123456789")
WORD = re.compile(r"[^\W\d_]+")
# Handles that many take independently of each other.
_COMMON = (
    "administrator anonymous developer engineer security webmaster postmaster username password whatever "
    "superuser computer internet official undefined hostmaster"
)
COMMON = frozenset(_COMMON.split())
# Sites where a page says nothing about who wrote it.
SHARED_PAGES = frozenset({"linktr.ee", "bit.ly", "t.co", "youtu.be", "goo.gl", "tinyurl.com", "google.com"})
RENAMED = {"twitter.com": "x.com", "mobile.twitter.com": "x.com"}
SERVICES = {
    "github.com": "GitHub", "gitlab.com": "GitLab", "x.com": "X", "gravatar.com": "Gravatar", "orcid.org": "ORCID",
    "wikidata.org": "Wikidata", "youtube.com": "YouTube", "instagram.com": "Instagram", "facebook.com": "Facebook",
    "linkedin.com": "LinkedIn", "bsky.app": "Bluesky", "tiktok.com": "TikTok", "keybase.io": "Keybase",
    "scholar.google.com": "Google Scholar", "stackoverflow.com": "Stack Overflow", "tumblr.com": "Tumblr",
    "vimeo.com": "Vimeo", "twitch.tv": "Twitch", "mastodon.social": "Mastodon", "reddit.com": "Reddit",
}  # fmt: skip
HANDLE = re.compile(r"@?([\w.+-]{1,64})")
LABEL = re.compile(r"\w[\w .+-]{1,30}")
TITLES = frozenset(["dr", "prof", "mr", "mrs", "ms", "mx", "sir", "jr", "sr", "phd"])


def folded(text: str) -> str:
    """Lower case, without accents, letters of other alphabets kept."""
    spread = normalize("NFKD", text[:LONGEST].casefold().translate(SPELLED))
    return "".join(letter for letter in spread if not combining(letter))


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, folded, without titles."""
    found = WORD.findall(folded(name))[:MOST_WORDS]
    return tuple(word for word in found if word not in TITLES)


def is_full(name: str) -> bool:
    """Whether it looks like a person's whole name: two words at least, and no address, nickname or sentence."""
    return 2 <= len(words(name)) <= 5 and not set(name) & NO_NAME


def alike(one: str, other: str) -> int | None:
    """How two names compare: 2 the same, 1 they may be the same, 0 part of one, -1 other first names of a family or
    one first name of two, -2 nothing in common; None when that cannot be said.
    """
    first, second = words(one), words(other)
    if not first or not second or _script(first) != _script(second):
        return None
    if set(first) == set(second):
        return 2 if len(first) > 1 else 0
    if not is_full(one) or not is_full(other):
        return 0 if set(first) & set(second) and min(map(len, (*first, *second))) > 1 else None
    if set(first) < set(second) or set(second) < set(first):
        return 1
    if first[-1] == second[-1] and first[0][0] == second[0][0] and 1 in (len(first[0]), len(second[0])):
        return 1
    return -1 if first[0] == second[0] or first[-1] == second[-1] else -2


def _script(spelled: tuple[str, ...]) -> bool:
    """Whether the letters are Latin; between alphabets names cannot be compared letter by letter."""
    return all(word.isascii() for word in spelled)


def is_rare(handle: str) -> bool:
    """Whether two people would hardly take the same handle by chance."""
    plain = folded(handle)
    return len(plain) >= RARE and plain not in COMMON and not plain.isdigit()


def place(url: str) -> str:
    """A link as it can be compared: host and path, without scheme, "www.", question and final slash; "" for others.

    Hosts have no case; the paths that name accounts have none either on nearly every service.
    """
    bare = url.strip()
    bare = bare if "://" in bare else f"https://{bare}"
    if not link_in(bare) or len(bare) > 300:
        return ""
    host, _, path = bare.split("://", 1)[1].partition("/")
    bare_host = host.lower().partition(":")[0].removeprefix("www.")
    name = RENAMED.get(bare_host, bare_host)
    if "@" in name or not is_host(name):
        return ""
    plain = re.split("[?#]", path)[0].strip("/").lower()
    return f"{name}/{plain}" if plain else name


def is_own_page(link: str) -> bool:
    """Whether a link leads to a page of somebody's own, that is, to a host and not to a page on one."""
    return bool(link) and "/" not in link and link not in SHARED_PAGES


def account_at(url: str, label: str = "") -> tuple[str, str]:
    """Service and handle of a profile's address; the label names services that are not known here."""
    at = place(url)
    host, _, path = at.partition("/")
    service = SERVICES.get(host) or (label if LABEL.fullmatch(label) else host)
    handle = HANDLE.fullmatch(url.split("?", maxsplit=1)[0].rstrip("/").rpartition("/")[2]) if path else None
    return service, handle[1] if handle else at
