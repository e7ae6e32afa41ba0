"""Event ids: how far a watcher was told, as a text that any bot process reads, also after a restart.

Whatever else comes as one (garbage, the id of another scan) counts as none: then everything is told from the beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.models import Scan
from core.store import News, Reach

LONGEST = 4000
FAR = 2**53  # no number of ours is larger
_RUN = re.compile(r"([a-z0-9_]{1,40})=(\d{1,16})\.(\d{1,16})\.(\d{1,16})", re.ASCII)
_TIME = re.compile(r"t(\d{1,16})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Told:
    """How far one scan was told to one watcher."""

    scan_id: str
    reached: dict[str, Reach] = field(default_factory=dict)  # by collector
    ended: int = 0  # the round whose end was told
    shown: tuple[object, ...] = ()  # the state of the summary that was told last; not part of the event id

    def note(self, news: News, last: int) -> None:
        """A finding of this run was told: the one with the id `last`; 0 for none, of a run that began anew."""
        self.reached[news.run.collector] = Reach(news.run.round, news.run.fence, last)

    def cursor(self) -> str:
        """`abcd2345;1;dns=1.1.34;crtsh=1.2.99`: the round that ended, and for each collector the round, the fence and
        the last finding."""
        reached = sorted(self.reached.items())
        runs = [f"{name}={each.round}.{each.fence}.{each.last}" for name, each in reached if each.last]
        return ";".join([self.scan_id, str(self.ended), *runs])


def told(scan: Scan, text: str) -> Told:
    """What an event id says of this scan; of any other text, that nothing was told."""
    scan_id, *parts = text[:LONGEST].split(";")
    if scan_id != scan.id or not parts or not (parts[0].isascii() and parts[0].isdecimal() and len(parts[0]) < 10):
        return Told(scan.id)
    found = [_RUN.fullmatch(each) for each in parts[1:]]
    reached = {each[1]: Reach(int(each[2]), int(each[3]), int(each[4])) for each in found if each}
    if not all(found) or any(each.last > FAR for each in reached.values()):
        return Told(scan.id)
    return Told(scan.id, reached, min(int(parts[0]), scan.round))


def about(text: str) -> str:
    """The scan that an event id is about; nothing for one about all."""
    return text.partition(";")[0] if ";" in text else ""


def moment_of(when: datetime) -> str:
    """The event id of all that was told up to then, for those who watch many scans."""
    return f"t{(when - _EPOCH) // timedelta(microseconds=1)}"


def moment(text: str) -> datetime | None:
    """The same, read; None for any other text."""
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 10**15 * 4:  # beyond the year 2096
        return None
    return _EPOCH + timedelta(microseconds=int(found[1]))
