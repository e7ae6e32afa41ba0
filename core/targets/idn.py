"""Names in every script and their ASCII spelling (IDNA 2008 with UTS 46 mapping), both ways."""

from __future__ import annotations

import re

import ada_url
import idna

from core.addresses import LONGEST

# Letters, digits and hyphens (RFC 1123 2.1); underscores too, for names like _dmarc (RFC 8552).
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def to_ascii(name: str) -> str | None:
    """The canonical spelling of a host name: A-labels, lower case. None if it is not shaped like a name."""
    if not 0 < len(name) <= LONGEST:
        return None
    labels = (name if name.isascii() else _mapped(name)).lower().split(".")
    spelled = [_label(label) for label in labels]
    if None in spelled:
        return None
    joined = ".".join(label for label in spelled if label)
    return joined if len(joined) <= LONGEST else None


def to_unicode(domain: str) -> str:
    """What readers of its script see; the name itself where it has no other form."""
    return ".".join(_unicode_label(label) for label in domain.split("."))


def _mapped(name: str) -> str:
    try:
        return idna.uts46_remap(name, std3_rules=False, transitional=False)
    except idna.IDNAError:
        return name


def _label(label: str) -> str | None:
    """Outside IDNA 2008 the browsers' rules decide: emoji and old names exist and resolve."""
    if not label.isascii() or label.startswith("xn--"):
        label = _a_label(label) or ""
    return label if LABEL.fullmatch(label) else None


def _a_label(label: str) -> str | None:
    try:
        return idna.alabel(label).decode()
    except (idna.IDNAError, UnicodeError):
        pass
    try:
        return ada_url.idna.encode(label).decode()
    except (ValueError, UnicodeError):
        return None


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        pass
    try:
        return ada_url.idna.decode(label)
    except (ValueError, UnicodeError):
        return label
