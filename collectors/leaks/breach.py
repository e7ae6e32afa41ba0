"""One breach or paste as Have I Been Pwned writes it, read field by field: nothing that is not listed here gets in.

Passwords are never part of these answers. Should one stand in a field all the same, it does not pass: names must be
names, kinds of data must be known ones, and free text loses whatever looks like a secret or an address.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors import shape
from collectors.leaks.weight import KNOWN
from collectors.names import is_host, link_in

FLAGS = {
    "IsVerified": "verified",
    "IsFabricated": "fabricated",
    "IsSensitive": "sensitive",
    "IsRetired": "retired",
    "IsSpamList": "spam_list",
    "IsMalware": "malware",
    "IsStealerLog": "stealer_log",
    "IsSubscriptionFree": "subscription_free",
}
MOST_ABOUT = 500
MOST_CLASSES = 60
MOST_COUNT = 10**11
WITHHELD = "[withheld]"

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
TITLE = re.compile(r"[^\W_][\w .,'&!+()/-]{0,99}")
PASTE = re.compile(r"[A-Za-z0-9_-]{1,100}")
# "password: x", "pw=x", and what follows an address after a colon: the form of stolen lists.
SECRET = re.compile(r"(?i)\b(pass(?:word|phrase|wd)?|pwd?|secret|token|pin)\b(\s+(?:is|was)\s+|\s*[:=]\s*)\S+")
PIECES = re.compile(r"[^<]+|<[^<>]*>?")
ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")


@dataclass(frozen=True, slots=True)
class Breach:
    """A leak: what it is called, when it happened and became known, what was taken."""

    name: str  # the source's own key for it
    title: str
    domain: str  # the site it was taken from; "" when it is none
    happened: datetime | None
    added: datetime | None
    changed: datetime | None
    accounts: int | None
    classes: tuple[str, ...]  # kinds of data that we know
    unknown_classes: int  # kinds that we do not
    about: str
    flags: Mapping[str, bool | None]  # None: not said

    def has(self, flag: str) -> bool:
        return self.flags.get(flag) is True

    @property
    def is_sure(self) -> bool:
        return self.has("verified") and not self.has("fabricated") and not self.has("retired")


def breach(row: Any) -> Breach | None:
    """One element of /breachedaccount or /breaches; None when it has no name."""
    name = shape.text(row, "Name")
    if not NAME.fullmatch(name):
        return None
    said = [each.strip() for each in shape.texts(row, "DataClasses")]
    known = [each for each in dict.fromkeys(said) if each.lower() in KNOWN][:MOST_CLASSES]
    title = shape.text(row, "Title").strip()
    domain = shape.text(row, "Domain").strip().lower().rstrip(".")
    accounts = shape.whole(row, "PwnCount")
    return Breach(
        name=name,
        title=title if TITLE.fullmatch(title) else name,
        domain=domain if is_host(domain) else "",
        happened=shape.when(row, "BreachDate"),
        added=shape.when(row, "AddedDate"),
        changed=shape.when(row, "ModifiedDate"),
        accounts=accounts if accounts is not None and 0 <= accounts < MOST_COUNT else None,
        classes=tuple(known),
        unknown_classes=len(set(said)) - len(known),
        about=without_secrets(plain(shape.text(row, "Description"))),
        flags={
            ours: flag if isinstance(flag := shape.dig(row, theirs), bool) else None for theirs, ours in FLAGS.items()
        },
    )


@dataclass(frozen=True, slots=True)
class Paste:
    """A text with addresses in it. Neither its words nor its title, which anybody can write, are kept."""

    source: str
    id: str
    url: str  # where the source gives one instead of an id
    posted: datetime | None
    addresses: int | None


def paste(row: Any) -> Paste | None:
    """One element of /pasteaccount; None when it cannot be named."""
    source, mark = shape.text(row, "Source").strip(), shape.text(row, "Id").strip()
    url = link_in(mark)[:300].partition("?")[0].partition("#")[0]
    if not NAME.fullmatch(source) or "@" in url or not (url or PASTE.fullmatch(mark)):
        return None
    addresses = shape.whole(row, "EmailCount")
    return Paste(
        source=source,
        id="" if url else mark,
        url=url,
        posted=shape.when(row, "Date"),
        addresses=addresses if addresses is not None and 0 <= addresses < MOST_COUNT else None,
    )


def plain(markup: str) -> str:
    """The text of a description, which the source writes as HTML; read in one pass, whatever it holds."""
    said: list[str] = []
    hidden = False
    for piece in PIECES.findall(markup[: MOST_ABOUT * 8]):
        if piece.startswith("<"):
            tag = piece[:8].lower()
            hidden = tag.startswith(("<script", "<style")) or (hidden and not tag.startswith(("</script", "</style")))
        elif not hidden:
            said.append(piece)
    words = " ".join(html.unescape("".join(said)).split())
    return words if len(words) <= MOST_ABOUT else words[: MOST_ABOUT - 1].rstrip() + "…"


def without_secrets(text: str) -> str:
    """The text without addresses, without what may follow them, and without what is called a password."""
    return SECRET.sub(lambda found: f"{found[1]}{found[2]}{WITHHELD}", ADDRESS.sub(WITHHELD, text))
