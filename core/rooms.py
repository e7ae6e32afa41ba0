"""Where an answer would be read: what kind of conversation that is, and which labels may be shown in it."""

from __future__ import annotations

from enum import StrEnum

from core.cases import Tlp


class Room(StrEnum):
    """Who reads along in a conversation."""

    DIRECT = "direct"  # one person, besides us
    PRIVATE = "private"  # those who were let in
    PUBLIC = "public"  # everybody in the workspace
    SHARED = "shared"  # other workspaces, too
    UNKNOWN = "unknown"  # nobody tells us: taken for the worst


# TLP 2.0: RED is for the recipients alone, AMBER+STRICT for one organisation (https://www.first.org/tlp/).
SHOWN_IN = {
    Tlp.RED: frozenset({Room.DIRECT, Room.PRIVATE}),
    Tlp.AMBER_STRICT: frozenset({Room.DIRECT, Room.PRIVATE, Room.PUBLIC}),
}


BOUND = tuple(sorted(map(str, SHOWN_IN)))  # the labels that not every room may show


def is_bound(tlp: Tlp | None) -> bool:
    """Whether it depends on the room if something with this label may be shown."""
    return tlp in SHOWN_IN


def may_show(tlp: Tlp | None, room: Room) -> bool:
    """Whether what is marked so may stand in such a room."""
    return tlp not in SHOWN_IN or room in SHOWN_IN[tlp]
