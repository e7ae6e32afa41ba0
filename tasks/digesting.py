"""Writes the digests that are due, once for each channel and day. Blocking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from core import blocks, clock
from core.digests import Digest, Recap
from core.errors import BadQuestion
from core.language import ENGLISH
from core.schedules import after, read, zone_of
from core.store import Notice, Store
from core.store.digests import day_key
from tasks.tongue import as_read_by

log = structlog.get_logger()

SPANS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
Shortages = Callable[[], tuple[str, ...]]  # what is nearly used up, in the language spoken where it is asked
MOST_MISSED = 3  # of these: what was missed for longer is not told any more


def nothing_short() -> tuple[str, ...]:
    return ()


def tell_digests(store: Store, *, quota: Shortages = nothing_short, language: str = ENGLISH) -> None:
    """Write each that is due, and when the next one is. What was missed is told in one. It is written in the language
    of who set it, else in this one.

    Raises:
        StoreDown: the record does not answer.
    """
    for one in store.digests.due():
        try:
            with as_read_by(store, one.place.team, one.made_by, fallback=language):
                tell_digest(store, one, quota=quota)
        except BadQuestion as error:  # its zone is not known any more
            log.warning("digest not told", channel=one.place.channel, why=str(error))
            store.digests.move(one, due_at=clock.now() + SPANS[one.every], told=None)


def tell_digest(store: Store, one: Digest, *, quota: Shortages = nothing_short) -> None:
    """One of them, in the language spoken here."""
    now = clock.now()
    zone = zone_of(one.zone)
    following = after(read(one.schedule), zone, now)
    if one.due_at is None or one.due_at > now:  # reckoned by a clock that was wrong
        store.digests.move(one, due_at=following, told=None)
        return
    found = store.digests.recap(one.place, _since(one, now), now)
    notices = []
    if _is_told(one, found):
        message = blocks.recap(one, _with_quota(found, quota()))
        key = day_key(one.place, now.astimezone(zone).date())
        notices = [Notice(key, one.place, message.text, message.blocks)]
    if store.digests.move(one, due_at=following, told=now, notices=notices) and notices:
        log.info("digest told", channel=one.place.channel)


def _since(one: Digest, now: datetime) -> datetime:
    span = SPANS[one.every]
    last = one.last_at if one.last_at is not None and one.last_at < now else now - span
    return max(last, now - span * MOST_MISSED)


def _is_told(one: Digest, found: Recap) -> bool:
    return one.every == "weekly" or not found.is_empty


def _with_quota(found: Recap, quota: tuple[str, ...]) -> Recap:
    return found if found.is_empty else replace(found, quota=quota)
