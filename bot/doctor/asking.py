"""Who is asked: the collectors and how they fare, the reader of files, the keys."""

from __future__ import annotations

import shutil

import collectors
from bot.doctor.sign import Sign
from bot.keys import tried
from collectors.doors.bench import Bench
from core import clock
from core.blocks import faring
from core.errors import SourceError, StoreDown
from core.health import Health
from core.settings import Settings
from core.store import open_store
from tasks.offers import offers


async def keys(settings: Settings) -> list[Sign]:
    """Each key, tried at its source."""
    return [Sign(key.state, key.sentence, key.step) async for key in tried(settings)]


async def reader() -> list[Sign]:
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


def asked(settings: Settings) -> list[Sign]:
    """Each collector: whether it is ready, and how it fares."""
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
