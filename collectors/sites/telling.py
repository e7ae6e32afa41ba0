"""What a sweep says besides its findings: how many sites answered, why the others did not, what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from collectors.sites.reading import SETTLED, State
from collectors.sites.rules import Rule
from core.errors import Blocked, Changed, RateLimited, SourceDown, SourceError, SourceTimeout

# How a state is said of one site and of several, in the order they are said.
TOLD = {
    State.BLOCKED: ("blocked us or wanted a login", "blocked us or wanted a login"),
    State.LIMITED: ("asked us to slow down", "asked us to slow down"),
    State.TIMEOUT: ("did not answer in time", "did not answer in time"),
    State.DOWN: ("was down", "were down"),
    State.UNKNOWN: ("gave an answer I cannot read", "gave an answer I cannot read"),
    State.HIDDEN: ("tells no hidden page from none", "tell no hidden page from none"),
    State.UNRELIABLE: ("says yes to any name", "say yes to any name"),
    State.UNASKED: ("was not reached in time", "were not reached in time"),
}
ERRORS: dict[State, type[SourceError]] = {
    State.BLOCKED: Blocked,
    State.LIMITED: RateLimited,
    State.TIMEOUT: SourceTimeout,
    State.DOWN: SourceDown,
    State.UNKNOWN: Changed,
    State.HIDDEN: Changed,
    State.UNRELIABLE: Changed,
    State.UNASKED: SourceTimeout,
}
COMMON = frozenset((Path(__file__).parent / "common.txt").read_text(encoding="utf-8").split())
"""Names that many people choose independently of each other."""
SHORT = 6


def answered(states: Counter[State]) -> int:
    return sum(states[state] for state in SETTLED)


def coverage(states: Counter[State]) -> str:
    """ "13 of 84 sites did not say: 12 blocked us or wanted a login, 1 was down; 71 answered." """
    whole, said = states.total(), answered(states)
    why = ", ".join(f"{count:,} {_said(state, count)}" for state in TOLD if (count := states[state]))
    none = "" if states[State.EXISTS] else ", none has such a page"
    if not why:
        return f"All {whole:,} sites answered{none}."
    if not said:
        return f"None of {whole:,} sites answered: {why}."
    return f"{whole - said:,} of {whole:,} sites did not say: {why}; {said:,} answered{none}."


def trouble(states: Counter[State]) -> SourceError:
    """The error that most of the sites that did not answer stand for, with the coverage as its sentence."""
    worst = max(TOLD, key=lambda state: states[state])
    return ERRORS[worst](coverage(states))


def left_out(skipped: Mapping[str, Sequence[Rule]]) -> str:
    """Which sites are asked only on request: option -> the sites it would add."""
    said = [f"{len(rules):,} with {option}" for option, rules in skipped.items() if rules]
    return f"Asked only on request: {', '.join(said)}." if said else ""


def caution(name: str) -> str:
    """Why a page of this name says little about a person; "" when the name is a rare one."""
    if len(name) < SHORT:
        return "Short names are taken by different people on different sites."
    if name.casefold().strip("0123456789._-") in COMMON:
        return "Many people choose this name."
    return ""


def _said(state: State, count: int) -> str:
    return TOLD[state][0 if count == 1 else 1]
