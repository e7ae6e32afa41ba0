"""What is noted in English for the record, and heard in the reader's language when it is read.

A record holds one wording of everything, English: what collectors say of a finding is compared, digested and quoted
between teams. `noted` fills a sentence in; `heard` finds it again in what was kept, by the list of all sentences that
may stand there (locale/noted.json, made by `make words`), and says it anew. What nobody of ours said stays as it is:
a source's own words are never touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter

from core.language import ENGLISH, LOCALE, N_, catalogue, spoken, tr

NOTED = LOCALE / "noted.json"
NUMBER = re.compile(r"-?\d[\d,.]*")
SPACED = re.compile(r"\d{1,3}(,\d{3})+")
JOINS = re.compile(r"((?<=[.!?;:,)])\s+|\s+(?=\())")
CLOSING = ".;:,"
TOLD_BY = 3  # signs at an end by which sentences are told apart before they are read
LONGEST = 4000  # characters; what is longer was not said by us
MOST_PIECES = 24  # of a list
MOST_TRIES = 200
WRITTEN = frozenset({"handle", "person", "text"})  # places of what people call themselves: never heard
ENDS = {" and ": N_("{first} and {last}"), " or ": N_("{first} or {last}")}
SPELLED = frozenset({"change", "reputation", "posture"})  # kinds of finding whose value is in words of a collector


def noted(sentence: str, **values: object) -> str:
    """A sentence for the record, in English, with its places filled."""
    return sentence.format(**values)


def nnoted(one: str, several: str, n: int, **values: object) -> str:
    """The same for what is counted: `nnoted("{n} day ago", "{n} days ago", n)`."""
    return (one if n == 1 else several).format(n=n, **values)


def heard(text: str) -> str:
    """What was noted, in the language spoken here; other people's words as they are."""
    if spoken() == ENGLISH or not text or len(text) > LONGEST:
        return text
    return _heard(text, spoken())


def named(kind: str, value: str) -> str:
    """A finding's value: heard where its kind is spelled in words of ours, as it is where a source named it."""
    return heard(value) if kind in SPELLED else value


def unheard(text: str) -> list[str]:
    """The pieces of a text that none of our sentences says; [] when we know all of it. For tests."""
    return [piece for piece, found in _pieces(text) if found is None]


@dataclass(frozen=True, slots=True)
class Known:
    """A sentence that may have been noted: its fixed parts, the places between them, and its other number."""

    one: str
    several: str  # empty: it does not count
    fixed: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def weight(self) -> int:
        return sum(map(len, self.fixed))

    def read(self, text: str) -> dict[str, str] | None:
        """What stands in the places, if this is that sentence. Looks for the fixed parts one after the other, so the
        time it takes does not depend on what a source wrote into a place."""
        first, *middle, last = self.fixed
        if not text.startswith(first) or not text.endswith(last) or len(text) < self.weight:
            return None
        at, end, found = len(first), len(text) - len(last), []
        for part in middle:
            begins = text.find(part, at, end)
            if begins < 0:
                return None
            found.append(text[at:begins])
            at = begins + len(part)
        put = list(zip(self.places, [*found, text[at:end]], strict=True))
        values = dict(put)
        fits = at <= end and all(_fits(name, value) and value == values[name] for name, value in put)
        return values if fits else None


def _fits(name: str, value: str) -> bool:
    return name != "n" or bool(NUMBER.fullmatch(value))


def _known(one: str, several: str, said: str) -> Known:
    fixed, places = [""], []
    for text, name, _, _ in Formatter().parse(said):
        fixed[-1] += text
        if name:
            places.append(name)
            fixed.append("")
    return Known(one, several, tuple(fixed), tuple(places))


@dataclass(frozen=True, slots=True)
class Book:
    """The sentences that have no place; those that have, by how they begin or else end; and those that do both with a
    place."""

    plain: frozenset[str]
    begun: Mapping[str, Sequence[Known]]
    ended: Mapping[str, Sequence[Known]]
    others: Sequence[Known]

    def read(self, text: str) -> tuple[Known, dict[str, str]] | None:
        """The most particular sentence that this is, with what stands in its places."""
        likely = [*self.begun.get(text[:TOLD_BY], ()), *self.ended.get(text[-TOLD_BY:], ()), *self.others]
        read = [(each, values) for each in likely if (values := each.read(text)) is not None]
        return max(read, key=lambda one: one[0].weight, default=None)


@cache
def _book() -> Book:
    kept: list[list[str]] = json.loads(NOTED.read_text(encoding="utf-8"))
    every = [_known(one, several[0] if several else "", said) for one, *several in kept for said in (one, *several)]
    begun: dict[str, list[Known]] = {}
    ended: dict[str, list[Known]] = {}
    for each in filter(lambda each: each.places, every):
        first, last = each.fixed[0], each.fixed[-1]
        if len(first) >= TOLD_BY:
            begun.setdefault(first[:TOLD_BY], []).append(each)
        else:
            ended.setdefault(last[-TOLD_BY:] if len(last) >= TOLD_BY else "", []).append(each)
    others = ended.pop("", [])
    return Book(frozenset(each.one for each in every if not each.places and not each.several), begun, ended, others)


@lru_cache(maxsize=4096)
def _heard(text: str, _language: str) -> str:
    return "".join(found or piece for piece, found in _pieces(text))


def _pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """A text in pieces, each with what it says in the language spoken here; None where nobody of ours said it. What
    cannot be told in so many tries was made by somebody to be slow."""
    parts = JOINS.split(text)  # words and the space behind them, in turn
    at, tries = 0, MOST_TRIES
    while at < len(parts):
        for end in range(len(parts), at, -2):
            tries -= 1
            piece = "".join(parts[at:end])
            if (found := _one(piece)) is not None or end == at + 1:
                yield piece, found
                break
            if tries <= 0:
                yield "".join(parts[at:]), None
                return
        if end < len(parts):
            yield parts[end], parts[end]
        at = end + 1


def _one(text: str) -> str | None:
    """One sentence or phrase: as it is, without the sign that closes it, or with a capital that only begins a text."""
    bare = text.strip()
    if not bare:
        return text
    closing = bare[-1] if bare[-1] in CLOSING else ""
    for way, end in dict.fromkeys(((bare, ""), (bare.removesuffix(closing), closing))):
        if (said := _said(way)) is None and (said := _said(way[:1].lower() + way[1:])) is not None:
            said = said[:1].upper() + said[1:]
        if said is not None:
            return text.replace(bare, said + end, 1)
    return _several(text)


def _said(text: str) -> str | None:
    book = _book()
    if text in book.plain:
        return tr(text)
    read = book.read(text)
    return _told(*read) if read else None


def _told(known: Known, values: dict[str, str]) -> str:
    language = catalogue(spoken())
    if known.several:
        count = values.get("n", "1").replace(",", "")
        sentence = language.ngettext(known.one, known.several, int(count) if count.isdigit() else 2)
    else:
        sentence = language.gettext(known.one)
    return "".join(
        text + (_value(name, values[name]) if name else "") for text, name, _, _ in Formatter().parse(sentence)
    )


def _value(name: str, text: str) -> str:
    if name in WRITTEN:
        return text
    if SPACED.fullmatch(text):
        return text.replace(",", "\u00a0") if spoken() != ENGLISH else text
    return heard(text)


def _several(text: str) -> str | None:
    """`a, b and c`, where each is ours or a name that no language changes."""
    for join, sentence in ENDS.items():
        first, found, last = text.rpartition(join)
        each = [*first.split(", "), last]
        said = [_said(one) or (one if _is_name(one) else None) for one in each]
        if found and len(each) <= MOST_PIECES and None not in said:
            return tr(sentence, first=", ".join(filter(None, said[:-1])), last=said[-1])
    return None


def _is_name(text: str) -> bool:
    """A host, address, number or id."""
    return " " not in text and any(sign.isdigit() or sign in ".:@/_" for sign in text)
