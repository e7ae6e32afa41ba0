"""What kind of conversation a channel is, and how one of its messages is linked to."""

from __future__ import annotations

import time

import structlog

from core.errors import ChannelGone, MissingScope, NotInChannel
from core.rooms import Room
from core.slack.door import Slack
from core.slack.trouble import broken

log = structlog.get_logger()

KNOWN_FOR = 60.0  # seconds: a channel may be made public, or be shared with others, at any time
MOST = 10_000
PEOPLE = ("U", "W")  # a message that is sent to somebody's own id stands in direct messages
SHARED = ("is_ext_shared", "is_shared", "is_org_shared", "is_pending_ext_shared")


class Rooms:
    """The channels of one workspace, each remembered for a minute."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._known: dict[str, tuple[float, Room]] = {}

    async def of(self, channel: str) -> Room:
        """Who reads along there; unknown where we may not look (the scopes to do so are optional).

        Raises:
            SlackError: Slack did not tell now, and may do so later.
        """
        if channel.startswith(("D", *PEOPLE)):
            return Room.DIRECT
        if not channel:
            return Room.UNKNOWN
        now = time.monotonic()
        at, room = self._known.get(channel, (now - KNOWN_FOR, Room.UNKNOWN))
        if now - at < KNOWN_FOR:
            return room
        if len(self._known) >= MOST:
            self._known.clear()
        room = await self._look(channel)
        self._known[channel] = (now, room)
        return room

    async def _look(self, channel: str) -> Room:
        try:
            answer = await self._slack.calls.call("conversations.info", {"channel": channel}, needs=("channel",))
        except (MissingScope, NotInChannel, ChannelGone) as error:
            log.info("what kind of channel this is, is unknown", channel=channel, code=error.code)
            return Room.UNKNOWN
        told = answer.body["channel"]
        if not isinstance(told, dict):
            raise broken("conversations.info", "no_channel")
        if any(told.get(each) for each in SHARED):
            return Room.SHARED
        if told.get("is_im"):
            return Room.DIRECT
        return Room.PRIVATE if told.get("is_private") else Room.PUBLIC


async def permalink(slack: Slack, channel: str, ts: str) -> str:
    """The address of a message, as Slack gives it.

    Raises:
        SlackError: it is gone, or we are not in that channel.
    """
    asked = {"channel": channel, "message_ts": ts}
    return str((await slack.calls.call("chat.getPermalink", asked, needs=("permalink",))).body["permalink"])
