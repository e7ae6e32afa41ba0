"""Record text as people and machines can keep it: decoded, cut with a count, tags apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from core.language.noted import noted

MOST_SHOWN = 500
MOST_TAGS = 64
MOST_READ = 65_536  # a DNS message holds no more, so neither does an honest record

_HOSTNAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"`|*!]{1,64}@([^\s@]{1,253})")


def readable(strings: Iterable[bytes]) -> str:
    """A TXT record's strings as one text: joined without separator (RFC 7208 3.3), controls as \\DDD (RFC 1035 5.1).

    Escaping is what zone files do, and a NUL would be refused by the database.
    """
    text = b"".join(strings)[:MOST_READ].decode("utf-8", errors="replace")
    return "".join(f"\\{ord(c):03d}" if unicodedata.category(c) == "Cc" else c for c in text)


def cut(text: str, most: int = MOST_SHOWN) -> str:
    """The text, or its beginning and how many characters are left out."""
    if len(text) <= most:
        return text
    left = noted("(+{left} characters)", left=len(text) - most)
    return f"{text[:most]}... {left}"


def hostname(text: str) -> str | None:
    """A DNS name as a host name, lower-case and without the last dot; None when it cannot be one.

    DNS names may hold any bytes, so a record can spell markup; only letters, digits, hyphen and
    underscore make a finding that one can pivot on.
    """
    name = text.rstrip(".").lower()
    return name if _HOSTNAME.fullmatch(name) else None


def domain(text: str) -> str | None:
    """A host name that one can look up next: with a dot, and no address in a name's place."""
    name = hostname(text)
    return name if name and "." in name and not name.rpartition(".")[2].isdigit() else None


def address(text: str) -> str | None:
    """An email address with the domain in lower case; None when it is not a plain one."""
    match = _EMAIL.fullmatch(text.strip())
    behind = domain(match[1]) if match else None
    return f"{match[0][: match.start(1)]}{behind}" if match and behind else None


def tags(text: str) -> dict[str, str]:
    """The `name=value` pairs between semicolons (RFC 6376 3.2); of duplicates the first counts."""
    found: dict[str, str] = {}
    for part in text[:MOST_READ].split(";", MOST_TAGS)[:MOST_TAGS]:
        name, mark, value = part.partition("=")
        if mark and name.strip():
            found.setdefault(name.strip().lower(), value.strip())
    return found


def claims(text: str, version: str) -> bool:
    """Whether the text begins with `v=<version>` as its first tag; the version is case-sensitive."""
    name, mark, value = text.partition(";")[0].partition("=")
    return bool(mark) and name.strip().lower() == "v" and value.strip() == version


def mailboxes(text: str) -> tuple[list[str], list[str]]:
    """The email addresses and the other URIs in a list of report URIs (RFC 9989, RFC 8460)."""
    mails: list[str] = []
    others: list[str] = []
    for part in text[:MOST_READ].split(",", 50)[:50]:
        uri = part.strip()
        scheme, _, rest = uri.partition(":")
        mail = address(rest.split("!")[0].split("?")[0]) if scheme.lower() == "mailto" else None
        if mail:
            mails.append(mail)
        elif uri:
            others.append(cut(uri, 200))
    return list(dict.fromkeys(mails)), list(dict.fromkeys(others))
