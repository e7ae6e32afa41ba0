"""What a scan's messages say besides its answers: its label and case, what changed, what it means, what was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.cases import Case, Tlp
from core.change import Before, Change
from core.headlines import Headline
from core.tree import Kin
from core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Beside:
    """Read from the record by `tasks.beside` for the moment that is told; the same record gives the same again."""

    tlp: Tlp | None = None  # none: no label
    case: Case | None = None
    before: Before | None = None
    change: Change | None = None
    headlines: tuple[Headline, ...] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)  # by fingerprint
    judged: frozenset[str] = frozenset()  # of which findings there was ever a verdict, also one taken back
    trail: tuple[Kin, ...] = ()  # the scans it was pivoted from, the first one first
    children: tuple[Kin, ...] = ()  # the scans that were pivoted from it
    left: int = 0  # what depth=1 would have pivoted to, had it not been for its limit
    limit: str = ""  # a sentence, when the tree may not grow further
    house: str = ""  # the workspace's own address, that links to threads begin with


NOTHING = Beside()
