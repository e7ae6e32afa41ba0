"""A profile as one service shows it, in the same few fields for all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.names import email_in, is_host
from collectors.profiles.hypertext import read
from core.errors import Changed
from core.language import N_
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Reply

OTHER = N_("{source} was asked about {asked} and answered about {answered}.")
LONGEST_BIO = 300
LONGEST_LINE = 120
LONGEST_URL = 1000
MOST_LINKS = 30  # of one profile

_URL = re.compile(r"(https?)://([a-z0-9._-]{1,253})(:\d{1,5})?([/?#]\S*)?", re.IGNORECASE | re.ASCII)
_URL_IN_TEXT = re.compile(
    r"https?://[a-z0-9._:-]{1,260}(?:[/?#][^\s<>\"'`|\\^{}()\[\],]{0,500})?", re.IGNORECASE | re.ASCII
)
_NO_URL = frozenset(" <>\"'`|\\^{}")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a profile points. `proven`: the service itself made sure that both belong to one owner."""

    url: str
    how: str  # "its website", "its text", "a Keybase proof"
    proven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one service says about one name. Everything but the first four may be missing."""

    service: str
    name: str  # as the service spells it
    page: str  # for people
    reply: Reply
    display: str = ""
    sort: str = ""  # person, organisation, bot; as the service says
    bio: str = ""
    location: str = ""
    organisation: str = ""
    joined: datetime | None = None
    active: datetime | None = None
    followers: int | None = None
    posts: int | None = None
    avatar: str = ""
    emails: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    flags: tuple[str, ...] = ()  # "suspended", "verified by the service"
    keys: tuple[str, ...] = ()  # other names of the same profile that links use: a number, a DID
    key_print: str = ""  # fingerprint of the OpenPGP key it shows
    loose: bool = False  # the name is not unique there

    @property
    def label(self) -> str:
        return f"{self.service}: {self.name}"


def line(value: Any, *path: shape.Step, most: int = LONGEST_LINE) -> str:
    """A text of a profile as one line of bounded length."""
    return " ".join(shape.text(value, *path)[: most * 4].split())[:most]


def bio(value: Any, *path: shape.Step) -> str:
    """What somebody writes about themselves, its markup removed."""
    return " ".join(read(shape.text(value, *path)[:16_000]).text.split())[:LONGEST_BIO]


def plain_bio(value: Any, *path: shape.Step) -> str:
    """The same where the service has no markup."""
    return line(value, *path, most=LONGEST_BIO)


def count(value: Any, *path: shape.Step) -> int | None:
    """A number of followers or posts."""
    found = shape.whole(value, *path)
    return found if found is not None and 0 <= found < 10**12 else None


def address(text: str) -> str:
    """A web address as people may copy it, its host in lower case, without password; "" for others."""
    match = _URL.fullmatch(text.strip()[:LONGEST_URL])
    if match is None or not text.isascii() or not text.isprintable() or set(text.strip()) & _NO_URL:
        return ""
    scheme, host, port, rest = match.groups()
    if not is_host(host.lower()):
        return ""
    return f"{scheme.lower()}://{host.lower()}{port or ''}{rest or '/'}"


def website(value: Any, *path: shape.Step) -> str:
    """A field for one's website: often without the scheme."""
    text = shape.text(value, *path).strip()
    return address(text) or (address(f"https://{text}") if "://" not in text and "." in text else "")


def links(*found: tuple[str, str], proven: bool = False) -> tuple[Link, ...]:
    """Links out of (address, how) pairs, without empty ones and repetitions."""
    kept = {url: Link(url, how, proven) for url, how in reversed(found) if url}
    return tuple(reversed(kept.values()))[:MOST_LINKS]


def mentioned(text: str, how: str) -> tuple[tuple[str, str], ...]:
    """The web addresses in a text."""
    return tuple((address(found.rstrip(".,;:!?")), how) for found in _URL_IN_TEXT.findall(text[:4000])[:MOST_LINKS])


def mailboxes(*texts: str) -> tuple[str, ...]:
    """The texts that are e-mail addresses."""
    return tuple(dict.fromkeys(mail for mail in map(email_in, texts) if mail))


def need(value: Any, source: str, *path: shape.Step) -> str:
    """A text that an answer of this source always has.

    Raises:
        Changed: it has none.
    """
    found = line(value, *path)
    if not found:
        missing = ".".join(map(str, path))
        raise Changed(noted("{source} answered a profile without {field}.", source=source, field=missing))
    return found


def same(asked: str, answered: str, source: str) -> None:
    """An answer about another name must not be told as this one's.

    Raises:
        Changed: it is.
    """
    if asked.casefold() != answered.casefold():
        raise Changed(noted(OTHER, source=source, asked=asked, answered=answered))
