"""User names and names of people and organisations: the two kinds that have no grammar of their own."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from core.models import Kind, Target

LONGEST_NAME = 100
USERNAME = re.compile(r"[\w.+-]{1,64}")
PUNCTUATION = frozenset(" .,'’-–&()+/!·")


def username(text: str) -> Target | None:
    """A user name as sites spell them; one leading @ is left out, the case is kept."""
    name = normalize("NFC", text.removeprefix("@"))
    if not USERNAME.fullmatch(name) or not any(map(str.isalnum, name)):
        return None
    return Target(Kind.USERNAME, name)


def name(text: str) -> Target | None:
    """The name of a person or an organisation: letters in any script, and what names are written with."""
    plain = normalize("NFC", " ".join(text.split()))
    if not 2 <= len(plain) <= LONGEST_NAME or not any(map(str.isalpha, plain)):
        return None
    if not all(letter in PUNCTUATION or category(letter)[0] in "LMN" for letter in plain):
        return None
    return Target(Kind.NAME, plain)
