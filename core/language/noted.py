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
SIGNS = 4  # at both ends, by which sentences are told apart before they are read
LONGEST = 4000  # characters; what is longer was not said by us
MOST_PIECES = 24
ENDS = {" and ": N_("{first} and {last}"), " or ": N_("{first} or {last}")}


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


def unheard(text: str) -> list[str]:
    """The pieces of a text that none of our sentences says; [] when we know all of it. For tests."""
    return [piece for piece, told in _Reading().pieces(text) if told is None]


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
    """The sentences that have no place; and those that have, by how they begin and end."""

    plain: frozenset[str]
    placed: Mapping[tuple[str, str], Sequence[Known]]

    def read(self, text: str) -> tuple[Known, dict[str, str]] | None:
        """The most particular sentence that this is, with what stands in its places."""
        signs = range(SIGNS + 1)
        ways = dict.fromkeys((text[:begin], text[len(text) - end :]) for begin in signs for end in signs)
        likely = (each for way in ways for each in self.placed.get(way, ()))
        read = [(each, values) for each in likely if (values := each.read(text)) is not None]
        return max(read, key=lambda one: one[0].weight, default=None)


@cache
def _book() -> Book:
    kept: list[list[str]] = json.loads(NOTED.read_text(encoding="utf-8"))
    every = [_known(one, several[0] if several else "", said) for one, *several in kept for said in (one, *several)]
    placed: dict[tuple[str, str], list[Known]] = {}
    for each in every:
        if each.places:
            way = each.fixed[0][:SIGNS], each.fixed[-1][-SIGNS:]
            placed.setdefault(way, []).append(each)
    return Book(frozenset(each.one for each in every if not each.places and not each.several), placed)


@lru_cache(maxsize=4096)
def _heard(text: str, _language: str) -> str:
    return _Reading().heard(text)[0]


Told = tuple[str, int]  # how something is said, and how many of its signs are words of ours


class _Reading:
    """Reads one text; what it has read of it is kept, so that a text made to be read in many ways takes no longer."""

    def __init__(self) -> None:
        self._known: dict[str, Told | None] = {}
        self._book = _book()

    def heard(self, text: str) -> Told:
        found = [told or (piece, 0) for piece, told in self.pieces(text)]
        return "".join(said for said, _ in found), sum(own for _, own in found)

    def pieces(self, text: str) -> Iterator[tuple[str, Told | None]]:
        """A text in pieces, each with what it says in the language spoken here; None where nobody of ours said it.

        Of all ways to divide it, that in which most is ours: a place of one sentence must not swallow the next.
        """
        parts = JOINS.split(text)  # words and the space behind them, in turn
        if len(parts) > 2 * MOST_PIECES:
            yield text, self._one(text)
            return
        ways: dict[int, tuple[int, int, Told | None]] = {len(parts) + 1: (0, 0, None)}  # from there: ours, a piece
        for at in range(len(parts) - 1, -1, -2):
            pieces = ((end, self._one("".join(parts[at:end]))) for end in range(len(parts), at, -2))
            fit = [(end, told) for end, told in pieces if told is not None or end == at + 1]
            ways[at] = max(((_own(told) + ways[end + 1][0], end, told) for end, told in fit), key=lambda way: way[:2])
        at = 0
        while at < len(parts):
            _, end, told = ways[at]
            yield "".join(parts[at:end]), told
            yield from ((space, (space, 0)) for space in parts[end : end + 1])
            at = end + 1

    def _one(self, text: str) -> Told | None:
        if text not in self._known:
            self._known[text] = self._alone(text)
        return self._known[text]

    def _alone(self, text: str) -> Told | None:
        """One sentence or phrase: as it is, without its closing sign, or with a capital that only begins a text."""
        bare = text.strip()
        if not bare:
            return text, 0
        closing = bare[-1] if bare[-1] in CLOSING else ""
        for way, end in dict.fromkeys(((bare, ""), (bare.removesuffix(closing), closing))):
            if (told := self._said(way)) is None and (told := self._said(way[:1].lower() + way[1:])) is not None:
                told = told[0][:1].upper() + told[0][1:], told[1]
            if told is not None:
                return text.replace(bare, told[0] + end, 1), told[1]
        return self._several(text)

    def _said(self, text: str) -> Told | None:
        if text in self._book.plain:
            return tr(text), len(text)
        read = self._book.read(text)
        return self._told(*read) if read else None

    def _told(self, known: Known, values: dict[str, str]) -> Told:
        language = catalogue(spoken())
        if known.several:
            count = values.get("n", "1").replace(",", "")
            sentence = language.ngettext(known.one, known.several, int(count) if count.isdigit() else 2)
        else:
            sentence = language.gettext(known.one)
        put = {name: self._value(value) for name, value in values.items()}
        said = "".join(text + (put[name][0] if name else "") for text, name, _, _ in Formatter().parse(sentence))
        return said, known.weight + sum(own for _, own in put.values())

    def _value(self, text: str) -> Told:
        if SPACED.fullmatch(text):
            return text.replace(",", "\u00a0") if spoken() != ENGLISH else text, 0
        return self.heard(text)

    def _several(self, text: str) -> Told | None:
        """`a, b and c`, where each is ours or a name that no language changes."""
        for join, sentence in ENDS.items():
            first, found, last = text.rpartition(join)
            each = [*first.split(", "), last]
            said = [self._said(one) or ((one, 0) if _is_name(one) else None) for one in each]
            known = [told for told in said if told is not None]
            if found and len(each) <= MOST_PIECES and len(known) == len(said):
                names = ", ".join(name for name, _ in known[:-1] if name)
                return tr(sentence, first=names, last=known[-1][0]), sum(own for _, own in known)
        return None


def _own(told: Told | None) -> int:
    return told[1] if told else 0


def _is_name(text: str) -> bool:
    """A host, address, number or id."""
    return " " not in text and any(sign.isdigit() or sign in ".:@/_" for sign in text)
