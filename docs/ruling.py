"""The page of rules: what each shipped rule says, on what it stands, and the language they are written in."""

from __future__ import annotations

from collections.abc import Iterator

from core.correlation import Look, Rule, shipped
from core.correlation.comparing import OPERATORS
from docs.tables import table

LANGUAGE = {
    "is": "equal; letters of either case",
    "is_not": "not equal to it, nothing of several",
    "in": "one of a list; a list alone means the same",
    "only": "nothing but what is in the list",
    "not_in": "none of a list",
    "starts": "a text that begins so",
    "ends": "a text that ends so",
    "contains": "a text with this in it",
    "lacks": "a text without it, of several all of them",
    "word": "a text with these words in it",
    "above": "a number above",
    "below": "a number below",
    "at_least": "a number of at least",
    "at_most": "a number of at most",
    "newer_than_days": "a time at most so many days ago",
    "older_than_days": "a time more than so many days ago",
    "within_days": "a time in the future, at most so many days away",
    "past": "a time that is over, or not",
    "filled": "something stands there, or is yes",
    "inside": "an address in one of these networks",
    "private": "an address inside a private network, or not",
    "target": "a name that is the target itself (same), lies below it, or outside",
}


def rules() -> Iterator[str]:
    """The page's lines."""
    held = shipped()
    yield f"{len(held)} rules come with Gumshoe. Each looks at the findings of one scan, once it has ended, and makes a"
    yield "headline of them. How to write your own: [rules of your own](../how-to/write-your-own-rules.md)."
    yield ""
    yield "Findings that somebody judged false, of somebody else or benign count for nothing. That something is *not*"
    yield "there is believed only of a collector that answered in full: one that could not look, or only in part, never"
    yield "makes such a rule come true."
    yield ""
    yield from table(("Rule", "Severity", "Comes true when there is"), [_row(rule) for rule in held])
    yield "## Comparisons"
    yield ""
    yield "There are no patterns: nothing in a rule can be slow."
    yield ""
    yield from table(("Comparison", "Comes true for"), [(f"`{name}`", LANGUAGE[name]) for name in OPERATORS])
    for file in dict.fromkeys(rule.source for rule in held):
        yield from [f"## {file}", ""]
        for rule in held:
            if rule.source == file:
                yield from _about(rule)


def _row(rule: Rule) -> tuple[str, str, str]:
    return f"`{rule.name}`", str(rule.severity), "; ".join(map(_look, rule.looks))


def _look(look: Look) -> str:
    return f"{look.words[:1].lower()}{look.words[1:]} ({', '.join(look.collectors) or 'any collector'})"


def _about(rule: Rule) -> Iterator[str]:
    yield f"**{rule.name}** ({rule.severity}): \u201c{rule.sentence}\u201d"
    yield f"{rule.why} What would change it: {rule.change[:1].lower()}{rule.change[1:]}"
    yield ""
