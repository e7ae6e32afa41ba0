"""Every text of the dashboard can be read: 4.5:1 on its ground, 3:1 for edges, in light and in dark (WCAG 2.2)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent.parent / "bot" / "web" / "static"
STYLES = [(STATIC / name).read_text(encoding="utf-8") for name in ("base.css", "parts.css")]
VARIABLE = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6});")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
USED = re.compile(r"(?:^|;)\s*(color|background|background-color):\s*var\(--([a-z-]+)\)")
GROUNDS = ("ground", "surface", "raised")
TEXTS = ("text", "muted", "accent", "good", "warn", "bad", "busy")


def schemes() -> dict[str, dict[str, str]]:
    light, dark = STYLES[0].split("@media (prefers-color-scheme: dark)")
    bright = dict(VARIABLE.findall(light))
    return {"light": bright, "dark": {**bright, **dict(VARIABLE.findall(dark))}}


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def pairs() -> set[tuple[str, str]]:
    """Text and ground: any text on any ground, each state on its own, and what a rule sets together."""
    always = {(text, ground) for text in TEXTS for ground in GROUNDS}
    own = {(state, f"{state}-ground") for state in ("good", "warn", "bad", "busy")} | {("muted", "idle-ground")}
    together = set()
    for _, body in (rule for style in STYLES for rule in RULE.findall(style)):
        used = {what.partition("-")[0]: name for what, name in USED.findall(body)}
        if len(used) == 2:
            together.add((used["color"], used["background"]))
    return always | own | together


def test_black_on_white_is_as_far_apart_as_can_be() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48  # the grey that just fails


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme: str) -> None:
    colours = schemes()[scheme]
    measured = {f"{text} on {ground}": contrast(colours[text], colours[ground]) for text, ground in pairs()}
    assert {pair: round(ratio, 2) for pair, ratio in measured.items() if ratio < 4.5} == {}
    assert len(measured) > 25


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_of_what_can_be_typed_into_stand_out(scheme: str) -> None:
    colours = schemes()[scheme]
    measured = {ground: contrast(colours["edge"], colours[ground]) for ground in GROUNDS}
    assert {ground: round(ratio, 2) for ground, ratio in measured.items() if ratio < 3} == {}
