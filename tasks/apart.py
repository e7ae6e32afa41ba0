"""Who is told of a scan in direct messages, when its label lets it stand in no channel; and what each of them is shown.

A direct message shows its asker everything. Other members of the case get what the channel would have shown: what a
direct message alone shows is for who asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.models import Place, Scan
from core.store import AGAIN, Said
from core.store.desk import RESTORED

DIRECT = "D"  # a place in direct messages, as long as nobody knows its id
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Apart:
    """One person's own thread: the scan as it is posted there, the scan as they are shown it, and where in the record
    stands what was said to them."""

    scan: Scan
    shown: Scan
    prefix: str


def recipients(scan: Scan) -> list[str]:
    """Who asked, first, and the members of its case; programs have no direct messages."""
    others = sorted(scan.belongs.members - {scan.asker.user})
    return [user for user in (scan.asker.user, *others) if _PERSON.fullmatch(user)]


def apart(scan: Scan, user: str, said: Mapping[str, Said]) -> tuple[Apart, dict[str, Said]]:
    """A person's own thread, and what was said in it."""
    prefix = f"to/{user}/"
    seen = {slot.removeprefix(prefix): each for slot, each in said.items() if slot.startswith(prefix)}
    seen |= {slot: said[slot] for slot in (AGAIN, RESTORED) if slot in said}
    # A file goes to a channel's id, which the first message in it tells.
    channel = seen["parent"].channel if "parent" in seen and seen["parent"].channel else user
    alone = user == scan.asker.user
    place = replace(scan.place, channel=DIRECT if alone else scan.place.channel, thread_ts="")
    posted = replace(scan, place=Place(scan.place.team, channel))
    return Apart(posted, replace(scan, place=place), prefix), seen
