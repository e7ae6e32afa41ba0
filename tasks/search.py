"""Looks in Slack for what a scan's thread may hold without the record's knowing."""

from __future__ import annotations

import asyncio

import structlog

from core.errors import MissingScope, ThreadGone
from core.models import Scan
from core.slack import Slack

log = structlog.get_logger()

PEOPLE = ("U", "W")  # a conversation of two is known by its own id alone, which a first message tells
SKEW = 86400.0  # seconds by which our clock may be ahead of Slack's: what we posted is looked for from then on
SETTLE = (0.5, 1.5, 3.0)  # seconds Slack gets to show a message whose sending broke


class Search:
    """For one scan, where we may look; the scopes to do so are optional."""

    def __init__(self, slack: Slack, scan: Scan) -> None:
        self._slack = slack
        self._scan = scan
        self._since = scan.created_at.timestamp() - SKEW

    async def message(self, channel: str, slot: str, thread_ts: str, *, broke: bool) -> tuple[str | None, bool]:
        """The ts of a message whose sending broke (or was done long ago, before the record was restored), and whether
        we were allowed to look at all."""
        key = f"{self._scan.id}/{slot}"
        if channel.startswith(PEOPLE):
            return None, False
        try:
            for settle in SETTLE if broke else (0.0,):
                await asyncio.sleep(settle)
                ts = await self._slack.find(channel, key, thread_ts=thread_ts, since=self._since)
                if ts:
                    return ts, True
        except MissingScope:
            return None, False
        return None, True

    async def file(self, channel: str, file: str, root: str, *, broke: bool = True) -> tuple[bool, bool]:
        """Whether a file whose sharing broke (or was done long ago) is there, and whether we were allowed to look at
        all."""
        try:
            for settle in SETTLE if broke else (0.0,):
                await asyncio.sleep(settle)
                if await self._slack.shows(channel, file, thread_ts=root, since=self._since):
                    return True, True
        except MissingScope:
            log.warning("a file may stand twice", scan=self._scan.id, file=file)
            return False, False
        return False, True

    async def thread_is_gone(self, channel: str, thread_ts: str) -> bool:
        """Whether a thread does not exist any more, as far as we may look: what is sent there stands outside."""
        try:
            await self._slack.text_of(channel, thread_ts)
        except ThreadGone:
            return True
        except MissingScope:
            log.warning("a reply may stand outside its thread", scan=self._scan.id)
        return False
