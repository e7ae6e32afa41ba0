"""What a rule can say: a closed language without patterns, so that no rule can be slow or do anything but look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import GumshoeError
from core.models import Confidence, Fact, Kind, Severity, Target

KINDS: Mapping[str, Kind | Fact] = {str(each): each for each in (*Kind, *Fact)}
LOOKS = ("alike", "lure")


class BadRule(GumshoeError):
    """A rule cannot be read. The sentence names the file, the line and the rule."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison with what stands at a place of a finding; operators are those of `core.correlation.comparing`."""

    path: str  # value, confidence, first_seen ... or an attribute; dots lead inside
    operator: str
    operand: Any


@dataclass(frozen=True, slots=True)
class Look:
    """Which findings a rule looks for, under a name. `absent`: there must be none, and whoever was asked must have
    answered in full."""

    name: str
    absent: bool = False
    collectors: tuple[str, ...] = ()
    kinds: tuple[Kind | Fact, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    least: int = 1
    most: int | None = None  # needs full answers, as an absence does
    same: tuple[tuple[str, str, str], ...] = ()  # a place of its own; an earlier look, and a place there
    differs: tuple[tuple[str, str, str], ...] = ()
    words: str = ""  # what it looks for, said to people

    @property
    def needs_full_answers(self) -> bool:
        return self.absent or self.most is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """Several looks that all must come true, and the sentence that they make."""

    name: str
    severity: Severity
    sentence: str  # with {target} and {look.place} in it
    why: str
    looks: tuple[Look, ...]
    targets: tuple[Kind, ...] = ()  # empty: every kind
    deceives: tuple[str, ...] = ()  # of LOOKS: the target's name must look like one of these
    resembles: tuple[str, ...] = ()  # or like one of these names, without being it or below it
    change: str = ""  # what would put it right, or prove it wrong
    source: str = ""  # the file it stands in
    line: int = 0
    is_shipped: bool = False  # then its words are in the catalogues

    def fits(self, target: Target) -> bool:
        return not self.targets or target.kind in self.targets


PLACES = ("value", "kind", "collector", "confidence", "severity", "first_seen", "last_seen", "context", "source")
"""What stands beside the attributes."""

CONFIDENCES = tuple(str(each) for each in Confidence)
SEVERITIES = tuple(str(each) for each in Severity)
