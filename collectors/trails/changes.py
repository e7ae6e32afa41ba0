"""What was replaced by what, and when, in a sentence; and what an address that moved behind a CDN leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.trails.budget import listed
from collectors.trails.epochs import ADJACENT, MOST_SHOWN, SEEN_SOON, Epoch
from core.language import N_
from core.language.noted import noted

LONGEST = 60  # characters of one value in a sentence
# With the year: a month alone might be somebody's name.
MONTHS = (
    *(N_("Jan {n}"), N_("Feb {n}"), N_("Mar {n}"), N_("Apr {n}"), N_("May {n}"), N_("Jun {n}")),
    *(N_("Jul {n}"), N_("Aug {n}"), N_("Sep {n}"), N_("Oct {n}"), N_("Nov {n}"), N_("Dec {n}")),
)


@dataclass(frozen=True, slots=True)
class When:
    """One sentence for a day that is known, and one for a time in which nobody looked."""

    day: str
    between: str


@dataclass(frozen=True, slots=True)
class Ways:
    """How something may have changed; registrars and holders only ever follow each other."""

    moved: When
    gained: When
    lost: When
    beside: str


def _followed(what: When, beside: str) -> Ways:
    return Ways(what, what, what, beside)


OF_RECORDS = Ways(
    When(
        N_("{what} moved from {gone} to {come} on {n} {month}"),
        N_("{what} moved from {gone} to {come} between {n} {month} and {day} {then}"),
    ),
    When(N_("{what} gained {come} on {n} {month}"), N_("{what} gained {come} between {n} {month} and {day} {then}")),
    When(N_("{what} lost {gone} on {n} {month}"), N_("{what} lost {gone} between {n} {month} and {day} {then}")),
    N_("{what} was also {come} from {n} {month}"),
)
WAYS = {
    "Registrar": _followed(
        When(
            N_("Registrar moved from {gone} to {come} on {n} {month}"),
            N_("Registrar moved from {gone} to {come} between {n} {month} and {day} {then}"),
        ),
        N_("Registrar was also {come} from {n} {month}"),
    ),
    "Holder": _followed(
        When(
            N_("Holder moved from {gone} to {come} on {n} {month}"),
            N_("Holder moved from {gone} to {come} between {n} {month} and {day} {then}"),
        ),
        N_("Holder was also {come} from {n} {month}"),
    ),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One step from an epoch to the next."""

    what: str  # A, MX, registrar
    before: Epoch
    after: Epoch

    @property
    def gone(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.before.values) - set(self.after.values)))

    @property
    def come(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.after.values) - set(self.before.values)))

    @property
    def is_side_by_side(self) -> bool:
        """Whether the old was still seen after the new began: then nothing moved, there were two."""
        return self.before.until > self.after.since + ADJACENT

    @property
    def sentence(self) -> str:
        """`A moved from 192.0.2.10 to 198.51.100.7 on 3 Nov 2026`, or the days between which nobody looked."""
        ways = WAYS.get(self.what, OF_RECORDS)
        old, new = self.before.until, self.after.since
        told = {"what": self.what, "gone": self._some(self.gone), "come": self._some(self.come)}
        if self.is_side_by_side:
            return noted(ways.beside, n=new.day, month=_month(new), **told)
        way = ways.moved if told["gone"] and told["come"] else ways.gained if told["come"] else ways.lost
        if new - old > SEEN_SOON:
            return noted(way.between, n=old.day, month=_month(old), day=new.day, then=_month(new), **told)
        return noted(way.day, n=new.day, month=_month(new), **told)

    def _some(self, values: Sequence[str]) -> str:
        """The first few; of texts only one, because each fills a line."""
        most, longest = (1, 40) if self.what == "TXT" else (MOST_SHOWN, LONGEST)
        shown = [each if len(each) <= longest else f"{each[: longest - 3]}..." for each in values[:most]]
        more = len(values) - most
        if more > 0:
            return noted("{names} and {n:,} more", names=", ".join(shown), n=more)
        return listed(shown) if shown else ""

    @property
    def origins(self) -> tuple[str, ...]:
        """The addresses that went out of sight when the name moved behind a CDN; () when it did not."""
        hidden = bool(self.after.front) and not self.before.front and not self.is_side_by_side
        return self.gone if hidden else ()


def changes(what: str, epochs: Sequence[Epoch]) -> Iterator[Change]:
    """The steps between merged epochs, in order of time. Each is compared to what was seen last before it: the newest
    that still goes on, else the one that ended last."""
    going: list[Epoch] = []
    ended: Epoch | None = None
    for after in epochs:
        while going and going[-1].until < after.since:
            over = going.pop()
            ended = max(filter(None, (ended, over)), key=lambda each: (each.until, each.since))
        before = going[-1] if going else ended
        going.append(after)
        if before is None:
            continue
        step = Change(what, before, after)
        if step.come or (step.gone and not step.is_side_by_side):
            yield step


def _month(when: datetime) -> str:
    return noted(MONTHS[when.month - 1], n=when.year)
