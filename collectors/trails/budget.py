"""Which questions a run may spend on a target, when a month's budget is as small as fifty questions for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from collectors import shape
from core.language import N_
from core.language.noted import noted
from core.models import Kind

SHARE = 10
"""A run may spend a tenth of what is left: ten more scans of today's size shall be possible this month."""

LEAST = 3  # ... but at least the three questions without which an answer is worth little
UNKNOWN = 4  # ... and so many when the source does not say what is left
PLENTY = 1_000  # from here on a month is not used up by hand, and everything is asked
MOST_PAGES = 5  # of one history, however large the budget
NAMES = (("current_monthly_usage", "monthly_usage", "used"), ("allowed_monthly_usage", "monthly_limit", "allowed"))
"""What is used and what is allowed; the source's names are not confirmed, so its cousins are read too."""


NAMES_BELOW = N_("Names below it")  # said as a whole: "it" is no domain, as in "Names below example.com"


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that can be asked: where, what it is worth to an analyst, and what it costs."""

    name: str
    path: str  # {host}, {registered} and {ip} stand for the target
    what: str  # for people, in the plural
    value: int  # of a hundred; the table below says why
    cost: int = 1  # every question and every page counts as one
    paid: bool = False  # small plans do not include it: not tried while the budget is small

    @property
    def label(self) -> str:
        """As it begins a sentence."""
        return NAMES_BELOW if self.name == "subdomains" else self.what[:1].upper() + self.what[1:]


# What an investigation wants first. Current records show whether there is a trail at all; former addresses show what
# stood there before a CDN did; names are the widest net; then who held it, who answered for it and took its mail.
TOPICS: dict[Kind, tuple[Topic, ...]] = {
    Kind.DOMAIN: (
        Topic("current", "/domain/{host}", N_("current records"), 100),
        Topic("a", "/history/{host}/dns/a", N_("former addresses"), 90),
        Topic("subdomains", "/domain/{host}/subdomains", N_("names below it"), 80),
        Topic("whois", "/history/{registered}/whois", N_("former registrations"), 60),
        Topic("ns", "/history/{host}/dns/ns", N_("former name servers"), 50),
        Topic("mx", "/history/{host}/dns/mx", N_("former mail servers"), 45),
        Topic("aaaa", "/history/{host}/dns/aaaa", N_("former IPv6 addresses"), 40),
        Topic("tags", "/domain/{host}/tags", "tags", 30),
        Topic("txt", "/history/{host}/dns/txt", N_("former TXT records"), 25),
        Topic("associated", "/domain/{registered}/associated", N_("associated domains"), 20, paid=True),
        Topic("soa", "/history/{host}/dns/soa", N_("former zone contacts"), 10),
    ),
    Kind.IP: (Topic("nearby", "/ips/nearby/{ip}", "neighbours", 100),),
}


@dataclass(frozen=True, slots=True)
class Usage:
    """This month's questions of a key; None where the source did not say."""

    used: int | None = None
    allowed: int | None = None

    @property
    def left(self) -> int | None:
        if self.used is None or self.allowed is None:
            return None
        return max(0, self.allowed - self.used)

    @property
    def is_small(self) -> bool:
        """Whether questions that only large plans include are not even worth trying."""
        return self.allowed is None or self.allowed < PLENTY

    @property
    def sentence(self) -> str:
        if self.used is None or self.allowed is None:
            return noted("SecurityTrails does not say how many questions are left this month")
        counts = N_("SecurityTrails counts {used:,} of {allowed:,} questions of this month as used")
        return noted(counts, used=self.used, allowed=self.allowed)


def usage_of(said: Any) -> Usage:
    """What /account/usage says; empty when it says nothing that we know."""
    used, allowed = (next((n for name in names if (n := _count(said, name)) is not None), None) for names in NAMES)
    return Usage(used, allowed)


def _count(said: Any, name: str) -> int | None:
    number = shape.whole(said, name)
    return number if number is not None and 0 <= number < 10**9 else None


@dataclass(slots=True)
class Spending:
    """What one run may still ask, in the order of value for its cost; what it left out is remembered."""

    usage: Usage
    allowance: int
    topics: tuple[Topic, ...]  # the first is asked in any case
    asked: int = 0
    left_out: list[str] = field(default_factory=list)  # for the budget
    too_small: list[str] = field(default_factory=list)  # not in such a plan

    @property
    def left(self) -> int:
        return self.allowance - self.asked

    def take(self, cost: int = 1) -> bool:
        """Spend on one question or page; False when the run may not."""
        if cost > self.left:
            return False
        self.asked += cost
        return True

    def chosen(self) -> list[Topic]:
        """The topics after the first that can be paid for, the best value first; the others are left out."""
        ranked = sorted(self.topics[1:], key=lambda each: -each.value / each.cost)
        room, taken = self.left, []
        for topic in ranked:
            if topic.paid and self.usage.is_small:
                self.too_small.append(topic.what)
            elif topic.cost <= room:
                room -= topic.cost
                taken.append(topic)
            else:
                self.left_out.append(topic.what)
        return taken


def spending(kind: Kind, usage: Usage, *, deep: bool = False) -> Spending:
    """How much of what is left this run may use: a tenth, or all of it when somebody asked for that (`deep`)."""
    topics = TOPICS[kind]
    everything = sum(topic.cost for topic in topics) * MOST_PAGES
    if usage.left is None:
        return Spending(usage, everything if deep else UNKNOWN, topics)
    if deep or usage.left >= PLENTY:
        return Spending(usage, min(usage.left, everything), topics)
    return Spending(usage, min(usage.left, max(LEAST, usage.left // SHARE)), topics)


def listed(words: Sequence[str]) -> str:
    """`a, b and c`, which is heard as such."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
