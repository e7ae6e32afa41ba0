"""How a source misbehaves: rules that tests and the demo set, and the ones the invented world starts with."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from sandbox.sources.journal import Question


class Kind(StrEnum):
    """What happens to a question."""

    OK = "ok"  # the answer, at once
    DOWN = "down"  # HTTP 503, DNS SERVFAIL, an empty WHOIS reply
    STATUS = "status"  # the HTTP status; DNS and WHOIS make of it what they can
    SLOW = "slow"  # the answer after `seconds`
    HANG = "hang"  # no answer, the connection stays open
    RESET = "reset"  # the connection is torn down
    HTML = "html"  # a wall's page with status 200 instead of the answer
    TRUNCATED = "truncated"  # the connection ends in the middle of the answer
    FLAKY = "flaky"  # down at first, fine afterwards: see Rule.times


@dataclass(frozen=True, slots=True)
class Rule:
    """Which questions misbehave and how.

    `name` covers the name and everything below it. `times` is how often the rule applies before it
    steps aside. For `flaky` both `times` and `seconds` count per source and name: it recovers when
    any one question was asked more than `times` times, or `seconds` after the first one. Counting
    one question (with its DNS flags), not all, makes "the first asking" survive a client that asks fifty things in
    parallel and repeats each twice.
    """

    kind: Kind
    name: str = ""
    host: str = ""
    protocol: str = ""
    status: int = 503
    seconds: float = 0.0
    times: int = 0  # 0: no end
    retry_after: int | None = None

    def covers(self, question: Question) -> bool:
        """Whether this rule is about that question."""
        return (
            self.protocol in ("", question.protocol)
            and self.host in ("", question.host)
            and (not self.name or f".{question.about}".endswith(f".{self.name}"))
        )


AT_FIRST = (
    Rule(Kind.STATUS, name="example.net", host="crt.sh", status=429, retry_after=120),
    Rule(Kind.STATUS, name="broken.test", host="crt.sh", status=502, times=1),
    Rule(Kind.HTML, name="broken.test", host="crt.sh"),
    Rule(Kind.DOWN, name="broken.test", protocol="dns"),
    Rule(Kind.RESET, name="broken.test"),
    Rule(Kind.SLOW, name="slow.test", seconds=20),
    Rule(Kind.FLAKY, name="flaky.test", protocol="dns", times=1, seconds=12),
    Rule(Kind.FLAKY, name="flaky.test", times=3, seconds=12),
)
"""The invented world's own troubles; /control/reset brings them back.

`flaky.test` is made for two looks, of which the first one fails: a client asks DNS once, but may
repeat an HTTP or WHOIS question twice before it gives up.
"""


@dataclass
class Board:
    """The rules in force, newest first, and how often each was used."""

    clock: Callable[[], float] = time.monotonic
    rules: list[Rule] = field(default_factory=lambda: list(AT_FIRST))
    _used: Counter[Rule] = field(default_factory=Counter)
    _asked: Counter[tuple[Rule, str, str, str, str]] = field(default_factory=Counter)
    _first: dict[tuple[Rule, str, str], float] = field(default_factory=dict)
    _recovered: set[tuple[Rule, str, str]] = field(default_factory=set)

    def add(self, rule: Rule) -> None:
        """Let a rule win over those before it, with a fresh count; one for the same questions goes."""
        self.rules = [rule, *(each for each in self.rules if not _same_questions(each, rule))]
        self._forget(rule)

    def reset(self) -> None:
        """Back to the world's own troubles, uncounted."""
        self.rules = list(AT_FIRST)
        for counts in (self._used, self._asked, self._first, self._recovered):
            counts.clear()

    def decide(self, question: Question) -> Rule:
        """The rule for this question; a flaky one comes back as down or ok. Counts the question."""
        for rule in self.rules:
            if not rule.covers(question):
                continue
            if rule.kind is Kind.FLAKY:
                return replace(rule, kind=Kind.OK if self._has_recovered(rule, question) else Kind.DOWN)
            if rule.times and self._used[rule] >= rule.times:
                continue
            self._used[rule] += 1
            return rule
        return Rule(Kind.OK)

    def _has_recovered(self, rule: Rule, question: Question) -> bool:
        source = (rule, question.protocol, question.host)
        repeated = (*source, question.text, question.flags)
        self._asked[repeated] += 1
        started = self._first.setdefault(source, self.clock())
        over = rule.seconds and self.clock() - started > rule.seconds
        if over or self._asked[repeated] > (rule.times or 1):
            self._recovered.add(source)
        return source in self._recovered

    def _forget(self, rule: Rule) -> None:
        self._used.pop(rule, None)
        for key in [key for key in self._asked if key[0] == rule]:
            del self._asked[key]
        for source in [source for source in self._first if source[0] == rule]:
            del self._first[source]
            self._recovered.discard(source)


def _same_questions(one: Rule, other: Rule) -> bool:
    return (one.name, one.host, one.protocol) == (other.name, other.host, other.protocol)


async def wait(rule: Rule) -> None:
    """Spend the time this rule asks for; a hanging one ends only when its task is cancelled."""
    if rule.kind is Kind.SLOW:
        await asyncio.sleep(rule.seconds)
    elif rule.kind is Kind.HANG:
        await asyncio.Event().wait()


class TornDown(Exception):
    """This conversation shall end with a reset."""


class Connection(Protocol):
    """What the socket behind a stream can do for us."""

    def setsockopt(self, level: int, name: int, value: bytes, /) -> None: ...


def forget_linger(connection: Connection) -> None:
    """Make the next close of this connection a reset, not a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
