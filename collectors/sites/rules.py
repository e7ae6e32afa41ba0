"""One site's rule: where it is asked about a name, and what counts as evidence that a page exists or does not."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from urllib.parse import quote, urlsplit

NAME = "{name}"
LONGEST_NAME = 64
HEADERS = frozenset({"accept", "accept-language", "x-requested-with"})  # others would say that we are somebody else
SAYABLE = re.compile(r"[\x20-\x7e]{0,200}")
PROFILE = frozenset({"display_name", "bio", "joined", "location", "homepage", "avatar", "followers"})
ALL_LETTERS = re.compile(r"[^\x00-\x20\x7f/?#@:\\%<>\"'`{}|^]+")  # what no address reads as its own grammar
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE | re.ASCII)  # RFC 1123 2.1
AUTHORITY = re.compile(r"https://(\{name\}\.)?((?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62})(?=[/?]|$)", re.ASCII)


VARIANT = re.compile(r"^(?:www|api|public-api|m|mobile|en|old)\.(?=[^.]+\.)")


class BadRule(ValueError):
    """A rule that cannot be used; says why."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer must show, all of it: one of the statuses, one of the texts, and so on. Empty: not looked at.

    `{name}` in a text or location stands for the name that was asked about, in whatever case.
    """

    status: tuple[int, ...] = ()
    text: tuple[str, ...] = ()
    field: str = ""  # dotted path of a JSON value that is the name
    whole: str = ""  # the whole body, blanks around it aside
    location: str = ""  # a part of where a redirect leads

    @property
    def is_empty(self) -> bool:
        return self == Evidence()

    @property
    def is_strong(self) -> bool:
        """Whether it says more than that there is a page with the name on it."""
        return bool(self.field or self.whole or self.location or any(each != NAME for each in self.text))

    @property
    def may_echo(self) -> bool:
        """Whether a page that only repeats the question could show it."""
        return not (self.field or self.whole or self.location) and (
            not self.text or any(NAME in each for each in self.text)
        )


@dataclass(frozen=True)
class Rule:
    """How one site is asked and read."""

    site: str
    category: str
    check: str  # the address that is asked
    shown: str  # the address for people
    exists: Evidence
    absent: Evidence
    names: str = ""  # pattern that is found in names the site allows
    without: str = ""  # letters that the site leaves out of names
    fold: bool = False  # it is asked in small letters
    hides: bool = False  # its "no" may also be a page that is hidden
    nsfw: bool = False
    protected: bool = False  # it often shows a wall instead of an answer
    source: str = ""  # where the rule is from
    licence: str = ""
    list: str = "own"
    headers: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, str] = field(default_factory=dict)  # attribute -> dotted path in its JSON

    @cached_property
    def host(self) -> str:
        """The host that is asked; for sites that give each name a host of its own, the part that all share."""
        match = AUTHORITY.match(self.check)
        return match[2] if match else ""

    @cached_property
    def places(self) -> frozenset[str]:
        """The hosts it asks and shows, without what several names of one site differ in: two rules about one place."""
        found = (AUTHORITY.match(url) for url in (self.check, self.shown))
        return frozenset(VARIANT.sub("", match[2]) for match in found if match)

    @cached_property
    def is_subdomain(self) -> bool:
        return self.check.partition("://")[2].startswith(NAME)

    @cached_property
    def digest(self) -> str:
        """Tells this rule from every other, and from its own former self."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def allows(self, name: str) -> bool:
        """Whether the site could have such a name, and it may stand in the address without changing its host."""
        plain = self.spelled(name)
        if not 0 < len(plain) <= LONGEST_NAME or not ALL_LETTERS.fullmatch(plain) or not any(map(str.isalnum, plain)):
            return False
        if self.is_subdomain and not LABEL.fullmatch(plain):
            return False
        return not self.names or re.search(self.names, plain) is not None

    def spelled(self, name: str) -> str:
        """The name as the site is asked: in small letters where it knows no others, without those it leaves out."""
        kept = name.translate({ord(letter): None for letter in self.without})
        return kept.lower() if self.fold else kept

    def address(self, name: str, *, shown: bool = False) -> str:
        """Where to ask about a name, or where people look at it.

        Raises:
            BadRule: the name would lead to another host.
        """
        template = self.shown if shown else self.check
        url = template.replace(NAME, quote(self.spelled(name), safe=""))
        expected = AUTHORITY.match(template)
        host = urlsplit(url).hostname or ""
        own = host if expected is None or not expected[1] else host.partition(".")[2]
        if expected is None or own != expected[2] or not self.allows(name):
            raise BadRule(f"{self.site} cannot be asked about this name")
        return url


def checked(rule: Rule) -> Rule:
    """The rule itself.

    Raises:
        BadRule: it could not be asked, has only one side, or its pattern may hang.
    """
    if not rule.site or len(rule.site) > 60 or not rule.site.isprintable():
        raise BadRule("it has no name that can be shown")
    if rule.check.startswith("http://"):
        raise BadRule("it is asked without encryption, so anybody could answer")
    for what, url in (("asked", rule.check), ("shown", rule.shown)):
        if AUTHORITY.match(url) is None or not url.isascii() or not url.isprintable() or " " in url:
            raise BadRule(f"the address that is {what} is not one")
    if NAME not in rule.check:
        raise BadRule("the address that is asked does not hold the name")
    if rule.exists.is_empty or rule.absent.is_empty:
        raise BadRule("it knows only one of yes and no")
    if rule.exists == rule.absent:
        raise BadRule("yes and no look the same")
    if not HEADERS.issuperset(each.lower() for each in rule.headers) or not all(
        map(SAYABLE.fullmatch, rule.headers.values())
    ):
        raise BadRule("it wants headers that are not sent")
    if not PROFILE.issuperset(rule.profile):
        raise BadRule("it tells something of the account that has no name here")
    if why := why_unsafe(rule.names):
        raise BadRule(why)
    return rule


UNREAD = re.compile(r"\(\?(?:#|[aiLmsu]*x)")  # comments and spaced-out patterns may hide a bracket from what follows
QUANTIFIER = re.compile(r"[*+?]|\{\d*,?\d*\}")
REPETITION = re.compile(r"[*+]|\{\d*,?\d*\}")  # more than once: an optional part multiplies nothing
MOST_QUANTIFIERS = 4
MOST_CHOICES = 4  # in groups: one after the other they multiply too
LONGEST_PATTERN = 200


def why_unsafe(pattern: str) -> str:
    """Why a pattern must not be run on names; "" when it is safe.

    Python's patterns try all ways to match. A repeated group that holds a repetition or a choice has exponentially
    many, and each further repetition multiplies them (Cox, Regular Expression Matching Can Be Simple And Fast).
    """
    if len(pattern) > LONGEST_PATTERN:
        return "its pattern of names is too long"
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return "its pattern of names cannot be read"
    if UNREAD.search(pattern):
        return "its pattern of names holds a comment"
    bare = _without_letters(pattern)
    if "\\" in bare:
        return "its pattern of names refers back to itself"
    plain = bare.replace("(?", "(")
    if len(QUANTIFIER.findall(plain)) > MOST_QUANTIFIERS or _choices(plain) > MOST_CHOICES or _repeats_a_choice(bare):
        return "its pattern of names could hang"
    return ""


def _without_letters(pattern: str) -> str:
    """The pattern with classes and escaped letters replaced by a plain one; back references stay."""
    plain = re.sub(r"\\[^\d]", "a", pattern)
    return re.sub(r"\[\^?\]?[^\]]*\]", "a", plain)


def _choices(bare: str) -> int:
    """How many bars stand in groups; those that part the whole pattern are tried once each."""
    depth = found = 0
    for letter in bare:
        depth += (letter == "(") - (letter == ")")
        found += letter == "|" and depth > 0
    return found


def _repeats_a_choice(bare: str) -> bool:
    """Whether a group that is repeated holds a repetition or a choice."""
    opened: list[int] = []
    for place, letter in enumerate(bare):
        if letter == "(":
            opened.append(place)
        elif letter == ")" and opened:
            inside = bare[opened.pop() + 1 : place]
            inside = inside.removeprefix("?:").removeprefix("?=").removeprefix("?!")
            if REPETITION.match(bare, place + 1) and ("|" in inside or QUANTIFIER.search(inside)):
                return True
    return False
