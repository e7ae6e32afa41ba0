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
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from string import Formatter

from core.language import ENGLISH, LOCALE, N_, catalogue, spoken, tr

NOTED = LOCALE / "noted.json"
NUMBER = re.compile(r"-?\d[\d,.]*")
SPACED = re.compile(r"\d{1,3}(,\d{3})+")
JOINS = re.compile(r"((?<=[.!?;:,)])\s+|\s+(?=\())")
CLOSING = ".;:,"
BEGINS = 3  # signs by which sentences are told apart before they are read
LONGEST = 4000  # characters; what is longer was not said by us
MOST_PIECES = 24
MOST_TURNS = 4  # at so many pieces
LONGEST_INSIDE = 400  # characters of what stands in a place
DEEPEST = 3  # sentences within the places of others
ENDED = re.compile(r"(?<!\b\w)[.!?;]\s")  # not behind an initial
WORDS = frozenset({"id"})  # places of one word
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
    return _heard(text, spoken()).said


def term(place: str, word: str) -> str:
    """A word that is ours in this place alone (`ptr` in the catalogues): "names" that leaked, not what is called so.
    As it is where it is none."""
    said = catalogue(spoken()).pgettext(place, word.lower())
    return word if said == word.lower() else said


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
    return bool(NUMBER.fullmatch(value)) if name == "n" else name not in WORDS or " " not in value


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
    """The sentences that have no place; those that have, by how they begin; and those that begin with a place, by how
    they end."""

    plain: frozenset[str]
    begun: Mapping[str, Sequence[tuple[str, Known]]]  # each with the longest of its fixed parts
    ended: Mapping[str, Sequence[tuple[str, Known]]]

    def likely(self, text: str) -> Iterator[tuple[Known, dict[str, str]]]:
        """The sentences that this may be, each with what stands in its places."""
        others = (*self.ended.get(text[-BEGINS:], ()), *self.ended.get("", ()))
        for part, each in (*self.begun.get(text[:BEGINS], ()), *others):
            if part in text and (values := each.read(text)) is not None:
                yield each, values


@cache
def _book() -> Book:
    kept: list[list[str]] = json.loads(NOTED.read_text(encoding="utf-8"))
    every = [_known(one, several[0] if several else "", said) for one, *several in kept for said in (one, *several)]
    begun: dict[str, list[tuple[str, Known]]] = {}
    ended: dict[str, list[tuple[str, Known]]] = {}
    for each in every:
        first, last, part = each.fixed[0], each.fixed[-1], max(each.fixed, key=len)
        if each.places and len(first) >= BEGINS:
            begun.setdefault(first[:BEGINS], []).append((part, each))
        elif each.places:
            ended.setdefault(last[-BEGINS:] if len(last) >= BEGINS else "", []).append((part, each))
    return Book(frozenset(each.one for each in every if not each.places and not each.several), begun, ended)


@dataclass(frozen=True, slots=True)
class Read:
    """A text in the language spoken here, and how many of its letters are ours: of several ways to read a text, the
    one that explains most of it is right."""

    said: str
    ours: int
    sure: bool = False  # nothing that stands in its places may be a sentence of its own


@lru_cache(maxsize=4096)
def _heard(text: str, _language: str, depth: int = 0) -> Read:
    pieces = _pieces(text, depth)
    said = "".join(read.said if read else piece for piece, read in pieces)
    return Read(said, _ours(pieces))


def _pieces(text: str, depth: int = 0) -> list[tuple[str, Read | None]]:
    """A text in pieces, each as it reads; None where nobody of ours said it. What stands in a sentence's place is read
    less far than a text that stands alone."""
    whole = _one(text, depth)
    if whole and whole.sure:
        return [(text, whole)]
    pieces = _cut(JOINS.split(text), depth)
    return pieces if whole is None or _ours(pieces) > whole.ours else [(text, whole)]


def _cut(parts: Sequence[str], depth: int) -> list[tuple[str, Read | None]]:
    """The pieces of a text of words and the space behind them, in turn. A long one is cut where a sentence ends, and
    of one that somebody made to be slow the rest stays unread."""
    most = 2 * (MOST_PIECES >> 2 * depth)
    pieces: list[tuple[str, Read | None]] = []
    for _ in range(MOST_TURNS):
        if len(parts) <= most:
            return pieces + (_best(parts, depth) if parts else [])
        ends = next((at for at in range(most, 0, -2) if parts[at - 2].endswith((".", "!", "?"))), most)
        pieces += [*_best(parts[: ends - 1], depth), (parts[ends - 1], Read(parts[ends - 1], 0))]
        parts = parts[ends:]
    return [*pieces, ("".join(parts), None)]


def _ours(pieces: Sequence[tuple[str, Read | None]]) -> int:
    return sum(read.ours for _, read in pieces if read)


def _best(parts: Sequence[str], depth: int) -> list[tuple[str, Read | None]]:
    """The pieces that explain most of it; of several such ways the one with the longest."""
    rest: list[tuple[int, list[tuple[str, Read | None]]]] = [(0, [])] * (len(parts) + 2)  # by where they begin
    for at in range(len(parts) - 1, -1, -2):
        rest[at] = (-1, [])
        for end in range(len(parts), at, -2):
            piece = "".join(parts[at:end])
            read = _one(piece, depth)
            ours = rest[end + 1][0] + (read.ours if read else 0)
            if ours > rest[at][0] and (read or end == at + 1):
                space = [(parts[end], Read(parts[end], 0))] if end < len(parts) else []
                rest[at] = ours, [(piece, read), *space, *rest[end + 1][1]]
    return rest[0][1]


def _one(text: str, depth: int) -> Read | None:
    """One sentence or phrase: as it is, without the sign that closes it, with the stop that it lost inside another, or
    with a capital that only begins a text."""
    bare = text.strip()
    if not bare:
        return Read(text, 0)
    closing = bare[-1] if bare[-1] in CLOSING else ""
    other = (bare.removesuffix(closing), closing) if closing else (f"{bare}.", "")
    for way, end in ((bare, ""), other):
        read = _said(way, depth)
        if read is None and (small := _said(way[:1].lower() + way[1:], depth)) is not None:
            read = replace(small, said=small.said[:1].upper() + small.said[1:])
        if read is not None:
            said = read.said + end if len(way) <= len(bare) else read.said.removesuffix(".")
            return replace(read, said=text.replace(bare, said, 1))
    return _several(text, depth)


def _said(text: str, depth: int) -> Read | None:
    book = _book()
    if text in book.plain:
        return Read(tr(text), len(text), sure=True)
    ways = [_told(known, values, depth) for known, values in book.likely(text)]
    return max(ways, key=lambda way: way.ours, default=None)


def _told(known: Known, values: dict[str, str], depth: int) -> Read:
    count = values.get("n", "1").replace(",", "") if known.several else ""
    sentence = _sentence(known.one, known.several, int(count) if count.isdigit() else 2, spoken())
    put = {name: _value(name, value, depth + 1) for name, value in values.items()}
    said = "".join(text + (put[name].said if name else "") for text, name in _spelled(sentence))
    if depth == 0 and not known.fixed[0] and values[known.places[0]][:1].isupper():
        said = said[:1].upper() + said[1:]  # a phrase of ours that begins it
    sure = not any(map(ENDED.search, values.values()))  # else a place may have taken its neighbours for a name
    return Read(said, known.weight + sum(read.ours for read in put.values()) - (not sure), sure)


@lru_cache(maxsize=4096)
def _sentence(one: str, several: str, count: int, language: str) -> str:
    words = catalogue(language)
    return words.ngettext(one, several, count) if several else words.gettext(one)


@lru_cache(maxsize=4096)
def _spelled(sentence: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((text, name) for text, name, _, _ in Formatter().parse(sentence))


def _value(place: str, text: str, depth: int) -> Read:
    if place in WRITTEN:
        return Read(text, 0)
    if SPACED.fullmatch(text):
        return Read(text.replace(",", "\u00a0") if spoken() != ENGLISH else text, 0)
    read = _heard(text, spoken(), depth) if depth < DEEPEST and len(text) <= LONGEST_INSIDE else Read(text, 0)
    if read.said != text:
        return read
    words = text.split(", ")
    terms = [term(place, each) for each in words]
    ours = sum(len(word) for word, said in zip(words, terms, strict=True) if word != said)
    return Read(", ".join(terms), max(read.ours, ours))


def _several(text: str, depth: int) -> Read | None:
    """`a, b and c`, where each is ours or a name that no language changes."""
    for join, sentence in ENDS.items():
        first, found, last = text.rpartition(join)
        each = [*first.split(", "), last]
        if not found or len(each) > MOST_PIECES:
            continue
        read = [_said(one, depth) or (Read(one, 0) if _is_name(one) else None) for one in each]
        said = [one.said for one in read if one]
        if len(said) == len(each):
            listed = tr(sentence, first=", ".join(said[:-1]), last=said[-1])
            return Read(listed, sum(one.ours for one in read if one))
    return None


def _is_name(text: str) -> bool:
    """A host, address, number or id."""
    return " " not in text and any(sign.isdigit() or sign in ".:@/_" for sign in text)
