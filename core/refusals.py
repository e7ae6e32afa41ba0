"""Whom nobody may look up: a list of people, and of domains whose e-mail addresses are covered as a whole."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from core.models import SELECTORS, Kind, Target

LISTED = SELECTORS | {Kind.DOMAIN}
"""What can be on the list. A domain on it covers the addresses of it and of the domains below, not the domain itself:
one's own domains are for looking after."""

DOTLESS = ("gmail.com", "googlemail.com")
"""One provider with two names, for which dots in an address count for nothing
(https://support.google.com/mail/answer/7436150)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry of the list."""

    target: Target
    why: str
    made_by: str
    made_at: datetime


def canonical(target: Target) -> Target:
    """The entry that stands for a target: letters' case, accents, the order of names, and the tag of an address do not
    make another person; nor do dots where the provider ignores them."""
    if target.kind is Kind.EMAIL:
        local, _, domain = target.value.casefold().rpartition("@")
        local = local.partition("+")[0] or local
        if domain in DOTLESS:
            local, domain = local.replace(".", ""), DOTLESS[0]
        return Target(Kind.EMAIL, f"{local}@{domain}")
    if target.kind is Kind.NAME:
        last, comma, first = target.value.casefold().partition(",")
        name = unicodedata.normalize("NFKD", f"{first} {last}" if comma else last)
        return Target(Kind.NAME, " ".join("".join(each for each in name if not unicodedata.combining(each)).split()))
    if target.kind is Kind.USERNAME:
        return Target(target.kind, target.value.casefold())
    return Target(target.kind, target.value)


def covering(target: Target) -> tuple[Target, ...]:
    """Every entry that would cover a target: itself, and for an address the domains that it is in."""
    if not target.is_selector:
        return ()
    entry = canonical(target)
    if target.kind is not Kind.EMAIL:
        return (entry,)
    labels = target.value.casefold().rpartition("@")[2].split(".")
    above = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return (entry, *(Target(Kind.DOMAIN, domain) for domain in above))
