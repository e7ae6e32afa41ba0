"""Limits of a message as a whole: one table, and the number of characters in all blocks together."""

from typing import Any

from sandbox.slack.limits.tables import characters
from sandbox.slack.refusal import Refused

# Not in Slack's documentation; apps measured `msg_blocks_too_long` from chat.* methods at about 13,200 characters
# (slackapi/bolt-js issues 2509 and 2867), while a response_url took the same blocks.
TOGETHER = 13_200
TABLES = ("table", "data_table")  # one family: one of either per message


def check_volume(blocks: list[dict[str, Any]]) -> None:
    """Raise what Slack raises for too much.

    Raises:
        Refused: invalid_attachments with `only_one_table_allowed`, or msg_blocks_too_long.
    """
    flat = [child for block in blocks for child in (block, *(block.get("child_blocks") or []))]
    if sum(block.get("type") in TABLES for block in flat) > 1:
        raise Refused("invalid_attachments", ["only_one_table_allowed"])
    if sum(characters(block) for block in blocks if block.get("type") != "data_table") > TOGETHER:
        raise Refused("msg_blocks_too_long")
