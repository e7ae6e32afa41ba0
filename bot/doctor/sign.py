"""One thing that was looked at: how it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    state: str  # good, weak, bad
    sentence: str
    step: str = ""


def good(sentence: str) -> Sign:
    return Sign("good", sentence)


def weak(sentence: str, step: str = "") -> Sign:
    return Sign("weak", sentence, step)


def bad(sentence: str, step: str = "") -> Sign:
    return Sign("bad", sentence, step)
