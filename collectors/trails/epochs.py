"""The history of one record type: pages merged into epochs and intervals, and the changes between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from collectors import shape
from collectors.names import email_in
from collectors.posture.text import address, cut, domain, readable
from core.addresses import canonical

ADJACENT = timedelta(days=1)
"""Dates without a time: what ends on one day and begins on the next has no hole in between."""

SEEN_SOON = timedelta(days=31)
"""The source looks now and then. When it saw nothing for longer, the day of a change is not known."""

MOST_INTERVALS = 50
MOST_SHOWN = 3  # values of one side of a change
FIRST_DOT = re.compile(r"(?<!\\)\.")

KEYS = {
    "a": ("ip",),
    "aaaa": ("ipv6", "ip"),
    "mx": ("hostname", "host", "mx", "value"),
    "ns": ("nameserver", "host", "hostname", "value"),
    "soa": ("email", "value"),
    "txt": ("value", "txt"),
}
"""Where a value stands; those of histories other than `ip` are not confirmed, so its cousins are read too."""

# Networks that stand between visitors and a site's own server, by a part of the name that they register under.
FRONTS = re.compile(
    r"(?i)\bcdn\b|cloudflare|akamai|fastly|cloudfront|incapsula|imperva|sucuri|stackpath|edgecast|edgio|limelight"
    r"|cachefly|keycdn|bunny ?(?:cdn|way)|ddos-guard|qrator|cdn77|g-?core labs|azure front ?door|section\.io"
)


@dataclass(frozen=True, slots=True)
class Epoch:
    """A time in which a record had these values."""

    values: tuple[str, ...]  # sorted
    since: datetime
    until: datetime
    organisations: tuple[str, ...] = ()
    page: int = 0  # which answer said so

    @property
    def front(self) -> str:
        """The CDN that all of it stood behind, by name; "" when there was none."""
        if not self.organisations or not all(FRONTS.search(each) for each in self.organisations):
            return ""
        return self.organisations[0]


def value_of(rdtype: str, said: Any) -> str:
    """One value as the other collectors spell it, so that the same thing is the same finding; "" when it is none."""
    text = shape.text(said) or next((each for key in KEYS[rdtype] if (each := shape.text(said, key))), "")
    if rdtype in ("a", "aaaa"):
        ip = canonical(text.strip())
        return str(ip) if ip and ip.version == (4 if rdtype == "a" else 6) else ""
    if rdtype in ("mx", "ns"):
        return domain(text.strip()) or ""
    if rdtype == "soa":
        return mailbox(text)
    return cut(readable([text.encode("utf-8", "replace")])) if text else ""


def receives_none(rdtype: str, said: Any) -> bool:
    """A null MX (RFC 7505): a record that names no mail server on purpose, which is no value and no trouble either."""
    given = [said.get(key) for key in KEYS[rdtype] if key in said] if rdtype == "mx" and isinstance(said, dict) else []
    return bool(given) and all(each in ("", ".") for each in given)


def mailbox(text: str) -> str:
    """A zone's contact, where the first unescaped dot stands for the @ (RFC 1035 8)."""
    spelled = text.strip().rstrip(".")
    if "@" not in spelled:
        spelled = FIRST_DOT.sub("@", spelled, count=1).replace("\\.", ".")
    return email_in(address(spelled) or "")


def epoch(rdtype: str, row: Any, page: int) -> Epoch | None:
    """One element of a history; None when it cannot be read."""
    since = shape.when(row, "first_seen")
    if since is None:
        return None
    said = [each for each in shape.items(row, "values") if not receives_none(rdtype, each)]
    values = {value for each in said if (value := value_of(rdtype, each))}
    if not values and said:
        return None
    until = shape.when(row, "last_seen") or since
    names = dict.fromkeys(each.strip()[:100] for each in shape.texts(row, "organizations"))
    return Epoch(tuple(sorted(values)), since, max(since, until), tuple(names)[:10], page)


def merged(epochs: Iterable[Epoch]) -> list[Epoch]:
    """The same in order of time, those of equal values that overlap or touch made one: pages cut epochs in two."""
    whole: dict[tuple[str, ...], list[Epoch]] = {}
    for each in sorted(epochs, key=lambda each: (each.since, each.until)):
        if not each.values:
            continue
        earlier = whole.setdefault(each.values, [])
        if earlier and each.since <= earlier[-1].until + ADJACENT:
            names = dict.fromkeys((*earlier[-1].organisations, *each.organisations))
            earlier[-1] = replace(
                earlier[-1], until=max(earlier[-1].until, each.until), organisations=tuple(names)[:10]
            )
        else:
            earlier.append(each)
    return sorted((each for group in whole.values() for each in group), key=lambda each: (each.since, each.until))


@dataclass(frozen=True, slots=True)
class Trail:
    """When one value was there: intervals in order, without overlap."""

    value: str
    intervals: tuple[tuple[datetime, datetime], ...]
    organisations: tuple[str, ...]
    page: int

    @property
    def first(self) -> datetime:
        return self.intervals[0][0]

    @property
    def last(self) -> datetime:
        return max(until for _, until in self.intervals)

    def spelled(self) -> list[list[str]]:
        """The newest, as days."""
        return [[f"{since:%Y-%m-%d}", f"{until:%Y-%m-%d}"] for since, until in self.intervals[-MOST_INTERVALS:]]


def trails(epochs: Sequence[Epoch]) -> dict[str, Trail]:
    """Each value with all times it was there, whatever else was there beside it."""
    times: dict[str, list[Epoch]] = {}
    for each in epochs:
        for value in each.values:
            times.setdefault(value, []).append(each)
    return {value: _trail(value, there) for value, there in times.items()}


def _trail(value: str, there: Sequence[Epoch]) -> Trail:
    names = dict.fromkeys(name for each in there for name in each.organisations)
    return Trail(value, joined([(each.since, each.until) for each in there]), tuple(names)[:10], there[0].page)


def joined(spans: Sequence[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    """Intervals in order, those that overlap or touch made one."""
    whole: list[tuple[datetime, datetime]] = []
    for since, until in sorted(spans):
        if whole and since <= whole[-1][1] + ADJACENT:
            whole[-1] = (whole[-1][0], max(until, whole[-1][1]))
        else:
            whole.append((since, until))
    return tuple(whole)
