"""What tests of the door to Slack send, and how they look at trouble."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable
from typing import Any

import pytest

from core.blocks import Attachment, Message
from core.errors import SlackError
from core.slack import Slack
from tests.servers import Sandbox

HELLO = Message("Hello", ({"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}},))
AGAIN = Message("Hello again", ({"type": "section", "text": {"type": "mrkdwn", "text": "Hello again"}},))
CHANNEL = "C0GENERAL"


async def trouble(workspace: Sandbox, act: Awaitable[Any]) -> SlackError:
    """The error this ends in; nothing of it shows our token."""
    with pytest.raises(SlackError) as raised:
        await act
    assert workspace.ready["bot_token"] not in "".join(traceback.format_exception(raised.value))
    return raised.value


async def upload(slack: Slack, attachment: Attachment, *, thread_ts: str) -> None:
    """Lay a file down and share it."""
    file = await slack.lay_down(attachment)
    await slack.share(CHANNEL, file, attachment.title, thread_ts=thread_ts)
