"""Writes the digests that are due, once for each channel and day. Blocking."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from core import blocks, clock
from core.digests import Digest, Recap
from core.errors import BadQuestion
from core.schedules import after, read, zone_of
from core.store import Notice, Store
from core.store.digests import day_key

log = structlog.get_logger()

SPANS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
MOST_MISSED = 3  # of these: what was missed for longer is not told any more


def tell_digests(store: Store, *, quota: tuple[str, ...] = ()) -> None:
    """Write each that is due, and when the next one is. What was missed is told in one.

    Raises:
        StoreDown: the record does not answer.
    """
    for one in store.digests.due():
        try:
            tell_digest(store, one, quota=quota)
        except BadQuestion as error:  # its zone is not known any more
            log.warning("digest not told", channel=one.place.channel, why=str(error))
            store.digests.move(one, due_at=clock.now() + SPANS[one.every], told=None)


def tell_digest(store: Store, one: Digest, *, quota: tuple[str, ...] = ()) -> None:
    """One of them."""
    now = clock.now()
    zone = zone_of(one.zone)
    following = after(read(one.schedule), zone, now)
    if one.due_at is None or one.due_at > now:  # reckoned by a clock that was wrong
        store.digests.move(one, due_at=following, told=None)
        return
    found = store.digests.recap(one.place, _since(one, now), now)
    notices = []
    if _is_told(one, found):
        message = blocks.recap(one, _with_quota(found, quota))
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
