"""What somebody wants scanned, and how."""

from __future__ import annotations

from dataclasses import dataclass

from core.belongs import TO_NOTHING, Belongs
from core.models import Asker, Place, Priority, Target
from core.store import Rates, Room


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants scanned, and how: the same for every door."""

    targets: tuple[Target, ...]
    asker: Asker
    place: Place
    door: str
    names: tuple[str, ...] = ()  # collectors; empty: all that fit
    fresh: bool = False
    options: tuple[str, ...] = ()  # what collectors do only when asked for by name
    active: bool = False  # the asker allows to touch the target itself
    tag: str = ""
    priority: Priority = Priority.INTERACTIVE
    reason: str = ""  # why, in the words of who asks
    approval: str = ""  # the id of the approval by which a second person said yes
    callback: str = ""  # the URL to tell when a round has ended
    token: str = ""  # the id of the token by which it is asked over HTTP
    belongs: Belongs = TO_NOTHING
    room: Room | None = None  # how far its tree may grow, for a pivot
    depth: int = 0  # 1: once it has ended, it pivots by itself
    keys: tuple[str, ...] = ()  # name the delivery that asks, so that its repeat starts nothing
    lenient: bool = False  # collectors that do not fit a target are left out instead of refused
    repeat_within: float = 0.0  # seconds in which the same wish is a repeat
    rates: Rates | None = None  # how many scans may be started here and by this person
