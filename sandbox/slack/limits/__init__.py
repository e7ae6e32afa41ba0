"""Slack's documented limits on what an app sends: every breach becomes a line with a JSON pointer.

The numbers are those of docs.slack.dev/reference/block-kit; where Slack's documentation says nothing, the comment next
to the number says where it was measured.
"""

from sandbox.slack.limits.blocks import check_message_blocks, check_view_blocks
from sandbox.slack.limits.complaints import Complaints
from sandbox.slack.limits.views import check_view
from sandbox.slack.limits.volume import check_volume

__all__ = ["Complaints", "check_message_blocks", "check_view", "check_view_blocks", "check_volume"]
