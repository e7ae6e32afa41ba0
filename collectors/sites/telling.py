"""What a sweep says besides its findings: how many sites answered, why the others did not, what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from collectors.sites.reading import SETTLED, State
from collectors.sites.rules import Rule
from core.errors import Blocked, Changed, RateLimited, SourceDown, SourceError, SourceTimeout
from core.language import N_, NN_
from core.language.noted import nnoted, noted

# How a state is said of one site and of several, in the order they are said.
TOLD = {
    State.BLOCKED: NN_("{n:,} blocked us or wanted a login", "{n:,} blocked us or wanted a login"),
    State.LIMITED: NN_("{n:,} asked us to slow down", "{n:,} asked us to slow down"),
    State.TIMEOUT: NN_("{n:,} did not answer in time", "{n:,} did not answer in time"),
    State.DOWN: NN_("{n:,} was down", "{n:,} were down"),
    State.UNKNOWN: NN_("{n:,} gave an answer I cannot read", "{n:,} gave an answer I cannot read"),
    State.HIDDEN: NN_("{n:,} tells no hidden page from none", "{n:,} tell no hidden page from none"),
    State.UNRELIABLE: NN_("{n:,} says yes to any name", "{n:,} say yes to any name"),
    State.UNASKED: NN_("{n:,} was not reached in time", "{n:,} were not reached in time"),
}
ALL_SAID, NO_PAGE = N_("All {whole:,} sites answered."), N_("All {whole:,} sites answered, none has such a page.")
NOT_ALL = N_("{silent:,} of {whole:,} sites did not say: {why}; {said:,} answered.")
NOT_ALL_NO_PAGE = N_("{silent:,} of {whole:,} sites did not say: {why}; {said:,} answered, none has such a page.")
ON_REQUEST = {
    ("nsfw",): N_("Asked only on request: {nsfw:,} with nsfw."),
    ("protected",): N_("Asked only on request: {protected:,} with protected."),
    ("nsfw", "protected"): N_("Asked only on request: {nsfw:,} with nsfw, {protected:,} with protected."),
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
    why = ", ".join(nnoted(*several, count) for state, several in TOLD.items() if (count := states[state]))
    if not why:
        return noted(ALL_SAID if states[State.EXISTS] else NO_PAGE, whole=whole)
    if not said:
        return noted("None of {whole:,} sites answered: {why}.", whole=whole, why=why)
    told = NOT_ALL if states[State.EXISTS] else NOT_ALL_NO_PAGE
    return noted(told, silent=whole - said, whole=whole, why=why, said=said)


def trouble(states: Counter[State]) -> SourceError:
    """The error that most of the sites that did not answer stand for, with the coverage as its sentence."""
    worst = max(TOLD, key=lambda state: states[state])
    return ERRORS[worst](coverage(states))


def left_out(skipped: Mapping[str, Sequence[Rule]]) -> str:
    """Which sites are asked only on request: option -> the sites it would add."""
    added = {option: len(rules) for option, rules in skipped.items() if rules}
    return noted(ON_REQUEST[tuple(added)], **added) if added else ""


def caution(name: str) -> str:
    """Why a page of this name says little about a person; "" when the name is a rare one."""
    if len(name) < SHORT:
        return noted("Short names are taken by different people on different sites.")
    if name.casefold().strip("0123456789._-") in COMMON:
        return noted("Many people choose this name.")
    return ""
