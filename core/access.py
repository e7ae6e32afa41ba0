"""Who may see a scan: one rule for Slack, the API, the dashboard, exports, differences and "seen before"."""

from __future__ import annotations

from dataclasses import dataclass

from core.models import Scan


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads: in Slack `channels` is where they stand; over HTTP, those their token was given."""

    team: str
    user: str
    channels: frozenset[str] = frozenset()
    admin: bool = False


def sees(reader: Reader, scan: Scan) -> bool:
    """One's own scans, those of the channels one is in, and for admins all; never another workspace's."""
    if scan.place.team != reader.team:
        return False
    known = scan.asker.user == reader.user or (bool(scan.place.channel) and scan.place.channel in reader.channels)
    return known or reader.admin
