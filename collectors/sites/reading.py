"""What a site's answer says about a name: both sides of its rule are held against it, and walls are told apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from collectors import shape
from collectors.doors.reply import Reply
from collectors.sites.rules import NAME, Evidence, Rule
from collectors.sites.walls import is_login, is_wall, may_be_wall
from core.errors import (
    BadKey,
    Blocked,
    Changed,
    Forbidden,
    RateLimited,
    SourceError,
    SourceTimeout,
    TooLarge,
    UnsafeAddress,
)
from core.language.noted import noted

JOINED = "joined"
MILLISECONDS = 100_000_000_000  # as seconds: the year 5138
LONGEST = 300  # characters of what a profile says of itself


class State(StrEnum):
    """What is known about a name on one site."""

    EXISTS = "exists"
    ABSENT = "absent"
    ILLEGAL = "illegal"  # the site allows no such name
    UNKNOWN = "unknown"  # it answered, and showed neither or both
    HIDDEN = "hidden"  # it said no, and says the same of pages that are hidden
    UNRELIABLE = "unreliable"  # it says yes to a name that nobody has
    BLOCKED = "blocked"
    LIMITED = "limited"
    TIMEOUT = "timeout"
    DOWN = "down"
    UNASKED = "unasked"  # the time was up


SETTLED = frozenset({State.EXISTS, State.ABSENT})
"""States that answer the question."""

OF_ERRORS: tuple[tuple[tuple[type[SourceError], ...], State], ...] = (
    ((Blocked, Forbidden, BadKey), State.BLOCKED),
    ((RateLimited,), State.LIMITED),
    ((SourceTimeout,), State.TIMEOUT),
    ((Changed, TooLarge, UnsafeAddress), State.UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says, and which part of it says so."""

    state: State
    name: str = ""  # as the site spells it
    because: str = ""
    profile: Mapping[str, str] = field(default_factory=dict)  # what it says of its holder
    joined: datetime | None = None


def failed(error: SourceError) -> State:
    """The state of a site that could not be asked."""
    return next((state for kinds, state in OF_ERRORS if isinstance(error, kinds)), State.DOWN)


def read(rule: Rule, reply: Reply, name: str) -> Reading:
    """Hold both sides of the rule against an answer. Never raises: what cannot be read is unknown."""
    page = _Page(reply, rule.spelled(name))
    if page.is_wall(rule):
        return Reading(State.BLOCKED)
    yes, no = page.shows(rule.exists), page.shows(rule.absent)
    if no and (not yes or not rule.exists.is_strong):
        return Reading(State.ABSENT)  # a page that says there is none may hold the name all the same
    if yes and not no:
        return Reading(State.BLOCKED) if rule.exists.may_echo and page.asks_for_login else page.exists(rule)
    return Reading(State.BLOCKED if not yes and may_be_wall(reply.headers, page.text) else State.UNKNOWN)


class _Page:
    """An answer, unpacked once for both sides."""

    def __init__(self, reply: Reply, name: str) -> None:
        self._reply = reply
        self.status = int(reply.status)
        self.text = reply.text()
        self._location = reply.headers.get("location", "")
        self._truncated = reply.truncated
        self._name = name
        self._folded = self.text.casefold()

    def is_wall(self, rule: Rule) -> bool:
        """Whether it is a wall beyond doubt, or leads to a login where the rule does not look at where it leads."""
        leads = 300 <= self.status < 400 and not (rule.exists.location or rule.absent.location)
        return is_wall(self.status, self._reply.headers, self.text) or (leads and is_login(self._reply.headers, ""))

    @property
    def asks_for_login(self) -> bool:
        """A login page names whom it was asked for."""
        return is_login(self._reply.headers, self.text)

    def shows(self, evidence: Evidence) -> bool:
        return (
            (not evidence.status or self.status in evidence.status)
            and (not evidence.text or any(map(self._says, evidence.text)))
            and (not evidence.field or self._value(evidence.field).casefold() == self._name.casefold())
            and (not evidence.whole or (self.text.strip() == evidence.whole and not self._truncated))
            and (not evidence.location or self._filled(evidence.location) in self._location.casefold())
        )

    def exists(self, rule: Rule) -> Reading:
        spelled = self._value(rule.exists.field) if rule.exists.field else ""
        said = {each: self._value(path)[:LONGEST] for each, path in rule.profile.items() if each != JOINED}
        return Reading(
            State.EXISTS,
            spelled or self._name,
            self._because(rule.exists),
            {each: text for each, text in said.items() if text},
            self._when(rule.profile.get(JOINED, "")),
        )

    def _because(self, evidence: Evidence) -> str:
        """What spoke for it, in a few words."""
        if evidence.field:
            return noted("the answer names the account")
        if evidence.location:
            return noted("the site leads on to it")
        if evidence.is_strong:
            return noted("the page has the mark of an account")
        return noted("the page holds the name") if evidence.text else noted("it is there")

    def _says(self, text: str) -> bool:
        """In the page as it is, or in its JSON without blanks."""
        return self._in(text, self.text, self._folded) or (
            text[:1] in '"[{' and self._in(text, self._dumped, self._dumped.casefold())
        )

    @cached_property
    def _json(self) -> Any:
        return _json(self._reply)

    @cached_property
    def _dumped(self) -> str:
        return "" if self._json is None else json.dumps(self._json, separators=(",", ":"), ensure_ascii=False)

    def _in(self, text: str, page: str, folded: str) -> bool:
        if text == NAME:  # bare, it may stand inside of another word
            return re.search(rf"(?<![\w.-]){re.escape(self._filled(text))}(?![\w-])", folded) is not None
        return self._filled(text) in folded if NAME in text else text in page

    def _filled(self, text: str) -> str:
        return text.replace(NAME, self._name).casefold()

    def _value(self, path: str) -> str:
        """A text or number at a dotted path of the JSON answer; "" when there is none."""
        return shape.text(self._json, *_steps(path))

    def _when(self, path: str) -> datetime | None:
        """A time there; some sites count milliseconds."""
        steps = _steps(path)
        number = shape.dig(self._json, *steps)
        if isinstance(number, int) and number > MILLISECONDS:
            return shape.when(number // 1000)
        return shape.when(self._json, *steps) if path else None


def _steps(path: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in path.split(".")]


def _json(reply: Reply) -> Any:
    try:
        return reply.json()
    except SourceError:  # a page, or JSON that nobody means
        return None
