"""How sentences about a target quote what was written and name the kinds."""

from __future__ import annotations

from core.errors import Ambiguous
from core.models import Kind, Target
from core.targets.spelling import spell
from core.targets.undressing import smooth

LONGEST_QUOTE = 60

ARTICLES = {
    Kind.DOMAIN: "a domain",
    Kind.IP: "an IP address",
    Kind.CIDR: "a network",
    Kind.ASN: "an AS number",
    Kind.URL: "a URL",
    Kind.EMAIL: "an email address",
    Kind.USERNAME: "a user name",
    Kind.PHONE: "a phone number",
    Kind.HASH: "a file hash",
    Kind.NAME: "a name",
    Kind.FILE: "a file",
}


def quoted(text: str) -> str:
    """What the asker wrote, short enough for a sentence and without what cannot be seen."""
    shown = smooth(text[: 4 * LONGEST_QUOTE]).strip()
    return f'"{shown}"' if len(shown) <= LONGEST_QUOTE else f'"{shown[:LONGEST_QUOTE]}…"'


def ask(text: str, choices: tuple[Target, ...]) -> Ambiguous:
    """The question that several readings leave, with what to type for each."""
    kinds = _either([ARTICLES[choice.kind] for choice in choices])
    typed = _either([spell(choice) for choice in choices])
    return Ambiguous(f"{quoted(text)} could be {kinds}. Write {typed}.", choices)


def _either(words: list[str]) -> str:
    words = list(dict.fromkeys(words))
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
