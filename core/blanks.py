"""What must not be read in any log entry: secrets, and what identifies people.

Secrets and the values of selectors are known and are looked for letter by letter. E-mail addresses, phone numbers and
addresses on the internet are known by their form, whoever's they are.
"""

from __future__ import annotations

import math
import re
import socket
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote, quote_plus

# Whatever a library may put into its own lines: Slack's tokens, ours, and passwords in URLs ...
SECRET = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|\bgum_[\w-]+|\bwhsec_[\w+/=-]+|(?<=://)[^/@\s:\"']*:[^/@\s\"']+(?=@)")
# ... and what follows `key=`, `token=` and their like, the name of our cookies, or a bearer's name.
NAMED = re.compile(
    r"(?i)((?:(?:^|[?&_.\s-])(?:api)?key|token|secret|password|gumshoe_session|gumshoe_signing_in|gumshoe_installing)="
    r"|\bbearer |\bauthorization\W{1,6}basic )[^&;\s\"']+"
)
# Where a word or number begins; also after a character that was written as an escape (\n, \x1b), and after a colour.
BEGINS = (
    r"(?:(?<![\w.+%-])|(?<=\\[abfnrtv0])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4})|(?<=\\U[0-9a-f]{8})"
    r"|(?<=\[\dm)|(?<=\[\d\dm))"
)
# A run of what may stand before the @, from its beginning (so that long texts take one pass), or one odd character.
EMAIL = re.compile(
    r"(?:(?<![\w.!#$%*+^`{|}~-])[\w.!#$%*+^`{|}~-]+|(?<!\[secret)[^\s\w@])(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
# With a plus (E.164, also in a URL), or in groups, or at least ten digits in a row: more is no phone number.
PHONE = re.compile(
    r"(?:\+|%2[Bb])(?:[\s().\-/]{0,2}\d){7,}"
    rf"|{BEGINS}\(?\d{{2,5}}\)?(?:[\s.\-/]{{1,2}}\(?\d{{2,5}}\)?){{1,5}}(?![\w-]|\.\d)"
    rf"|{BEGINS}\d{{10,15}}(?![\w-]|\.\d)"
)
DIGIT = re.compile(r"\d")
DATE = re.compile(r"\d{4}-\d\d-\d\d\b")
FEWEST_DIGITS = 9  # of a phone number in groups: a date has eight
IPV4 = re.compile(BEGINS + r"\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")
IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])")
PEER = re.compile(r"\('[0-9a-fA-F:.]+', \d{1,5}(?:, \d+, \d+)?\)")  # as Python writes where a connection comes from
# Where machines of one's own are: an operator needs to know which of them does not answer.
INSIDE = [
    *map(ip_network, ("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")),
    *map(ip_network, ("::/128", "::1/128", "fc00::/7", "fe80::/10")),
]
# Celery's names for workers look like e-mail addresses.
NODE = re.compile(rf"(?i)(?:celery|worker|notif\w*|scan|maint|beat|gen)[\w-]*@{re.escape(socket.gethostname())}")

BLANK, PERSON, ADDRESS = "[secret]", "[person]", "[address]"
SHORTEST = 6  # characters of a secret that is looked for letter by letter
SHORTEST_NAME = 2
GLUED = 5  # characters of a name that is looked for inside of words, too
LONGEST = 4000
DEEPEST = 4
# One source may put anything into a line; no entry grows without bound, none breaks out of its line.
MACHINES = frozenset({"timestamp", "level", "scan", "run", "task", "request", "trace_id", "span_id", "digest"})
"""Fields with ids that we made: digits in them are no phone numbers."""
OWN = frozenset({"_record", "_from_structlog"})  # structlog's, and not written

_hidden: ContextVar[frozenset[str]] = ContextVar("hidden", default=frozenset())


def hide(*values: str) -> None:
    """From here on, in this task and what it starts, these are blanked in every entry: what identifies the person
    that is asked about, and who asks."""
    _hidden.set(_hidden.get() | {value for value in values if len(value) >= SHORTEST_NAME})


@contextmanager
def hidden(*values: str) -> Iterator[None]:
    """The same, until it is left."""
    before = _hidden.set(_hidden.get())
    hide(*values)
    try:
        yield
    finally:
        _hidden.reset(before)


class Blanks:
    """Knows what must not be read: the patterns above, and the secrets of this installation letter by letter."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spelled = {each for secret in secrets if len(secret) >= SHORTEST for each in _spellings(secret)}
        self._known = _any_of(spelled)

    def entry(self, _logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The entry without them; structlog calls this."""
        for name, value in entry.items():
            if name not in OWN:
                entry[name] = self._harmless(value, blank=self.secretless if name in MACHINES else self.text)
        return entry

    def text(self, text: str) -> str:
        """The text without secrets and people."""
        return _impersonal(self.secretless(text))

    def secretless(self, text: str) -> str:
        """The text without secrets. Short ones are not looked for: they would blank ordinary words."""
        known = self._known.sub(BLANK, text) if self._known else text
        return NAMED.sub(rf"\1{BLANK}", SECRET.sub(BLANK, known))

    def _harmless(self, value: Any, depth: int = 0, *, blank: Any) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)  # JSON has no word for the others
        if isinstance(value, dict) and depth < DEEPEST:
            return {self.text(str(key)): self._harmless(each, depth + 1, blank=blank) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
            return [self._harmless(each, depth + 1, blank=blank) for each in value]
        return _short(blank(value if isinstance(value, str) else repr(value)))


def _impersonal(text: str) -> str:
    if (hidden_here := _hidden.get()) and (known := _people(hidden_here)):
        text = known.sub(PERSON, text)
    if "@" in text or "%40" in text:
        text = EMAIL.sub(_person, text)
    if not DIGIT.search(text):
        return text
    text = PEER.sub(ADDRESS, text)
    text = PHONE.sub(_phone, text)
    text = IPV4.sub(_address, text)
    return IPV6.sub(_address, text)


def _person(found: re.Match[str]) -> str:
    return found.group() if NODE.fullmatch(found.group()) else PERSON


def _phone(found: re.Match[str]) -> str:
    text = found.group()
    if text[0] in "+%":
        return PERSON
    digits = sum(each.isdecimal() for each in text)
    return text if digits < FEWEST_DIGITS or DATE.match(text) or _is_address(text) else PERSON


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _address(found: re.Match[str]) -> str:
    try:
        address = ip_address(found.group())
    except ValueError:
        return found.group()
    return found.group() if any(address in network for network in INSIDE) else ADDRESS


@lru_cache(maxsize=256)
def _people(values: frozenset[str]) -> re.Pattern[str] | None:
    return _any_of({each for value in values for each in _spellings(value)}, people=True)


def _any_of(spelled: set[str], *, people: bool = False) -> re.Pattern[str] | None:
    longest_first = sorted(spelled, key=len, reverse=True)  # one may be the beginning of another
    if not longest_first:
        return None
    whole_words = [re.escape(each) for each in longest_first if people and len(each) < GLUED]
    anywhere = [_whole_number(each) for each in longest_first if not people or len(each) >= GLUED]
    if whole_words:
        anywhere.append(rf"(?:{BEGINS}|(?<=[.+%-]))(?:{'|'.join(whole_words)})(?!\w)")
    return re.compile("|".join(anywhere), re.IGNORECASE if people else 0)


def _whole_number(text: str) -> str:
    """10.1.2.3 does not stand in 10.1.2.30."""
    return ("(?<!\\d)" if text[0].isdigit() else "") + re.escape(text) + ("(?!\\d)" if text[-1].isdigit() else "")


def _spellings(text: str) -> set[str]:
    """A text as it is, in a URL, and in a Python or JSON string."""
    return {text, quote(text, safe=""), quote(text), quote_plus(text), repr(text)[1:-1]}


def _short(text: str) -> str:
    """Both ends: a trace says last what went wrong."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} [...] {text[-half:]}"
