"""Puts a file that somebody asked for into a scan's thread, or into their own direct messages."""

from __future__ import annotations

import asyncio

from core import blocks
from core.errors import NoExport
from core.language import tr
from core.models import Scan
from core.store import Said
from tasks.exporting import Attachments
from tasks.thread import Thread


async def put(thread: Thread, make: Attachments | None, scan: Scan, wish: Said) -> None:
    """Put it there, or say there why there is none.

    Raises:
        SlackError: Slack did not take it now.
        LostDesk: somebody else tells this scan now.
    """
    if make is None:
        return
    try:
        made = await asyncio.to_thread(make, scan, wish)
    except NoExport as refusal:
        await thread.say(wish.slot, blocks.notice(tr(str(refusal))), thread_ts=thread.root)
    else:
        await thread.attach(wish.slot, made)
