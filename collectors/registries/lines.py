"""Takes a port 43 answer apart into (key, value) pairs, whatever its layout; nothing here knows their meaning.

Four layouts cover what registries send: "key: value" (ICANN, RIRs, DENIC), "[Key] value" (JPRS),
"key............: value" (several ccTLDs), and a heading line followed by indented values (Nominet).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from collectors.registries.registration import tidy

MOST_LINES = 2000
LONGEST_KEY = 60

Pair = tuple[str, str]


class Answer:
    """A port 43 answer as pairs, in order. Keys are lower-case and without decoration."""

    def __init__(self, text: str) -> None:
        self.pairs: list[Pair] = list(_pairs(text))
        self.comments: list[str] = [tidy(line) for line in islice(_lines(text), MOST_LINES) if _is_comment(line)]

    def all(self, *keys: str) -> list[str]:
        """Every value of any of these keys, without repeats."""
        return list(dict.fromkeys(value for key, value in self.pairs if key in keys))

    def first(self, *keys: str) -> str:
        """The first value of the first of these keys that has one: earlier keys are the better ones."""
        return next((value for wanted in keys for key, value in self.pairs if key == wanted), "")

    def blocks(self) -> list[Answer]:
        """The answer cut where a key that opens an RPSL object comes again (whois of the RIRs)."""
        cut: list[list[Pair]] = []
        for pair in self.pairs:
            if not cut or pair[0] in OPENERS:
                cut.append([])
            cut[-1].append(pair)
        return [_of(pairs) for pairs in cut]


OPENERS = frozenset(
    (
        *("inetnum", "inet6num", "aut-num", "as-block", "route", "route6", "domain", "organisation", "role"),
        *("person", "irt", "contact", "nic-hdl-br", "netrange", "asnumber", "orgname"),
        *("orgabusehandle", "orgtechhandle"),
    )
)
"""Keys that begin an object in answers that hold several."""


def _of(pairs: list[Pair]) -> Answer:
    answer = Answer("")
    answer.pairs = pairs
    return answer


def _lines(text: str) -> Iterator[str]:
    return iter(text.replace("\r", "\n").replace("\x00", "").split("\n"))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("%", "#", ">>>", "--"))


def _pairs(text: str) -> Iterator[Pair]:
    heading = ""
    for line in islice((line for line in _lines(text) if line.strip()), MOST_LINES):
        if _is_comment(line):
            continue
        key, value = _split(line)
        if key and value:
            yield key, value
            heading = "" if not line[:1].isspace() else heading
        elif key:
            heading = key
        elif heading and line[:1].isspace():
            yield heading, tidy(line)


def _split(line: str) -> Pair:
    """("registrar", "Example Registrar"), ("registrar", "") for a heading, ("", "") for plain text."""
    stripped = line.strip()
    if stripped.startswith("[") and "]" in stripped[:LONGEST_KEY]:
        key, _, value = stripped[1:].partition("]")
        return _key(key), tidy(value)
    if ":" not in stripped[: LONGEST_KEY + 1]:
        return "", ""
    key, _, value = stripped.partition(":")
    if value.startswith("//"):  # an address on a line of its own
        return "", ""
    return _key(key), tidy(value)


def _key(text: str) -> str:
    return " ".join(text.lower().strip(" .\t").split())
