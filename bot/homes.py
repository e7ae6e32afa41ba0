"""The App Home: a person's running and recent scans."""

from __future__ import annotations

import asyncio

import structlog

from bot import guard
from bot.front import Front
from bot.guard import Who
from core import blocks
from core.errors import GumshoeError, SlackDown, SlackError, Throttled

log = structlog.get_logger()
PAUSES = (1.0, 5.0)  # seconds before a view that Slack did not take is sent again


async def show_home(front: Front, who: Who) -> None:
    """Publish the person's home; one who may not ask is told so there."""
    try:
        await guard.check(front, who, "home")
        scans = await front.record(lambda: front.store.scans.recent(who.place.team, user=who.user, limit=20))
        view = blocks.home(scans, front.offers, person=who.user)
    except GumshoeError as error:
        view = {"type": "home", "blocks": list(blocks.notice(str(error)).blocks)}
    for pause in (*PAUSES, None):
        try:
            await front.slack.publish_home(who.user, view)
        except SlackError as error:
            log.warning("home not shown", user=who.user, why=str(error), code=error.code)
            if pause is None or not isinstance(error, SlackDown | Throttled):
                return
        else:
            return
        await asyncio.sleep(pause)  # a throttled method lets nobody in before its time, whatever this says
