"""Says in sentences what is set and reachable, and the next step for what is not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import click

import collectors
from bot.keys import tried
from collectors.doors.bench import Bench
from core import clock
from core.blocks import faring
from core.broker import Role, apart, connect_for
from core.broker import examine as examine_redis
from core.errors import SlackError, SourceError, StoreDown
from core.health import Health
from core.pace import LocalPace
from core.settings import Settings
from core.slack import OPTIONAL_SCOPES, SCOPES, Slack
from core.store import open_store, pending
from tasks import queue
from tasks.offers import offers

MARKS = {"good": "ok  ", "weak": "note", "bad": "BAD "}
COLOURS = {"good": "green", "weak": "yellow", "bad": "red"}


NARROW = 100 * 1024 * 1024  # bytes; below this the disk of a SQLite file is nearly full
STEPS = {
    "away": "Check DATABASE_URL, and that the server runs.",
    "full": "Make room on the database's disk. What was found meanwhile is written then.",
    "read_only": "Make the database writable; on Postgres, DATABASE_URL must lead to the primary.",
    "unopened": "Check the rights on the folder in DATABASE_URL, and that its disk is not read-only.",
    "damaged": "Stop everything, keep the damaged file, and put a backup in its place.",
    "refused": "See the log. Was the database made by another release?",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing looked at: how it is, and what to do."""

    state: str  # good, weak, bad
    sentence: str
    step: str = ""


async def examine(settings: Settings, *, offline: bool = False) -> int:
    """Print what is found; 0 when nothing is bad. `offline`: no source is asked about a key."""
    bad = 0
    async for sign in signs(settings, offline=offline):
        click.echo(click.style(MARKS[sign.state], fg=COLOURS[sign.state]) + " " + sign.sentence)
        if sign.step:
            click.echo(f"     Next: {sign.step}")
        bad += sign.state == "bad"
    click.echo("Nothing is wrong." if not bad else f"{bad} of these must be mended before I can work.")
    return 1 if bad else 0


async def signs(settings: Settings, *, offline: bool = False) -> AsyncIterator[Sign]:
    """Everything there is to look at, in the order one would mend it."""
    yield Sign("good", f"Settings are readable. Data lies in {settings.data_dir}.")
    for sign in await asyncio.to_thread(_database, settings):
        yield sign
    redis = await _redis(settings)
    for sign in redis:
        yield sign
    if len(redis) > 1:  # it answers and takes work
        yield await asyncio.to_thread(_workers)
    for role in apart(settings)[1:]:
        for sign in await _redis(settings, role):
            yield sign
    async for sign in _slack(settings):
        yield sign
    for sign in await asyncio.to_thread(_collectors, settings):
        yield sign
    for sign in await _reader():
        yield sign
    if not offline:
        async for key in tried(settings):
            yield Sign(key.state, key.sentence, key.step)


def _database(settings: Settings) -> list[Sign]:
    name = settings.database.split(":", 1)[0].split("+")[0]
    try:
        waiting = pending(settings.database)
        if waiting:
            return [
                Sign(
                    "weak",
                    f"The database ({name}) answers; {len(waiting)} migrations have not run.",
                    "They run at the next start of the bot or a worker.",
                )
            ]
        store = open_store(settings.database, migrated=False)
        try:
            store.examine()
            lag = store.desk.lagging()
        finally:
            store.close()
    except StoreDown as error:
        return [Sign("bad", f"The database ({name}): {error}", STEPS[error.reason])]
    found = [Sign("good", f"The database ({name}) answers and its tables are up to date.")]
    found += _room(settings.database)
    if lag:
        found.append(Sign("weak", f"{lag} threads lag behind the record.", "See the notifier's log."))
    return found


def _room(url: str) -> list[Sign]:
    """How much room a SQLite file has left."""
    folder = Path(url.partition(":///")[2]).parent
    if not url.startswith("sqlite") or not folder.is_dir():
        return []
    free = shutil.disk_usage(folder).free
    if free > NARROW:
        return []
    return [Sign("weak", f"The database's disk has only {free // 2**20} MB left.", STEPS["full"])]


async def _redis(settings: Settings, role: Role = Role.QUEUE) -> list[Sign]:
    client = connect_for(settings, role)
    try:
        return [Sign(each.state, each.sentence, each.step) for each in await examine_redis(client, role)]
    finally:
        await client.aclose()


def _workers() -> Sign:
    names = queue.workers()
    if names:
        return Sign("good", f"{len(names)} worker processes answer: {', '.join(names)}.")
    step = "Start one: celery -A tasks worker --pool threads -Q scan,notify,maint"
    return Sign("bad", "No worker answers, so no scan would run.", step)


async def _slack(settings: Settings) -> AsyncIterator[Sign]:
    if settings.slack_transport == "none":
        step = "Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN. python -m bot local brings a sandbox workspace."
        yield Sign("weak", "Slack is not set up.", step)
        return
    slack = Slack(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, pace=LocalPace())
    try:
        identity = await slack.whoami()
    except SlackError as error:
        yield Sign("bad", f"Slack: {error}", f"Slack answered {error.code}. Check SLACK_BOT_TOKEN.")
        return
    finally:
        await slack.close()
    way = "Socket Mode" if settings.slack_transport == "socket" else "signed HTTP"
    yield Sign("good", f"Slack knows me in {identity.team_name or identity.team}; it reaches me by {way}.")
    if not identity.scopes:
        return
    needed = {scope for scope in SCOPES.values() if scope} | {"commands", "app_mentions:read"}
    for scope in sorted(needed - identity.scopes - set(OPTIONAL_SCOPES)):
        yield Sign("bad", f"The installation lacks the scope {scope}.", "Install me again from manifest.yml.")
    for scope, weaker in OPTIONAL_SCOPES.items():
        if scope not in identity.scopes:
            yield Sign("weak", f"The optional scope {scope} is not granted: {weaker}.")


async def _reader() -> list[Sign]:
    """Whether files can be read, behind which walls, and with ExifTool."""
    try:
        told = await Bench().read(b"<html>", within=20)
    except SourceError as error:
        return [
            Sign("bad", f"Files cannot be looked into: {error}", "Try it by hand: see docs/how-to/look-into-files.md.")
        ]
    found = [Sign("good", "Files are read by a process that may do nothing.")]
    if told.lacking:
        sentence = f"What reads files cannot be kept from everything here: {', '.join(told.lacking)}."
        found = [Sign("weak", sentence, "Run workers on Linux 5.13 or newer (x86-64 or ARM).")]
    if not shutil.which("exiftool"):
        step = "Install ExifTool 12.38 or newer on the workers (libimage-exiftool-perl)."
        found.append(Sign("weak", "HEIC pictures, sound and film cannot be looked into.", step))
    return found


def _collectors(settings: Settings) -> list[Sign]:
    found = []
    health = _health(settings)
    for offer in offers(settings):
        if not offer.ready:
            found.append(Sign("weak", f"Collector {offer.name} would be skipped.", offer.lacks))
            continue
        fares = health.get(offer.name)
        state = "weak" if fares is not None and fares.failing else "good"
        found.append(Sign(state, f"Collector {offer.name} is ready: {faring(fares, clock.now())}."))
    return found


def _health(settings: Settings) -> dict[str, Health]:
    """How the collectors fare; nothing while the record does not answer, which was said above."""
    try:
        store = open_store(settings.database, migrated=False)
    except StoreDown:
        return {}
    try:
        return store.health.of(collectors.known())
    except StoreDown:
        return {}
    finally:
        store.close()
