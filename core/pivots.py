"""Pivots: a finding becomes the next target. What can, and what depth=1 does by itself."""

from __future__ import annotations

from dataclasses import dataclass

from core.belongs import Belongs
from core.models import SELECTORS, Fact, Kind, Scan, Severity, Target

READ = 3000  # findings that are looked through for a menu; what lies beyond is scanned by typing it

# What a fact holds besides its own value: the attribute, and what stands in it.
HOLDS: dict[Fact, tuple[tuple[str, Kind], ...]] = {
    Fact.WILDCARD: (("", Kind.DOMAIN),),
    Fact.ACCOUNT: (("name", Kind.USERNAME),),
    Fact.PERSON: (("", Kind.NAME),),
    Fact.CERTIFICATE: (("names", Kind.DOMAIN), ("address", Kind.IP)),
    Fact.PORT: (("address", Kind.IP),),
    Fact.SOFTWARE: (("address", Kind.IP),),
    Fact.VULNERABILITY: (("address", Kind.IP),),
    Fact.LOCATION: (("address", Kind.IP),),
}
KINDS = (
    *(Kind.IP, Kind.DOMAIN, Kind.URL, Kind.EMAIL, Kind.CIDR, Kind.ASN, Kind.HASH),
    *(Kind.USERNAME, Kind.PHONE, Kind.NAME),
)
"""What can be pivoted to, in the order of menus. A file is shared in Slack, never found."""

# What depth=1 looks up by itself: of a target of this kind, findings of that kind in one of these roles. Name servers
# and mail servers are mostly other people's, so they are not among them; and nobody is looked up as a person.
AUTO: dict[Kind, tuple[Kind, frozenset[str]]] = {Kind.DOMAIN: (Kind.IP, frozenset({"address"}))}
HOSTED = frozenset({Kind.EMAIL, Kind.URL})  # ... and of these the domain that they are at


@dataclass(frozen=True, slots=True)
class Pivot:
    """A finding as the next target. `beyond` is a sentence when it lies outside of the tree's scope."""

    target: Target
    finding: str  # fingerprint; empty: the target itself names it
    role: str = ""
    severity: Severity = Severity.INFO
    beyond: str = ""

    @property
    def is_person(self) -> bool:
        return self.target.kind in SELECTORS


def child_of(parent: Scan, finding: str) -> Belongs:
    """What a pivot is part of: its parent's case and label are its own."""
    ours = parent.belongs
    return Belongs(case=ours.case, tlp=ours.tlp, parent=parent.id, parent_finding=finding, hops=ours.hops + 1)
