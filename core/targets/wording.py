"""How sentences about a target quote what was written and name the kinds."""

from __future__ import annotations

from core.errors import Ambiguous
from core.language import N_, tr
from core.models import Kind, Target
from core.targets.spelling import spell
from core.targets.undressing import smooth

LONGEST_QUOTE = 60

ARTICLES = {
    Kind.DOMAIN: N_("a domain"),
    Kind.IP: N_("an IP address"),
    Kind.CIDR: N_("a network"),
    Kind.ASN: N_("an AS number"),
    Kind.URL: N_("a URL"),
    Kind.EMAIL: N_("an email address"),
    Kind.USERNAME: N_("a user name"),
    Kind.PHONE: N_("a phone number"),
    Kind.HASH: N_("a file hash"),
    Kind.NAME: N_("a name"),
    Kind.FILE: N_("a file"),
}


def quoted(text: str) -> str:
    """What the asker wrote, short enough for a sentence and without what cannot be seen."""
    shown = smooth(text[: 4 * LONGEST_QUOTE]).strip()
    return tr('"{text}"', text=shown if len(shown) <= LONGEST_QUOTE else f"{shown[:LONGEST_QUOTE]}…")


def ask(text: str, choices: tuple[Target, ...]) -> Ambiguous:
    """The question that several readings leave, with what to type for each."""
    kinds = _either([tr(ARTICLES[choice.kind]) for choice in choices])
    typed = _either([spell(choice) for choice in choices])
    return Ambiguous(
        tr("{text} could be {kinds}. Write {typed}.", text=quoted(text), kinds=kinds, typed=typed), choices
    )


def _either(words: list[str]) -> str:
    *first, last = dict.fromkeys(words)
    return tr("{first} or {last}", first=", ".join(first), last=last) if first else last
