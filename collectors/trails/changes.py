"""What was replaced by what, and when, in a sentence; and what an address that moved behind a CDN leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.trails.budget import listed
from collectors.trails.epochs import ADJACENT, MOST_SHOWN, SEEN_SOON, Epoch

LONGEST = 60  # characters of one value in a sentence


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
        """`A moved from 192.0.2.10 to 198.51.100.7 on 3 Nov 2026`."""
        gone, come = self._some(self.gone), self._some(self.come)
        if self.is_side_by_side:
            return f"{self.what} was also {come} from {_day(self.after.since)}"
        if gone and come:
            return f"{self.what} moved from {gone} to {come} {self.when}"
        return f"{self.what} {'gained' if come else 'lost'} {come or gone} {self.when}"

    @property
    def when(self) -> str:
        """The day, or the days between which nobody looked."""
        if self.after.since - self.before.until > SEEN_SOON:
            return f"between {_day(self.before.until)} and {_day(self.after.since)}"
        return f"on {_day(self.after.since)}"

    def _some(self, values: Sequence[str]) -> str:
        """The first few; of texts only one, because each fills a line."""
        most, longest = (1, 40) if self.what == "TXT" else (MOST_SHOWN, LONGEST)
        shown = [each if len(each) <= longest else f"{each[: longest - 3]}..." for each in values[:most]]
        more = len(values) - most
        return listed([*shown, f"{more:,} more"] if more > 0 else shown) if shown else ""

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


def _day(when: datetime) -> str:
    return f"{when.day} {when:%b %Y}"
