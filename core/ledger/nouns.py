"""What the ledger speaks of: accounts with sources, their windows, who draws on them, and what is wrong with one."""

from __future__ import annotations

import hmac
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

Period = Literal["day", "month"]


@dataclass(frozen=True, slots=True)
class Account:
    """What a source grants to one key, or to us when it is asked without. `print` stands for the key; "" without."""

    source: str  # the service's name for people
    print: str = ""
    day: int = 0  # what is declared; 0: no such limit
    month: int = 0

    @property
    def id(self) -> str:
        return f"{self.source}|{self.print}"


@dataclass(frozen=True, slots=True)
class Drawer:
    """Who a question is asked for, as short digests: nobody is named in Redis. Empty: nobody in particular."""

    user: str = ""
    channel: str = ""

    @classmethod
    def of(cls, secret: bytes, team: str, user: str, channel: str) -> Self:
        """The digests of a person and a channel; of a channel only when there is one."""
        person = f"u:{fingerprint(secret, f'{team}/{user}')}" if user else ""
        return cls(person, f"c:{fingerprint(secret, f'{team}/{channel}')}" if channel else "")


NOBODY = Drawer()


@dataclass(frozen=True, slots=True)
class Window:
    """A day or a month in UTC, as most sources count them."""

    period: Period
    name: str  # 2026-11-26, 2026-11
    ends: datetime

    def left(self, now: datetime) -> float:
        """Seconds until it ends."""
        return max(0.0, (self.ends - now).total_seconds())


@dataclass(frozen=True, slots=True)
class Count:
    """What is used of one window."""

    window: Window
    limit: int
    used: int
    yours: int = 0  # of that, by who looks
    most: int = 0  # ... and by whoever asked most
    people: int = 0  # who asked
    known: bool = True  # False: Redis does not answer, and this is only what this process knows

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def part(self) -> float:
        """How much of it is used, from 0 to 1."""
        return min(1.0, self.used / self.limit) if self.limit else 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with an account: failures in a row, and until when it is left alone because of them."""

    cause: str  # a reason code: down, timeout, bad_key, forbidden, blocked, rate_limited
    fails: int
    since: float  # of the first failure, in seconds since 1970
    at: float  # of the last one
    until: float = 0.0  # nobody asks before; 0: it is still asked

    def rests(self, now: float) -> bool:
        return now < self.until


@dataclass(frozen=True, slots=True)
class Standing:
    """How one account with a source stands: a key's, or ours where none is used."""

    source: str
    key: str  # "key 1 of 2", "the key", "" without
    counts: tuple[Count, ...]  # day and month, as far as they are limited
    trouble: Trouble | None = None
    rate: str = ""  # how fast it may be asked, in words
    account: str = ""  # the account's id

    def wait(self, now: datetime) -> float:
        """Seconds until it may be asked."""
        rests = max(0.0, self.trouble.until - now.timestamp()) if self.trouble else 0.0
        return max([rests, *(each.window.left(now) for each in self.counts if not each.left)])


@dataclass(frozen=True, slots=True)
class Quota:
    """Everything that is left, and what rests besides, by account id."""

    standings: tuple[Standing, ...]
    resting: tuple[tuple[str, Trouble], ...]
    at: datetime


class Spent(Exception):
    """An account has nothing left for this question now."""

    def __init__(self, why: Literal["limit", "share", "apart"], period: Period, wait: float) -> None:
        super().__init__(f"{why} of the {period}, for {wait:.0f} s")
        self.why = why
        self.period = period
        self.wait = wait  # seconds until it is worth asking again


def windows(now: datetime) -> tuple[Window, Window]:
    """The day and the month that this moment lies in."""
    utc = now.astimezone(UTC)
    midnight = utc.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.replace(day=1)
    days = monthrange(utc.year, utc.month)[1]
    return (
        Window("day", f"{utc:%Y-%m-%d}", midnight + timedelta(days=1)),
        Window("month", f"{utc:%Y-%m}", first + timedelta(days=days)),
    )


def fingerprint(secret: bytes, text: str) -> str:
    """A short digest that stands for a key or a person and cannot be turned back without our secret."""
    return hmac.digest(secret, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:12]
