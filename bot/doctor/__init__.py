"""Says in sentences what is set and reachable, and the next step for what is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from dataclasses import asdict

import click

from bot.doctor.asking import asked, keys, reader
from bot.doctor.clocks import clocks
from bot.doctor.crew import redis
from bot.doctor.doors import doors
from bot.doctor.machine import machine
from bot.doctor.record import record
from bot.doctor.sign import Sign, weak
from bot.doctor.slack import slack
from core.settings import Settings

__all__ = ["Sign", "examine", "signs"]

MARKS = {"good": "ok  ", "weak": "note", "bad": "BAD "}
COLOURS = {"good": "green", "weak": "yellow", "bad": "red"}
WITHIN = 30.0  # seconds that one part may take; all are looked at at once


async def examine(settings: Settings, *, offline: bool = False, as_json: bool = False) -> int:
    """Print what is found; 0 when nothing is bad. `offline`: no source is asked about a key."""
    found = []
    async for sign in signs(settings, offline=offline):
        found.append(sign)
        if not as_json:
            click.echo(click.style(MARKS[sign.state], fg=COLOURS[sign.state]) + " " + sign.sentence)
            if sign.step:
                click.echo(f"     Next: {sign.step}")
    bad = sum(sign.state == "bad" for sign in found)
    if as_json:
        click.echo(json.dumps({"bad": bad, "signs": [asdict(sign) for sign in found]}, indent=2))
    else:
        click.echo("Nothing is wrong." if not bad else f"{bad} of these must be mended before I can work.")
    return 1 if bad else 0


async def signs(settings: Settings, *, offline: bool = False) -> AsyncIterator[Sign]:
    """Everything there is to look at, in the order one would mend it; looked at side by side, each within its time."""
    looks: list[tuple[str, Awaitable[list[Sign]]]] = [
        ("This machine", asyncio.to_thread(machine, settings)),
        ("The database", asyncio.to_thread(record, settings)),
        ("Redis", redis(settings)),
        ("The clocks", clocks(settings)),
        ("Slack", slack(settings)),
        ("The HTTP side", doors(settings)),
        ("The collectors", asyncio.to_thread(asked, settings)),
        ("The reader of files", reader()),
    ]
    if not offline:
        looks.append(("The keys", keys(settings)))
    looking = [asyncio.create_task(_bounded(name, look)) for name, look in looks]
    try:
        for task in looking:
            for sign in await task:
                yield sign
    finally:
        for task in looking:
            task.cancel()


async def _bounded(name: str, look: Awaitable[list[Sign]]) -> list[Sign]:
    try:
        return await asyncio.wait_for(look, WITHIN)
    except TimeoutError:
        return [weak(f"{name} could not be looked at within {WITHIN:.0f} s.", "Try again; then see the log.")]
