"""What a scan is part of: a case, another scan that it was pivoted from, a watch, a playbook; and its label."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Belongs:
    """Set when a scan is written. Ids are those of the record; what is empty does not apply."""

    case: str = ""
    tlp: str = ""  # its label, never looser than that of its case; empty: from before there were labels
    parent: str = ""  # the scan that a finding of was pivoted from
    parent_finding: str = ""  # that finding's fingerprint
    hops: int = 0  # how many pivots it is away from the scan that somebody typed
    watch: str = ""  # the watch that started it
    playbook: str = ""  # "name@version": what said whom to ask
    members: frozenset[str] = frozenset()  # of its case, kept by the record: they may see it


TO_NOTHING = Belongs()
