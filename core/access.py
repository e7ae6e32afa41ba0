"""Who may see a scan or a case: one rule for Slack, the API, the dashboard, exports, differences and "seen before".

`core/store/listing.py` says the same in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.cases import Case, Tlp, allows, tlp_of
from core.models import Place, Scan


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads: in Slack `channels` is where they stand; over HTTP, those their token was given."""

    team: str
    user: str
    channels: frozenset[str] = frozenset()
    admin: bool = False
    label: Tlp | None = None  # of the message that they read: nothing that is marked more strictly belongs into it


def audience(place: Place, label: Tlp | None = None) -> Reader:
    """All who read along in a place: for what is said there to everybody, whoever asked, under a label."""
    return Reader(place.team, "", frozenset({place.channel} - {""}), label=label)


def sees(reader: Reader, scan: Scan) -> bool:
    """One's own scans, those of the cases one is a member of, those of the channels one is in unless they are TLP:RED,
    and for admins all; never another workspace's."""
    if scan.place.team != reader.team:
        return False
    if reader.label is not None and not allows(reader.label, tlp_of(scan.belongs.tlp)):
        return False
    if reader.admin or is_theirs(reader, scan):
        return True
    return scan.belongs.tlp != Tlp.RED and bool(scan.place.channel) and scan.place.channel in reader.channels


def is_theirs(reader: Reader, scan: Scan) -> bool:
    """Whether they asked it, or are a member of its case: who may see it whatever its label is."""
    return bool(reader.user) and (scan.asker.user == reader.user or reader.user in scan.belongs.members)


def only_as_admin(reader: Reader, scan: Scan) -> bool:
    """Whether they see it for being an admin alone. Of what is TLP:RED the audit then says that they did."""
    return scan.belongs.tlp == Tlp.RED and reader.admin and not is_theirs(reader, scan)


def sees_case(reader: Reader, case: Case) -> bool:
    """Its members, those who are in its channel unless it is TLP:RED, and admins."""
    if case.team != reader.team:
        return False
    if reader.admin or (bool(reader.user) and reader.user in case.members):
        return True
    return case.tlp is not Tlp.RED and case.channel in reader.channels
