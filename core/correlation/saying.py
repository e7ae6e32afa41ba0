"""The sentence of a headline: a rule's own words, with what was found put in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.correlation.comparing import Around, leaves, moment
from core.correlation.language import Rule
from core.language import amount, tr
from core.language.noted import heard, named
from core.models import Finding
from core.targets import spell

PLACE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\}")  # names and dots alone: linear
SHOWN = 3
LONGEST = 80  # characters of one of several values; a text that stands alone may be longer
ALONE = 200


def spoken(rule: Rule) -> Rule:
    """The rule with its words in the language spoken here; a team's own rule says what the team wrote."""
    if not rule.is_shipped:
        return rule
    looks = tuple(replace(look, words=tr(look.words)) for look in rule.looks)
    return replace(rule, sentence=tr(rule.sentence), why=tr(rule.why), change=tr(rule.change), looks=looks)


def places(sentence: str) -> list[str]:
    """What is to be put in."""
    return PLACE.findall(sentence)


def said(sentence: str, around: Around, found: Mapping[str, Sequence[Finding]]) -> str:
    """The sentence with all places filled; raw, as sources write. What is not there is called unknown."""

    def filled(match: re.Match[str]) -> str:
        name, _, path = match[1].partition(".")
        if name == "target":
            return spell(around.target)
        those = found.get(name, ())
        if path == "count":
            return amount(len(those))
        if path == "values":
            return listed([named(each.kind, each.value) for each in those])
        return listed([_spelled(value) for value in leaves(those[0], path)]) if those else tr("unknown")

    return PLACE.sub(filled, sentence)


def listed(words: Sequence[str]) -> str:
    """`a, b, c and 32 more`."""
    known = list(dict.fromkeys(words))
    most = ALONE if len(known) == 1 else LONGEST
    shown = [each if len(each) <= most else f"{each[:most]}…" for each in known[:SHOWN]]
    if len(known) > SHOWN:
        return tr("{shown} and {n:,} more", shown=", ".join(shown), n=len(known) - SHOWN)
    return ", ".join(shown) or tr("unknown")


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    when = moment(value) if not isinstance(value, str) or len(value) > 10 else None
    return f"{when:%Y-%m-%d}" if when else heard(str(value))
