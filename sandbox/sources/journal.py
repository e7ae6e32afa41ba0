"""What the stand-in sources were asked, in order, so that a test can count the questions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it came in. `about` is the name, address or number it is about."""

    protocol: str  # http, dns or whois
    host: str  # the HTTP host, "dns", or the WHOIS server the question is for
    about: str
    text: str  # path with query, "name TYPE", or the WHOIS line
    via: str = ""  # scheme or transport: https, udp, tcp
    agent: str = ""  # the User-Agent, over HTTP
    flags: str = ""  # of a DNS query: "RD AD CD"

    @property
    def line(self) -> str:
        """The question on one line; what `match` looks into."""
        return f"{self.protocol} {self.host} {self.text}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its number, its time and how it was answered (a behaviour's kind)."""

    number: int
    at: datetime
    question: Question
    behaviour: str

    def shown(self) -> dict[str, object]:
        """The entry as the control API gives it: flat, with `path` or `name` and `type` by protocol."""
        flat: dict[str, object] = {"number": self.number, "at": self.at.isoformat(), **asdict(self.question)}
        flat["behaviour"] = self.behaviour
        if self.question.protocol == "http":
            flat["path"] = self.question.text
        elif self.question.protocol == "dns":
            flat["name"], _, flat["type"] = self.question.text.rpartition(" ")
        return flat


@dataclass
class Journal:
    """The questions since the last reset; numbers go on counting so that a waiter never sees one twice."""

    entries: deque[Asked] = field(default_factory=lambda: deque(maxlen=KEPT))
    last: int = 0
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, question: Question, behaviour: str) -> None:
        """Write a question down and wake whoever waits for one."""
        self.last += 1
        self.entries.append(Asked(self.last, datetime.now(UTC), question, behaviour))
        self._grown.set()
        self._grown = asyncio.Event()

    def since(self, number: int, match: Sequence[str] = ()) -> list[Asked]:
        """Entries after `number` whose line holds every string of `match`, ignoring case."""
        wanted = [each.lower() for each in match]
        return [
            entry
            for entry in self.entries
            if entry.number > number and all(each in entry.question.line.lower() for each in wanted)
        ]

    async def changes(self, number: int, match: Sequence[str], seconds: float) -> list[Asked]:
        """Like `since`, but wait up to `seconds` for the first such entry."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := self.since(number, match)):
                    await self._grown.wait()
        except TimeoutError:
            return []
        return found

    def clear(self) -> None:
        """Forget the questions; the count goes on."""
        self.entries.clear()
